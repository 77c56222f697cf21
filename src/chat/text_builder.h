// Puts a text together, with the marks of its parts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/chat/value.h"

namespace wasmchord::chat {

class TextBuilder {
 public:
  explicit TextBuilder(Heap* heap) : heap_(heap) {}

  void add(std::string_view bytes, bool marked = false);
  void add(const Text& text) { add(text, 0, text.bytes.size()); }
  void add(const Text& text, size_t begin, size_t end);
  void add(const Value& value) { add(value.text()); }  // a string
  void add_repeated(std::string_view bytes, uint64_t count);
  size_t size() const { return bytes_.size(); }
  bool must_stop() const { return heap_->must_stop(); }
  const std::string& bytes() const { return bytes_; }
  void mark_all();  // everything so far counts as content

  Value finish();

 private:
  bool room(size_t n);
  void mark(size_t begin, size_t end);

  Heap* heap_;
  Charge charge_;
  std::string bytes_;
  std::vector<Mark> marks_;
};

// Bytes [begin, end) of a string value.
Value slice_bytes(Heap* heap, const Value& text, size_t begin, size_t end);
// A text made from `text` byte by byte in no simple way: wholly content where some of `text` is.
Value derived_text(Heap* heap, std::string bytes, const Text& from);

}  // namespace wasmchord::chat
