#include "src/chat/lexer.h"

#include <array>

#include "src/chat/numbers.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat {
namespace {

constexpr std::array<std::string_view, 6> kTwoCharOperators = {"//", "**", "==", "!=", ">=", "<="};
constexpr std::string_view kOneCharOperators = "+-/*%~[](){}><=.:|,;";

bool is_name_start(char c) { return c == '_' || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c & 0x80) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) { return is_name_start(c) || is_digit(c); }

// Line breaks become \n, and one at the very end is dropped.
std::string normalize(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] == '\r') {
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
      out.push_back('\n');
    } else {
      out.push_back(source[i]);
    }
  }
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  Result<std::vector<Token>> run() {
    while (at_ < source_.size()) WC_TRY(lex_data());
    add(TokenKind::kEnd, {});
    return std::move(tokens_);
  }

 private:
  std::string_view rest() const { return std::string_view(source_).substr(at_); }
  bool sees(std::string_view text) const { return rest().starts_with(text); }
  Status fail(std::string_view what) const { return error_at(Code::kBadTemplate, position(), what); }

  Position position() const { return {line_, static_cast<uint32_t>(at_ - line_start_ + 1)}; }
  void advance(size_t n) {
    for (const size_t to = at_ + n; at_ < to; ++at_) {
      if (source_[at_] == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      }
    }
  }
  void advance_spaces() {
    size_t begin = 0;
    size_t end = 0;
    utf8::strip(rest(), nullptr, {true, false}, &begin, &end);
    advance(begin);
  }
  Token& add(TokenKind kind, std::string text) {
    tokens_.push_back({kind, position(), std::move(text), 0, 0});
    return tokens_.back();
  }

  size_t next_tag() const;
  std::string_view data_before(size_t tag, char sign) const;
  Status lex_data();
  Status lex_comment(char sign);
  Status lex_tag(bool is_print, char sign);
  bool end_of_tag(bool is_print);
  bool lex_raw_begin(size_t after_sign, size_t* length) const;
  Status lex_raw();
  Status lex_expression_token();
  Status lex_number();
  Status lex_string();
  Status lex_escape(std::string_view body, size_t* i, std::string* out) const;
  Status lex_operator();
  size_t digits(size_t from) const;

  std::string source_;
  size_t at_ = 0;
  uint32_t line_ = 1;
  size_t line_start_ = 0;
  bool line_starting_ = true;  // the last tag ended with its line
  std::vector<Token> tokens_;
  std::string open_;  // the closing brackets that are expected
};

size_t Lexer::next_tag() const {
  for (size_t i = at_; (i = source_.find('{', i)) != std::string::npos; ++i) {
    const char next = i + 1 < source_.size() ? source_[i + 1] : '\0';
    if (next == '{' || next == '%' || next == '#') return i;
  }
  return std::string::npos;
}

// The text before a tag, without the white space that the tag takes away.
std::string_view Lexer::data_before(size_t tag, char sign) const {
  std::string_view text = std::string_view(source_).substr(at_, tag - at_);
  if (sign == '-') {
    size_t begin = 0;
    size_t end = 0;
    utf8::strip(text, nullptr, {false, true}, &begin, &end);
    return text.substr(0, end);
  }
  if (sign == '+' || source_[tag + 1] == '{') return text;
  const size_t newline = text.rfind('\n');
  const size_t line = newline == std::string_view::npos ? 0 : newline + 1;
  if (line == 0 && !line_starting_) return text;
  size_t begin = 0;
  size_t end = 0;
  utf8::strip(text.substr(line), nullptr, {false, true}, &begin, &end);
  return end == 0 ? text.substr(0, line) : text;
}

Status Lexer::lex_data() {
  const size_t tag = next_tag();
  if (tag == std::string::npos) {
    add(TokenKind::kData, source_.substr(at_));
    advance(source_.size() - at_);
    return Status::ok();
  }
  const char after = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
  const char sign = after == '-' || after == '+' ? after : '\0';
  const std::string_view text = data_before(tag, sign);
  if (!text.empty()) add(TokenKind::kData, std::string(text));
  advance(tag - at_);
  const size_t opening = sign == '\0' ? 2 : 3;
  size_t raw = 0;
  if (source_[tag + 1] == '%' && lex_raw_begin(opening, &raw)) {
    advance(raw);
    return lex_raw();
  }
  if (source_[tag + 1] == '#') return lex_comment(sign);
  return lex_tag(source_[tag + 1] == '{', sign);
}

Status Lexer::lex_comment(char sign) {
  const size_t opening = sign == '\0' ? 2 : 3;
  const size_t end = source_.find("#}", at_ + opening);
  if (end == std::string::npos) return fail("the comment has no end");
  const bool strips = end > at_ + opening && source_[end - 1] == '-';
  const bool keeps = end > at_ + opening && source_[end - 1] == '+';
  advance(end + 2 - at_);
  if (strips) {
    advance_spaces();
  } else if (!keeps && sees("\n")) {
    advance(1);
  }
  line_starting_ = source_[at_ - 1] == '\n';
  return Status::ok();
}

// {% raw %}: its length from the tag's start.
bool Lexer::lex_raw_begin(size_t after_sign, size_t* length) const {
  const auto skip_spaces = [this](size_t i) {
    size_t begin = 0;
    size_t end = 0;
    utf8::strip(rest().substr(i), nullptr, {true, false}, &begin, &end);
    return i + begin;
  };
  size_t i = skip_spaces(after_sign);
  if (!rest().substr(i).starts_with("raw")) return false;
  i = skip_spaces(i + 3);
  if (rest().substr(i).starts_with("%}")) {
    *length = i + 2;
    return true;
  }
  if (!rest().substr(i).starts_with("-%}")) return false;
  *length = skip_spaces(i + 3);
  return true;
}

Status Lexer::lex_raw() {
  line_starting_ = source_[at_ - 1] == '\n';
  for (size_t tag = at_; (tag = source_.find("{%", tag)) != std::string::npos; ++tag) {
    size_t i = tag + 2;
    const char sign = i < source_.size() && (source_[i] == '-' || source_[i] == '+') ? source_[i] : '\0';
    if (sign != '\0') ++i;
    while (i < source_.size() && utf8::is_space(static_cast<unsigned char>(source_[i]))) ++i;
    if (std::string_view(source_).substr(i, 6) != "endraw") continue;
    i += 6;
    while (i < source_.size() && utf8::is_space(static_cast<unsigned char>(source_[i]))) ++i;
    const char end_sign = i < source_.size() && (source_[i] == '-' || source_[i] == '+') ? source_[i] : '\0';
    if (end_sign != '\0') ++i;
    if (std::string_view(source_).substr(i, 2) != "%}") continue;
    add(TokenKind::kData, std::string(data_before(tag, sign)));
    advance(i + 2 - at_);
    if (end_sign == '-') advance_spaces();
    if (end_sign == '\0' && sees("\n")) advance(1);
    line_starting_ = source_[at_ - 1] == '\n';
    return Status::ok();
  }
  return fail("the raw block has no end");
}

// Takes the tag's end, where it is here.
bool Lexer::end_of_tag(bool is_print) {
  const std::string_view close = is_print ? "}}" : "%}";
  const bool strips = rest().starts_with('-') && rest().substr(1).starts_with(close);
  const bool keeps = !is_print && rest().starts_with('+') && rest().substr(1).starts_with(close);
  if (!strips && !keeps && !sees(close)) return false;
  add(is_print ? TokenKind::kPrintEnd : TokenKind::kBlockEnd, {});
  advance(strips || keeps ? 3 : 2);
  if (strips) {
    advance_spaces();
  } else if (!keeps && !is_print && sees("\n")) {
    advance(1);
  }
  line_starting_ = source_[at_ - 1] == '\n';
  return true;
}

Status Lexer::lex_tag(bool is_print, char sign) {
  add(is_print ? TokenKind::kPrintBegin : TokenKind::kBlockBegin, {});
  const Position begin = position();
  advance(sign == '\0' ? 2 : 3);
  open_.clear();
  while (at_ < source_.size()) {
    if (open_.empty() && end_of_tag(is_print)) return Status::ok();
    const size_t before = at_;
    advance_spaces();
    if (at_ == before) WC_TRY(lex_expression_token());
  }
  return error_at(Code::kBadTemplate, begin, "the tag has no end");
}

Status Lexer::lex_expression_token() {
  const char c = source_[at_];
  if (is_digit(c)) return lex_number();
  if (c == '"' || c == '\'') return lex_string();
  if (!is_name_start(c)) return lex_operator();
  size_t end = at_;
  while (end < source_.size() && is_name_char(source_[end])) ++end;
  add(TokenKind::kName, source_.substr(at_, end - at_));
  advance(end - at_);
  return Status::ok();
}

// The end of a run of digits with single underscores between them.
size_t Lexer::digits(size_t from) const {
  size_t i = from;
  while (i < source_.size() && (is_digit(source_[i]) || (source_[i] == '_' && i > from && i + 1 < source_.size() &&
                                                         is_digit(source_[i + 1])))) {
    ++i;
  }
  return i;
}

Status Lexer::lex_number() {
  size_t end = digits(at_);
  bool is_float = false;
  const bool after_dot = !tokens_.empty() && at_ > 0 && source_[at_ - 1] == '.';
  if (!after_dot) {
    if (end + 1 < source_.size() && source_[end] == '.' && is_digit(source_[end + 1])) {
      end = digits(end + 1);
      is_float = true;
    }
    size_t exponent = end + 1;
    if (exponent < source_.size() && (source_[exponent] == '+' || source_[exponent] == '-')) ++exponent;
    if (end < source_.size() && (source_[end] | 32) == 'e' && exponent < source_.size() &&
        is_digit(source_[exponent])) {
      end = digits(exponent);
      is_float = true;
    }
  }
  if (!is_float && source_[at_] == '0' && at_ + 2 < source_.size() &&
      std::string_view("xob").find(static_cast<char>(source_[at_ + 1] | 32)) != std::string_view::npos) {
    end = at_ + 2;
    while (end < source_.size() && is_name_char(source_[end])) ++end;
  }
  std::string text;
  for (const char c : std::string_view(source_).substr(at_, end - at_)) {
    if (c != '_') text.push_back(c);
  }
  Token& token = add(is_float ? TokenKind::kFloat : TokenKind::kInt, {});
  if (is_float ? !parse_float(text, &token.f) : !parse_int(text, 0, &token.i)) {
    return fail("the number " + text + " is not one, or beyond 64 bits");
  }
  advance(end - at_);
  return Status::ok();
}

Status Lexer::lex_string() {
  const char quote = source_[at_];
  size_t end = at_ + 1;
  while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
  if (end >= source_.size()) return fail("the string has no end");
  const std::string_view body = std::string_view(source_).substr(at_ + 1, end - at_ - 1);
  std::string value;
  for (size_t i = 0; i < body.size();) {
    if (body[i] == '\\' && i + 1 < body.size()) {
      WC_TRY(lex_escape(body, &i, &value));
    } else {
      value.push_back(body[i++]);
    }
  }
  add(TokenKind::kString, std::move(value));
  advance(end + 1 - at_);
  return Status::ok();
}

// One escape of a Python string literal; *i is at the backslash.
Status Lexer::lex_escape(std::string_view body, size_t* i, std::string* out) const {
  constexpr std::string_view kFrom = "\\'\"abfnrtv";
  constexpr std::string_view kTo = "\\'\"\a\b\f\n\r\t\v";
  const char c = body[*i + 1];
  if (const size_t known = kFrom.find(c); known != std::string_view::npos) {
    out->push_back(kTo[known]);
    *i += 2;
    return Status::ok();
  }
  size_t n_digits = 0;
  int base = 16;
  size_t start = *i + 2;
  if (c == 'x') n_digits = 2;
  if (c == 'u') n_digits = 4;
  if (c == 'U') n_digits = 8;
  if (c >= '0' && c <= '7') {
    base = 8;
    start = *i + 1;
    while (n_digits < 3 && start + n_digits < body.size() && body[start + n_digits] >= '0' &&
           body[start + n_digits] <= '7')
      ++n_digits;
  }
  if (c == '\n') {  // a line that goes on
    *i += 2;
    return Status::ok();
  }
  if (n_digits == 0) {
    out->append(body, *i, 2);
    *i += 2;
    return Status::ok();
  }
  int64_t code = 0;
  const std::string digits_text(body.substr(start, n_digits));
  const bool ok = digits_text.size() == n_digits && parse_int(digits_text, base, &code) && is_name_char(digits_text[0]);
  if (!ok || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return fail("the string has a bad escape");
  utf8::append(static_cast<char32_t>(code), out);
  *i = start + n_digits;
  return Status::ok();
}

Status Lexer::lex_operator() {
  std::string_view op;
  for (const std::string_view two : kTwoCharOperators) {
    if (sees(two)) op = two;
  }
  if (op.empty() && kOneCharOperators.find(source_[at_]) != std::string_view::npos) op = rest().substr(0, 1);
  if (op.empty()) return fail("unexpected character " + std::string(rest().substr(0, 1)));
  const char c = op[0];
  if (c == '(' || c == '[' || c == '{') open_.push_back(c == '(' ? ')' : (c == '[' ? ']' : '}'));
  if (c == ')' || c == ']' || c == '}') {
    if (open_.empty() || open_.back() != c) return fail("unexpected " + std::string(op));
    open_.pop_back();
  }
  add(TokenKind::kOperator, std::string(op));
  advance(op.size());
  return Status::ok();
}

}  // namespace

Status error_at(Code code, Position pos, std::string_view what) {
  std::string message = "line " + std::to_string(pos.line) + ", column " + std::to_string(pos.column) + ": ";
  message.append(what);
  return {code, std::move(message)};
}

Result<std::vector<Token>> tokenize_template(std::string_view source) { return Lexer(normalize(source)).run(); }

}  // namespace wasmchord::chat
