// Values of templates: Python's None, bool, int (64 bits), float, str, list, tuple, dict and what else Jinja hands out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/chat/heap.h"

namespace wasmchord::chat {

enum class Kind : uint8_t {
  kUndefined,
  kNone,
  kBool,
  kInt,
  kFloat,
  kString,
  kSequence,
  kDict,
  kNamespace,
  kCallable,
  kLoop,
};

struct Object {
  Object() = default;
  virtual ~Object() = default;
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;
  virtual void clear() {}  // lets go of every other object

  Charge charge;
};

// Bytes [begin, end) of a text that came from the conversation and not from the template.
struct Mark {
  size_t begin;
  size_t end;
};

// Valid UTF-8. Immutable once made.
struct Text : Object {
  std::string bytes;
  std::vector<Mark> marks;  // ascending, not touching
  size_t n_chars = 0;       // code points
  bool is_ascii() const { return n_chars == bytes.size(); }
  bool is_marked() const { return !marks.empty(); }
};

struct Undefined : Object {
  std::string message;     // of the error that its use gives
  bool forbidden = false;  // the sandbox hides what is there
};

class Value;
struct Sequence;
struct Dict;

class Value {
 public:
  Value() = default;  // undefined, without a message
  static Value none() { return Value(Kind::kNone); }
  static Value boolean(bool b) {
    Value v(Kind::kBool);
    v.int_ = b ? 1 : 0;
    return v;
  }
  static Value integer(int64_t i) {
    Value v(Kind::kInt);
    v.int_ = i;
    return v;
  }
  static Value real(double f) {
    Value v(Kind::kFloat);
    v.float_ = f;
    return v;
  }
  Value(Kind kind, std::shared_ptr<Object> object) : kind_(kind), object_(std::move(object)) {}

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_undefined() const { return kind_ == Kind::kUndefined; }
  bool is_none() const { return kind_ == Kind::kNone; }
  bool is_string() const { return kind_ == Kind::kString; }
  bool is_dict() const { return kind_ == Kind::kDict; }
  bool is_sequence() const { return kind_ == Kind::kSequence; }
  bool is_integral() const { return kind_ == Kind::kInt || kind_ == Kind::kBool; }  // bool is an int in Python
  bool is_number() const { return is_integral() || kind_ == Kind::kFloat; }

  int64_t as_int() const { return int_; }  // kInt and kBool
  bool as_bool() const { return int_ != 0; }
  double as_double() const { return kind_ == Kind::kFloat ? float_ : static_cast<double>(int_); }
  const Text& text() const { return static_cast<const Text&>(*object_); }
  std::string_view str() const { return text().bytes; }
  Sequence& sequence() const;
  const std::vector<Value>& items() const;  // of a sequence
  Dict& dict() const;
  Object* object() const { return object_.get(); }
  const std::shared_ptr<Object>& shared_object() const { return object_; }
  template <typename T>
  T& as() const {
    return static_cast<T&>(*object_);
  }

 private:
  explicit Value(Kind kind) : kind_(kind) {}
  Kind kind_ = Kind::kUndefined;
  union {
    int64_t int_ = 0;
    double float_;
  };
  std::shared_ptr<Object> object_;
};

enum class SequenceKind : uint8_t { kList, kTuple, kRange, kView, kIterator };

// Lists, tuples, ranges, the views that dict.items() and the like give, and generators (made at once, read once).
struct Sequence : Object {
  SequenceKind kind = SequenceKind::kList;
  uint32_t depth = 1;  // of lists and dictionaries inside of one another, when it was made
  std::string label;   // kRange: its repr; kView: "dict_keys" and the like; kIterator: "generator"
  std::vector<Value> items;
  void clear() override { items.clear(); }
};

// In the order of insertion. Keys are equal as in Python: 1, 1.0 and True are one key.
struct Dict : Object {
  uint32_t depth = 1;  // as in Sequence
  std::vector<std::pair<Value, Value>> entries;
  std::unordered_map<std::string, size_t> index;  // by dict_key()

  const Value* find(std::string_view key) const;  // of a string
  const Value* find_key(const std::string& dict_key) const;
  void clear() override {
    entries.clear();
    index.clear();
  }
};

struct Namespace : Object {
  std::vector<std::pair<std::string, Value>> attributes;
  Value* find(std::string_view name);
  void clear() override { attributes.clear(); }
};

inline Sequence& Value::sequence() const { return static_cast<Sequence&>(*object_); }
inline const std::vector<Value>& Value::items() const { return sequence().items; }
inline Dict& Value::dict() const { return static_cast<Dict&>(*object_); }

// `heap` may be null for what a compiled template keeps.
Value make_text(Heap* heap, std::string bytes, std::vector<Mark> marks = {});
Value make_content(Heap* heap, std::string bytes);  // all of it marked
Value make_sequence(Heap* heap, std::vector<Value> items, SequenceKind kind = SequenceKind::kList,
                    std::string label = {});
inline Value make_tuple(Heap* heap, std::vector<Value> items) {
  return make_sequence(heap, std::move(items), SequenceKind::kTuple);
}
inline Value make_iterator(Heap* heap, std::vector<Value> items) {
  return make_sequence(heap, std::move(items), SequenceKind::kIterator, "generator");
}
Value make_dict(Heap* heap);
Value make_undefined(Heap* heap, std::string message, bool forbidden = false);
// Adds or replaces; false where `key` cannot be one (a list, a dict).
bool dict_set(Heap* heap, Dict* dict, const Value& key, Value value);
void dict_erase(Dict* dict, size_t entry);
// What makes keys equal; false where `key` cannot be one.
bool dict_key(const Value& key, std::string* out, uint32_t depth = 0);

// "str", "int", "list" ... as Python names the type.
std::string_view type_name(const Value& value);

// 0 for what is neither a list nor a dictionary.
inline uint32_t depth_of(const Value& value) {
  if (value.is_sequence()) return value.sequence().depth;
  return value.is_dict() ? value.dict().depth : 0;
}
inline bool too_deep(const Value& value) { return depth_of(value) > kMaxValueDepth; }

}  // namespace wasmchord::chat
