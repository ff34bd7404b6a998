#include "deck/problem.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace residua {
namespace {

constexpr std::size_t most_shown = 10;
constexpr int widest = 100;  // columns of a snippet

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }  // inside a UTF-8 sequence

// Byte offset of a column of a line.
std::size_t byte_of(std::string_view line, int column) {
  std::size_t at = 0;
  for (int c = 1; c < column && at < line.size(); ++c) {
    do ++at;
    while (at < line.size() && continues(line[at]));
  }
  return at;
}

int columns(std::string_view text) {
  return static_cast<int>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

// Length of the UTF-8 form of the code point written as hexadecimal digits.
std::size_t encoded_length(std::string_view hex) {
  const unsigned long code = std::stoul(std::string(hex), nullptr, 16);
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

}  // namespace

std::string_view Sources::whole(const Region& region) const {
  if (region.in_file()) return text_.text;
  return text_.overrides[static_cast<std::size_t>(region.override_index)];
}

std::string_view Sources::line(const Region& region) const {
  std::string_view rest = whole(region);
  for (int n = 1; n < region.begin.line; ++n) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return {};
    rest.remove_prefix(end + 1);
  }
  const std::string_view line = rest.substr(0, rest.find('\n'));
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

Position Sources::inside_string(const Region& region, std::size_t offset) const {
  const std::string_view text = whole(region);
  std::size_t at =
      static_cast<std::size_t>(line(region).data() - text.data()) + byte_of(line(region), region.begin.column);
  Position position = region.begin;
  const auto step = [&](std::size_t bytes) {
    for (; bytes > 0 && at < text.size(); --bytes, ++at) {
      if (text[at] == '\n') {
        position = {position.line + 1, 1};
      } else if (!continues(text[at])) {
        ++position.column;
      }
    }
  };

  const char quote = at < text.size() ? text[at] : '\0';
  if (quote == '"' || quote == '\'') {
    const bool multiline = text.substr(at).starts_with(std::string(3, quote));
    step(multiline ? 3 : 1);
    if (multiline && text.substr(at).starts_with("\r\n")) step(2);
    if (multiline && text.substr(at).starts_with("\n")) step(1);
  }
  while (at < text.size()) {
    std::size_t written = text.substr(at).starts_with("\r\n") ? 2 : 1, decoded = 1;  // toml++ reads \r\n as \n
    if (quote == '"' && text[at] == '\\') {
      const char kind = at + 1 < text.size() ? text[at + 1] : '\0';
      const std::size_t digits = kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
      written = 2 + digits;
      if (digits > 0) decoded = encoded_length(text.substr(at + 2, digits));
      if (kind == '\n' || kind == '\r' || kind == ' ' || kind == '\t') {  // a line ended by a backslash
        const auto next = text.find_first_not_of(" \t\r\n", at + 1);
        written = (next == std::string_view::npos ? text.size() : next) - at;
        decoded = 0;
      }
    }
    if (decoded > 0 && offset < decoded) break;
    offset -= decoded;
    step(written);
  }
  return position;
}

Region Sources::exact(const Problem& problem) const {
  if (!problem.offset || !problem.region.known()) return problem.region;
  return {problem.region.override_index, inside_string(problem.region, *problem.offset),
          inside_string(problem.region, *problem.offset + problem.length)};
}

InputError::Place Sources::place(const Region& region, const std::string& key) const {
  if (!region.in_file()) return {"command line", 0, region.begin.column, key};
  return {text_.file, region.begin.line, region.begin.column, key};
}

std::string Sources::snippet(const Region& region) const {
  if (!region.known() || region.begin.column == 0) return "";
  std::string_view line = this->line(region);
  int column = region.begin.column;
  const int last = columns(line) + 1;
  int end = region.end.line == region.begin.line ? region.end.column : last;
  end = std::clamp(end, column + 1, std::max(last, column + 1));

  // A line too long for a terminal is cut around the place.
  std::string before, after;
  if (last > widest) {
    const int first = std::max(1, std::min(column - widest / 2, last - widest));
    before = first > 1 ? "..." : "";
    after = first + widest < last ? "..." : "";
    const std::size_t from = byte_of(line, first);
    line = line.substr(from, byte_of(line, first + widest) - from);
    end = std::min(end, first + widest);
    column -= first - 1 - static_cast<int>(before.size());
    end -= first - 1 - static_cast<int>(before.size());
  }
  const std::string shown = before + std::string(line) + after;

  std::string pad;
  const std::string_view skipped = std::string_view(shown).substr(0, byte_of(shown, column));
  for (const char c : skipped) {
    if (!continues(c)) pad += c == '\t' ? '\t' : ' ';
  }
  const std::string number = region.in_file() ? fmt::format("{}", region.begin.line) : "";
  return fmt::format("\n  {0} | {1}\n  {2:{3}} | {4}^{5:~<{6}}", number, shown, "", number.size(), pad, "",
                     std::max(0, end - column - 1));
}

std::string Sources::message(const Problem& problem) const {
  const Region region = exact(problem);
  const InputError::Place at = place(region, problem.key);
  std::string text = at.file;
  if (at.line > 0) text += fmt::format(":{}", at.line);
  if (at.line > 0 && at.column > 0) text += fmt::format(":{}", at.column);
  text += ": ";
  if (!problem.key.empty()) text += problem.key + ": ";
  text += problem.what + snippet(region);
  if (!problem.expected.empty() || !problem.hint.empty()) text += "\n  ";
  if (!problem.expected.empty()) text += "expected " + problem.expected;
  if (!problem.expected.empty() && !problem.hint.empty()) text += "   ";
  return text + problem.hint;
}

InputError Sources::error(const Problem& problem) const {
  return InputError(place(exact(problem), problem.key), message(problem));
}

InputError Sources::error(std::vector<Problem> problems) const {
  std::ranges::stable_sort(problems, {}, [](const Problem& problem) {
    return std::pair(problem.region.override_index, problem.region.begin);
  });
  std::string text;
  for (std::size_t i = 0; i < std::min(problems.size(), most_shown); ++i) {
    if (i > 0) text += '\n';
    text += message(problems[i]);
  }
  if (problems.size() > most_shown) text += fmt::format("\n... and {} more", problems.size() - most_shown);
  return InputError(place(exact(problems.front()), problems.front().key), text);
}

}  // namespace residua
