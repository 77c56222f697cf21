// A cursor over valid UTF-8 with the properties of the character under it, for hand-written regular expressions.
#pragma once

#include <cstdint>
#include <string_view>

#include "src/tokenizer/unicode.h"

namespace wasmchord {

class Scanner {
 public:
  explicit Scanner(std::string_view text) : begin_(text.data()), p_(begin_), end_(begin_ + text.size()) { load(); }

  bool at_end() const { return p_ == end_; }
  size_t consumed() const { return static_cast<size_t>(p_ - begin_); }

  // Of the character under the cursor; 0 at the end.
  uint32_t code_point() const { return char_.code_point; }
  uint8_t flags() const { return flags_; }

  bool is(uint8_t any_of) const { return (flags_ & any_of) != 0; }
  bool is_not(uint8_t any_of) const { return !at_end() && (flags_ & any_of) == 0; }
  bool is_char(char c) const { return !at_end() && char_.code_point == static_cast<uint32_t>(c); }
  bool is_newline() const { return is_char('\n') || is_char('\r'); }

  void next() {
    p_ += char_.size;
    load();
  }
  void back_to(size_t consumed) {
    p_ = begin_ + consumed;
    load();
  }

  void skip(uint8_t any_of) {
    while (is(any_of)) next();
  }
  void skip_not(uint8_t any_of) {
    while (is_not(any_of)) next();
  }

 private:
  void load() {
    if (p_ == end_) {
      char_ = {0, 0};
      flags_ = 0;
      return;
    }
    char_ = unicode::decode_valid(p_);
    flags_ = unicode::flags(char_.code_point);
  }

  const char* begin_;
  const char* p_;
  const char* end_;
  unicode::Char char_{0, 0};
  uint8_t flags_ = 0;
};

}  // namespace wasmchord
