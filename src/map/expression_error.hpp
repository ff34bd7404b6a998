// A mistake in a formula of the deck, with the place in the text, so that the caller can print a caret under it.
#pragma once

#include <cstddef>
#include <string>

#include "base/error.hpp"

namespace residua {

class ExpressionError : public InputError {
 public:
  /// `definition` names the function or parameter in whose text the mistake lies; empty for the text being parsed.
  ExpressionError(const std::string& message, std::string text, std::size_t offset, std::string hint = {},
                  std::string definition = {})
      : InputError(message + (hint.empty() ? "" : "; did you mean '" + hint + "'?")),
        message_(message),
        text_(std::move(text)),
        offset_(offset),
        hint_(std::move(hint)),
        definition_(std::move(definition)) {}

  const std::string& message() const { return message_; }  ///< without the hint
  const std::string& text() const { return text_; }        ///< the formula the offset counts in
  std::size_t offset() const { return offset_; }           ///< bytes from 0; text().size() for its end
  const std::string& hint() const { return hint_; }        ///< the nearest valid name, or empty
  const std::string& definition() const { return definition_; }

  /// The line of the text that holds the mistake, and a caret under it: two lines.
  std::string excerpt() const {
    const std::size_t before = offset_ == 0 ? std::string::npos : text_.rfind('\n', offset_ - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    const std::size_t end = text_.find('\n', offset_);
    return text_.substr(begin, end == std::string::npos ? end : end - begin) + "\n" +
           std::string(offset_ - begin, ' ') + "^";
  }

 private:
  std::string message_, text_;
  std::size_t offset_;
  std::string hint_, definition_;
};

}  // namespace residua
