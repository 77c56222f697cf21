#include "src/chat/value.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "src/chat/text_builder.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat {
namespace {

constexpr size_t kObjectBytes = 128;      // an object with its bookkeeping, generously
constexpr size_t kMaxKeyBytes = 1 << 20;  // of a tuple as a key

}  // namespace

Heap::~Heap() { empty_kept_objects(); }

void Heap::empty_kept_objects() {
  std::vector<std::shared_ptr<Object>> alive;
  for (const std::weak_ptr<Object>& weak : mutable_objects_) {
    if (auto object = weak.lock()) alive.push_back(std::move(object));
  }
  mutable_objects_.clear();
  for (const auto& object : alive) object->clear();
}

Value make_text(Heap* heap, std::string bytes, std::vector<Mark> marks) {
  auto text = std::make_shared<Text>();
  const size_t size = kObjectBytes + bytes.size() + marks.size() * sizeof(Mark);
  if (text->charge.grow(heap, size)) {
    text->n_chars = utf8::length(bytes);
    text->bytes = std::move(bytes);
    text->marks = std::move(marks);
    if (heap != nullptr) heap->work(size);
  }
  return {Kind::kString, std::move(text)};
}

Value make_content(Heap* heap, std::string bytes) {
  std::vector<Mark> marks;
  if (!bytes.empty()) marks.push_back({0, bytes.size()});
  return make_text(heap, std::move(bytes), std::move(marks));
}

Value make_sequence(Heap* heap, std::vector<Value> items, SequenceKind kind, std::string label) {
  auto sequence = std::make_shared<Sequence>();
  sequence->kind = kind;
  sequence->label = std::move(label);
  const size_t size = kObjectBytes + items.size() * sizeof(Value);
  if (sequence->charge.grow(heap, size)) {
    sequence->items = std::move(items);
    for (const Value& item : sequence->items) sequence->depth = std::max(sequence->depth, depth_of(item) + 1);
    if (heap != nullptr) heap->work(size);
  }
  return {Kind::kSequence, std::move(sequence)};
}

Value make_dict(Heap* heap) {
  auto dict = std::make_shared<Dict>();
  dict->charge.grow(heap, kObjectBytes);
  return {Kind::kDict, std::move(dict)};
}

Value make_undefined(Heap* heap, std::string message, bool forbidden) {
  auto undefined = std::make_shared<Undefined>();
  if (undefined->charge.grow(heap, kObjectBytes + message.size())) undefined->message = std::move(message);
  undefined->forbidden = forbidden;
  return {Kind::kUndefined, std::move(undefined)};
}

bool dict_key(const Value& key, std::string* out, uint32_t depth) {
  switch (key.kind()) {
    case Kind::kString:
      out->append("s").append(std::to_string(key.str().size())).append(":").append(key.str());
      return true;
    case Kind::kNone:
      out->append("N");
      return true;
    case Kind::kBool:
    case Kind::kInt:
      out->append("i").append(std::to_string(key.as_int())).append(";");
      return true;
    case Kind::kFloat: {
      const double f = key.as_double();
      if (f == std::floor(f) && std::abs(f) < 9.0e18) {
        out->append("i").append(std::to_string(static_cast<int64_t>(f))).append(";");
      } else {
        char bits[sizeof f];
        std::memcpy(bits, &f, sizeof f);
        out->append("f").append(bits, sizeof f);
      }
      return true;
    }
    case Kind::kSequence:
      if (key.sequence().kind != SequenceKind::kTuple || depth > kMaxValueDepth) return false;
      out->append("(");
      for (const Value& item : key.items()) {
        if (!dict_key(item, out, depth + 1) || out->size() > kMaxKeyBytes) return false;
      }
      out->append(")");
      return true;
    case Kind::kUndefined:
      out->append("U");
      return true;
    case Kind::kDict:
      return false;
    case Kind::kNamespace:
    case Kind::kCallable:
    case Kind::kLoop:
      break;
  }
  out->append("o").append(std::to_string(reinterpret_cast<uintptr_t>(key.object()))).append(";");
  return true;
}

const Value* Dict::find_key(const std::string& key) const {
  const auto found = index.find(key);
  return found == index.end() ? nullptr : &entries[found->second].second;
}

const Value* Dict::find(std::string_view key) const {
  std::string text = "s" + std::to_string(key.size()) + ":";
  text.append(key);
  return find_key(text);
}

bool dict_set(Heap* heap, Dict* dict, const Value& key, Value value) {
  std::string text;
  if (!dict_key(key, &text)) return false;
  dict->depth = std::max({dict->depth, depth_of(key) + 1, depth_of(value) + 1});
  const auto found = dict->index.find(text);
  if (found != dict->index.end()) {
    dict->entries[found->second].second = std::move(value);
    return true;
  }
  if (!dict->charge.grow(heap, 2 * sizeof(Value) + text.size() + kObjectBytes)) return true;
  dict->index.emplace(std::move(text), dict->entries.size());
  dict->entries.emplace_back(key, std::move(value));
  return true;
}

void dict_erase(Dict* dict, size_t entry) {
  dict->entries.erase(dict->entries.begin() + static_cast<ptrdiff_t>(entry));
  for (auto it = dict->index.begin(); it != dict->index.end();) {
    if (it->second == entry) {
      it = dict->index.erase(it);
      continue;
    }
    if (it->second > entry) --it->second;
    ++it;
  }
}

Value* Namespace::find(std::string_view name) {
  for (auto& [key, value] : attributes) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string_view type_name(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
      return "Undefined";
    case Kind::kNone:
      return "NoneType";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kFloat:
      return "float";
    case Kind::kString:
      return "str";
    case Kind::kSequence:
      switch (value.sequence().kind) {
        case SequenceKind::kList:
          return "list";
        case SequenceKind::kTuple:
          return "tuple";
        case SequenceKind::kRange:
          return "range";
        case SequenceKind::kView:
        case SequenceKind::kIterator:
          break;
      }
      return value.sequence().label;
    case Kind::kDict:
      return "dict";
    case Kind::kNamespace:
      return "Namespace";
    case Kind::kCallable:
      return "function";
    case Kind::kLoop:
      return "LoopContext";
  }
  return "object";
}

bool TextBuilder::room(size_t n) { return charge_.grow(heap_, n); }

void TextBuilder::mark(size_t begin, size_t end) {
  if (begin == end) return;
  if (!marks_.empty() && marks_.back().end == begin) {
    marks_.back().end = end;
  } else if (room(sizeof(Mark))) {
    marks_.push_back({begin, end});
  }
}

void TextBuilder::add(std::string_view bytes, bool marked) {
  if (!room(bytes.size())) return;
  const size_t at = bytes_.size();
  bytes_.append(bytes);
  if (marked) mark(at, bytes_.size());
}

void TextBuilder::add(const Text& text, size_t begin, size_t end) {
  if (!room(end - begin)) return;
  const size_t at = bytes_.size();
  bytes_.append(text.bytes, begin, end - begin);
  for (const Mark& m : text.marks) {
    const size_t from = std::max(m.begin, begin);
    const size_t to = std::min(m.end, end);
    if (from < to) mark(at + from - begin, at + to - begin);
  }
}

void TextBuilder::add_repeated(std::string_view bytes, uint64_t count) {
  if (bytes.empty() || count == 0) return;
  if (count > heap_->limits().max_memory_bytes / bytes.size() || !room(bytes.size() * static_cast<size_t>(count))) {
    room(SIZE_MAX);
    return;
  }
  for (uint64_t i = 0; i < count; ++i) bytes_.append(bytes);
}

void TextBuilder::mark_all() {
  marks_.clear();
  mark(0, bytes_.size());
}

Value TextBuilder::finish() {
  charge_.reset();
  return make_text(heap_, std::move(bytes_), std::move(marks_));
}

Value slice_bytes(Heap* heap, const Value& text, size_t begin, size_t end) {
  if (begin == 0 && end == text.str().size()) return text;
  TextBuilder out(heap);
  out.add(text.text(), begin, end);
  return out.finish();
}

Value derived_text(Heap* heap, std::string bytes, const Text& from) {
  return from.is_marked() ? make_content(heap, std::move(bytes)) : make_text(heap, std::move(bytes));
}

}  // namespace wasmchord::chat
