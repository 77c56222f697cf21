#include "src/chat/text_methods.h"

#include <algorithm>

namespace wasmchord::chat {
namespace {

// One character in another case, given whether it starts a word or the text.
void append_case(char32_t c, TextCase to, bool starts, std::string* out) {
  bool up = false;
  switch (to) {
    case TextCase::kLower:
      break;
    case TextCase::kUpper:
      up = true;
      break;
    case TextCase::kTitle:
    case TextCase::kCapitalize:
      up = starts;
      break;
    case TextCase::kSwap:
      up = utf8::is_lower(c);
      break;
  }
  if (up && c == 0xDF) {
    out->append(to == TextCase::kUpper || to == TextCase::kSwap ? "SS" : "Ss");
  } else {
    utf8::append(up ? utf8::to_upper(c) : utf8::to_lower(c), out);
  }
}

}  // namespace

Value map_case(Heap* heap, const Value& text, TextCase to) {
  TextBuilder out(heap);
  const Text& from = text.text();
  std::string piece;
  size_t i = 0;
  bool starts = true;
  // Stretches between the borders of marks, so that these stay where they are.
  std::vector<size_t> borders;
  for (const Mark& mark : from.marks) {
    borders.push_back(mark.begin);
    borders.push_back(mark.end);
  }
  borders.push_back(from.bytes.size());
  for (size_t k = 0; k < borders.size(); ++k) {
    piece.clear();
    while (i < borders[k]) {
      const char32_t c = utf8::next(from.bytes, &i);
      append_case(c, to, starts, &piece);
      starts = to == TextCase::kTitle && !utf8::is_letter(c);
    }
    out.add(piece, from.is_marked() && k % 2 == 1);
  }
  return out.finish();
}

Value strip_text(Heap* heap, const Value& text, const Value& chars, utf8::Ends ends) {
  size_t begin = 0;
  size_t end = 0;
  const std::string_view set = chars.is_string() ? chars.str() : std::string_view();
  heap->work(text.str().size() * (1 + set.size()));
  if (heap->must_stop()) return text;
  utf8::strip(text.str(), chars.is_string() ? &set : nullptr, ends, &begin, &end);
  return slice_bytes(heap, text, begin, end);
}

Value split_text(Heap* heap, const Value& text, std::string_view separator, int64_t max, bool from_right) {
  const std::string_view bytes = text.str();
  heap->work(bytes.size() * std::max<size_t>(1, separator.size() / 16));
  std::vector<Value> parts;
  size_t begin = 0;
  size_t end = bytes.size();
  while (max != 0 && !heap->must_stop()) {
    if (from_right) {
      const size_t at = end < separator.size() ? bytes.npos : bytes.rfind(separator, end - separator.size());
      if (at == bytes.npos) break;
      parts.push_back(slice_bytes(heap, text, at + separator.size(), end));
      end = at;
    } else {
      const size_t at = bytes.find(separator, begin);
      if (at == bytes.npos) break;
      parts.push_back(slice_bytes(heap, text, begin, at));
      begin = at + separator.size();
    }
    --max;
  }
  parts.push_back(slice_bytes(heap, text, begin, end));
  if (from_right) std::reverse(parts.begin(), parts.end());
  return make_sequence(heap, std::move(parts));
}

Value split_spaces(Heap* heap, const Value& text, int64_t max, bool from_right) {
  const std::string_view bytes = text.str();
  std::vector<Value> parts;
  size_t begin = 0;
  size_t end = bytes.size();
  while (!heap->must_stop()) {
    size_t from = 0;
    size_t to = 0;
    utf8::strip(bytes.substr(begin, end - begin), nullptr, {!from_right, from_right}, &from, &to);
    end = begin + to;
    begin += from;
    if (begin == end) break;
    if (max-- == 0) {  // the rest as it is
      parts.push_back(slice_bytes(heap, text, begin, end));
      break;
    }
    if (from_right) {
      size_t word = begin;
      for (size_t i = begin; i < end;) {
        if (utf8::is_space(utf8::next(bytes, &i))) word = i;
      }
      parts.push_back(slice_bytes(heap, text, word, end));
      heap->work(end - begin);
      end = word;
    } else {
      size_t i = begin;
      size_t word_end = end;
      while (i < end) {
        const size_t at = i;
        if (!utf8::is_space(utf8::next(bytes, &i))) continue;
        word_end = at;
        break;
      }
      parts.push_back(slice_bytes(heap, text, begin, word_end));
      begin = word_end;
    }
  }
  if (from_right) std::reverse(parts.begin(), parts.end());
  return make_sequence(heap, std::move(parts));
}

std::vector<Value> split_lines(Heap* heap, const Value& text, bool keep_ends) {
  const std::string_view bytes = text.str();
  std::vector<Value> lines;
  size_t begin = 0;
  for (size_t i = 0; i < bytes.size() && !heap->must_stop();) {
    const size_t at = i;
    const char32_t c = utf8::next(bytes, &i);
    const bool breaks = (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
    if (!breaks) continue;
    if (c == '\r' && i < bytes.size() && bytes[i] == '\n') ++i;
    lines.push_back(slice_bytes(heap, text, begin, keep_ends ? i : at));
    begin = i;
  }
  if (begin < bytes.size()) lines.push_back(slice_bytes(heap, text, begin, bytes.size()));
  return lines;
}

Value replace_text(Heap* heap, const Value& text, std::string_view from, const Value& to, int64_t max) {
  const std::string_view bytes = text.str();
  heap->work(bytes.size() * std::max<size_t>(1, from.size() / 16));
  TextBuilder out(heap);
  size_t at = 0;
  size_t kept = 0;  // before it everything has been written
  while (max != 0 && !heap->must_stop()) {
    if (!from.empty()) {
      at = bytes.find(from, at);
      if (at == bytes.npos) break;
    }
    out.add(text.text(), kept, at);
    out.add(to);
    kept = at + from.size();
    at = kept;
    --max;
    if (from.empty()) {
      if (at == bytes.size()) break;
      utf8::next(bytes, &at);
    }
  }
  out.add(text.text(), kept, bytes.size());
  return out.finish();
}

Value pad_text(Heap* heap, const Value& text, int64_t width, char align, std::string_view fill) {
  const auto length = static_cast<int64_t>(text.text().n_chars);
  if (width <= length) return text;
  const auto total = static_cast<uint64_t>(width - length);
  // Python's str.center puts the odd one to the left where the width is odd.
  uint64_t left = align == '>' ? total : 0;
  if (align == '^') left = total / 2 + (total & static_cast<uint64_t>(width) & 1);
  TextBuilder out(heap);
  out.add_repeated(fill, left);
  out.add(text);
  out.add_repeated(fill, total - left);
  return out.finish();
}

}  // namespace wasmchord::chat
