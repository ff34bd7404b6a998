#include "deck/syntax_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <span>

#include "deck/toml_text.hpp"

namespace residua {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// What a line looks like when nothing more is known of the text around it.
struct Line {
  std::string_view text, key;  // `key = ...`
  std::string header;          // of [header] or [[header]]
  bool repeats = false;        // it is [[header]]
};

Line parse_line(std::string_view text) {
  Line line{.text = text, .key = {}, .header = {}};
  const std::string_view bare = trimmed(text);
  if (bare.starts_with('[')) {
    line.repeats = bare.starts_with("[[");
    const auto first = bare.find_first_not_of('[');
    const auto last = bare.find(']');
    if (first != std::string_view::npos) line.header = trimmed(bare.substr(first, last - std::min(first, last)));
    return line;
  }
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return line;
  line.key = trimmed(text.substr(0, equals));
  return line;
}

// The lines up to and including line `number`.
std::vector<Line> lines_until(std::string_view text, int number) {
  std::vector<Line> lines;
  while (static_cast<int>(lines.size()) < number) {
    const auto end = text.find('\n');
    lines.push_back(parse_line(text.substr(0, end)));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

// The section that the last of the lines is in, with its index when it is an element of [[section]].
std::string section_of(const std::vector<Line>& lines) {
  const auto before = std::span(lines).first(lines.size() - 1);
  const auto header =
      std::find_if(before.rbegin(), before.rend(), [](const Line& line) { return !line.header.empty(); });
  if (header == before.rend()) return "";
  if (!header->repeats) return header->header;
  const auto index = std::ranges::count(before, header->header, &Line::header) - 1;
  return fmt::format("{}.{}", header->header, index);
}

// Where the last line of `lines` repeats a key or header of its section, if that can be seen.
std::optional<std::size_t> first_given(const std::vector<Line>& lines) {
  const Line& last = lines.back();
  for (std::size_t i = lines.size() - 1; i-- > 0;) {
    if (!last.header.empty() && lines[i].header == last.header) return i + 1;
    if (last.header.empty() && !last.key.empty() && lines[i].key == last.key) return i + 1;
    if (last.header.empty() && !lines[i].header.empty()) break;
  }
  return std::nullopt;
}

// The value that the column is in, or just behind: from the last `=`, comma or bracket before it to the next one.
std::string_view value_around(std::string_view line, int column) {
  const auto at = std::min(line.size(), static_cast<std::size_t>(std::max(0, column - 1)));
  const auto before = at == 0 ? std::string_view::npos : line.find_last_of("=,[{", at - 1);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  return trimmed(line.substr(begin, line.find_first_of(",]}#", begin) - begin));
}

// Sets what is wrong with a bare word or a number that TOML does not know, and the remedy, if it is one.
void explain_value(std::string_view value, Problem& problem) {
  if (value.empty()) return;
  const std::string word(value);
  for (const char* truth : {"True", "TRUE", "Yes", "yes", "On", "on", "False", "FALSE", "No", "no", "Off", "off"}) {
    if (word != truth) continue;
    problem.what = "not TOML: a boolean is true or false";
    problem.hint = std::string_view("TtYy").find(word.front()) != std::string_view::npos || word == "On" || word == "on"
                       ? "write true"
                       : "write false";
    return;
  }
  if (value.front() == '.' && value.find_first_not_of("0123456789eE+-.") == std::string_view::npos) {
    problem.what = "not TOML: a number starts with a digit";
    problem.hint = "write 0" + word;
    return;
  }
  const bool letter = std::isalpha(static_cast<unsigned char>(value.front())) != 0;
  const bool number = std::isdigit(static_cast<unsigned char>(value.front())) != 0 || value.front() == '-';
  if (!letter && !(number && value.find_first_of("*/^+()") != std::string_view::npos)) return;
  problem.what = "not TOML: text without quotes";
  problem.hint = "write text and arithmetic in quotes: " + toml_string(value);
}

std::string remedy(const std::vector<Line>& lines, std::string_view description) {
  if (contains(description, "expected '=', saw ':'")) return "write `key = value`";
  if (contains(description, "unescaped control characters")) return "is the string closed by a quote?";
  if (contains(description, "escape sequence") || contains(description, "unicode scalar")) {
    return "write a backslash as \\\\, or the string in single quotes";
  }
  if (contains(description, "leading zeroes")) return "write the number without leading zeros";
  if (contains(description, "inline table")) return "an inline table is closed on the line it starts on";
  if (contains(description, "expected comma or closing ']'")) return "is the list above closed by `]`?";
  if (lines.size() > 1 && contains(description, "could not determine value type")) {
    const std::string_view before = trimmed(lines[lines.size() - 2].text);
    if (before.ends_with(',') || before.ends_with('[')) return "is the list above closed by `]`?";
  }
  return "";
}

// Does the description say that a value could not be read?
bool is_bad_value(std::string_view description) {
  for (const char* part :
       {"parsing value", "parsing boolean", "parsing decimal integer: expected", "parsing floating-point"}) {
    if (contains(description, part)) return true;
  }
  return false;
}

}  // namespace

std::string plain(std::string_view description) {
  constexpr std::string_view prefix = "Error while parsing ";
  if (description.starts_with(prefix)) description.remove_prefix(prefix.size());
  std::string text;
  for (const char c : description) {
    if (c == '\n') {
      text += "\\n";
    } else {
      text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return text;
}

Problem syntax_problem(std::string_view text, std::string_view description, const Region& region) {
  const std::vector<Line> lines = lines_until(text, region.begin.line);
  Problem problem{region, "", "", "", ""};
  if (lines.empty()) {
    problem.what = "not TOML: " + plain(description);
    return problem;
  }
  const Line& line = lines.back();
  if (!line.header.empty()) {
    problem.key = line.header;
  } else if (!line.key.empty()) {
    problem.key = joined(section_of(lines), line.key);
  }
  if (!contains(description, "cannot redefine")) {
    problem.what = "not TOML: " + plain(description);
    problem.hint = remedy(lines, description);
    if (problem.hint.empty() && is_bad_value(description)) {
      explain_value(value_around(line.text, region.begin.column), problem);
    }
    return problem;
  }
  problem.what = line.header.empty() ? "repeated key" : "repeated section";
  problem.expected = "it once";
  if (const auto first = first_given(lines)) problem.hint = fmt::format("first given on line {}", *first);
  // Underline the whole name rather than the character at which toml++ noticed; it is the last word of the description
  // in quotes, and inside an inline table it differs from the key of the line.
  const auto open = description.find('\'');
  const std::string_view quoted = description.substr(open + 1, description.find('\'', open + 1) - open - 1);
  std::string_view name = line.header.empty() ? line.key : std::string_view(line.header);
  if (line.header.empty() && !name.ends_with(quoted)) {
    problem.key = joined(problem.key, quoted);
    name = quoted;
  }
  const auto at = line.header.empty()
                      ? line.text.rfind(name, static_cast<std::size_t>(std::max(0, region.begin.column - 1)))
                      : line.text.find(name);
  if (!name.empty() && at != std::string_view::npos) {
    problem.region.begin.column = static_cast<int>(at) + 1;
    problem.region.end = {region.begin.line, static_cast<int>(at + name.size()) + 1};
  }
  return problem;
}

}  // namespace residua
