#include "src/tokenizer/tokenizer.h"
#include "src/tokenizer/unicode.h"
#include "src/tokenizer/vocabulary.h"

namespace wasmchord {

StreamDecoder::StreamDecoder(const Tokenizer* tokenizer, bool special) : tokenizer_(tokenizer), special_(special) {}

void StreamDecoder::reset(bool at_start) {
  at_start_ = at_start;
  held_.clear();
}

Status StreamDecoder::push(TokenId id, std::string* text) {
  if (!tokenizer_->vocab().contains(id)) return Status(Code::kBadToken, "token " + std::to_string(id));
  tokenizer_->append_token(id, special_, &at_start_, &held_);
  drain(false, text);
  return Status::ok();
}

void StreamDecoder::flush(std::string* text) { drain(true, text); }

void StreamDecoder::drain(bool final, std::string* text) {
  std::string_view rest = held_;
  while (!rest.empty()) {
    const size_t valid = unicode::valid_prefix(rest);
    text->append(rest.substr(0, valid));
    rest.remove_prefix(valid);
    if (rest.empty()) break;
    size_t size;
    const unicode::Utf8Next next = unicode::classify(rest, &size);
    if (next == unicode::Utf8Next::kIncomplete) {
      if (!final) break;
      size = rest.size();
    }
    text->append(unicode::kReplacementUtf8);
    rest.remove_prefix(size);
  }
  held_.erase(0, held_.size() - rest.size());
}

}  // namespace wasmchord
