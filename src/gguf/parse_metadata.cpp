// HeaderParser: keys and values.
#include <algorithm>
#include <bit>

#include "src/gguf/header_parser.h"
#include "src/gguf/limits.h"
#include "src/gguf/quote.h"

namespace wasmchord::gguf {
namespace {

// Bytes of a fixed-size type; 0 for strings and arrays.
uint32_t width_of(ValueType type) {
  switch (type) {
    case ValueType::kU8:
    case ValueType::kI8:
    case ValueType::kBool:
      return 1;
    case ValueType::kU16:
    case ValueType::kI16:
      return 2;
    case ValueType::kU32:
    case ValueType::kI32:
    case ValueType::kF32:
      return 4;
    case ValueType::kU64:
    case ValueType::kI64:
    case ValueType::kF64:
      return 8;
    case ValueType::kString:
    case ValueType::kArray:
      break;
  }
  return 0;
}

bool is_value_type(uint32_t number) { return number <= static_cast<uint32_t>(ValueType::kF64); }

// Room for `added` more elements, growing by half, never beyond the `promised` size.
template <typename T>
void grow(std::vector<T>& v, size_t added, uint64_t promised) {
  const size_t wanted = v.size() + added;
  if (wanted <= v.capacity()) return;
  const uint64_t stepped = std::max<uint64_t>({wanted, v.size() + v.size() / 2, 64});
  v.reserve(static_cast<size_t>(std::max<uint64_t>(wanted, std::min(stepped, promised))));
}

void set_number(uint64_t raw, Value* value) {
  switch (value->type) {
    case ValueType::kI8:
      value->i = static_cast<int8_t>(raw);
      break;
    case ValueType::kI16:
      value->i = static_cast<int16_t>(raw);
      break;
    case ValueType::kI32:
      value->i = static_cast<int32_t>(raw);
      break;
    case ValueType::kI64:
      value->i = static_cast<int64_t>(raw);
      break;
    case ValueType::kF32:
      value->f = std::bit_cast<float>(static_cast<uint32_t>(raw));
      break;
    case ValueType::kF64:
      value->f = std::bit_cast<double>(raw);
      break;
    default:
      value->u = raw;
  }
}

}  // namespace

uint64_t HeaderParser::min_bytes(ValueType type) const {
  const uint64_t count_bytes = wide_ ? 8 : 4;
  if (type == ValueType::kString) return count_bytes;
  if (type == ValueType::kArray) return 4 + count_bytes;
  return width_of(type);
}

HeaderParser::Step HeaderParser::parse_key(Cursor& cursor) {
  Metadata& metadata = header_->metadata;
  const auto where = [&] { return "metadata entry " + std::to_string(metadata.entries_.size() + 1); };
  uint64_t length;
  if (!cursor.count(&length)) return Step::kShort;
  if (length == 0) return fail(Code::kBadString, where() + " has an empty key");
  if (length > kMaxKeyBytes || length > remaining(cursor)) {
    return fail(Code::kBadString, where() + " claims a key of " + std::to_string(length) + " bytes, more than " +
                                      (length > kMaxKeyBytes ? "the format allows" : "the file has left"));
  }
  std::string_view key;
  uint32_t type;
  if (!cursor.view(length, &key) || !cursor.u32(&type)) return Step::kShort;
  if (key.find('\0') != key.npos) return fail(Code::kBadString, "key " + quote(key) + " contains a NUL byte");
  if (metadata.has(key)) return fail(Code::kDuplicateKey, "key " + quote(key) + " occurs twice");
  if (!is_value_type(type)) {
    return fail(Code::kBadValueType, "key " + quote(key) + " has unknown value type " + std::to_string(type));
  }
  value_type_ = static_cast<ValueType>(type);
  key = keep(key);
  metadata.index_.emplace(key, metadata.entries_.size());
  metadata.entries_.push_back({key, {}});
  metadata.entries_.back().value.type = value_type_;
  return Step::kTaken;
}

HeaderParser::Step HeaderParser::parse_value(Cursor& cursor) {
  Value& value = header_->metadata.entries_.back().value;
  Step step;
  if (value_type_ == ValueType::kString) {
    step = parse_string(cursor, "", &value.s);
  } else if (value_type_ == ValueType::kArray) {
    step = parse_array_head(cursor, &value);
  } else {
    step = parse_scalar(cursor, width_of(value_type_));
  }
  const bool is_alignment = header_->metadata.entries_.back().key == "general.alignment";
  return step == Step::kTaken && is_alignment ? check_alignment(value) : step;
}

HeaderParser::Step HeaderParser::parse_scalar(Cursor& cursor, uint32_t width) {
  uint64_t raw;
  if (!cursor.number(width, &raw)) return Step::kShort;
  if (value_type_ == ValueType::kBool && raw > 1) {
    return fail(Code::kBadKeyValue, key_text() + " is a bool of value " + std::to_string(raw));
  }
  set_number(raw, &header_->metadata.entries_.back().value);
  return Step::kTaken;
}

HeaderParser::Step HeaderParser::check_alignment(const Value& value) {
  if (value.type != ValueType::kU32) {
    return fail(Code::kWrongKeyType, key_text() + " is " + std::string(value_type_name(value.type)) + ", wanted u32");
  }
  if (!std::has_single_bit(value.u) || value.u < kMinAlignment || value.u > kMaxAlignment) {
    return fail(Code::kBadAlignment, key_text() + " is " + std::to_string(value.u) + ", not a power of two from " +
                                         std::to_string(kMinAlignment) + " to " + std::to_string(kMaxAlignment));
  }
  header_->alignment = value.u;
  return Step::kTaken;
}

HeaderParser::Step HeaderParser::parse_string(Cursor& cursor, const char* what, std::string_view* out) {
  uint64_t length;
  if (!cursor.count(&length)) return Step::kShort;
  if (length > kMaxStringBytes || length > remaining(cursor)) {
    return fail(
        Code::kBadString,
        key_text() + " claims a string" + what + " of " + std::to_string(length) + " bytes, more than " +
            (length > kMaxStringBytes ? "the limit of " + std::to_string(kMaxStringBytes) : "the file has left"));
  }
  std::string_view bytes;
  if (!cursor.view(length, &bytes)) return Step::kShort;
  *out = keep(bytes);
  return Step::kTaken;
}

HeaderParser::Step HeaderParser::parse_array_head(Cursor& cursor, Value* value) {
  uint32_t number;
  if (!cursor.u32(&number)) return Step::kShort;
  if (!is_value_type(number)) {
    return fail(Code::kBadValueType, key_text() + " is an array of unknown value type " + std::to_string(number));
  }
  if (frames_.size() >= kMaxArrayDepth) {
    return fail(Code::kBadNesting, key_text() + " nests arrays deeper than " + std::to_string(kMaxArrayDepth));
  }
  const auto type = static_cast<ValueType>(number);
  uint64_t size;
  if (!cursor.count(&size)) return Step::kShort;
  if (size > kMaxArrayLength || size > remaining(cursor) / min_bytes(type)) {
    return fail(Code::kBadCount,
                key_text() + " claims an array of " + std::to_string(size) + " elements, more than " +
                    (size > kMaxArrayLength ? "the limit of " + std::to_string(kMaxArrayLength) : "the file can hold"));
  }
  Array& array = storage_->arrays.emplace_back();
  array.type = type;
  array.size = size;
  // With a known length the promise has just been checked against bytes that exist.
  if (total_bytes_ != 0 && type == ValueType::kString) array.strings.reserve(size);
  if (total_bytes_ != 0 && width_of(type) != 0) array.numbers.reserve(size * width_of(type));
  value->type = ValueType::kArray;
  value->array = &array;
  frames_.push_back({&array, size, 0});
  return Step::kTaken;
}

HeaderParser::Step HeaderParser::parse_elements(Cursor& cursor) {
  Frame& frame = frames_.back();
  Array& array = *frame.array;
  if (const uint32_t width = width_of(array.type); width != 0) return parse_number_elements(cursor, frame, width);
  if (array.type == ValueType::kString) {
    std::string_view text;
    if (const Step step = parse_string(cursor, " element", &text); step != Step::kTaken) return step;
    grow(array.strings, 1, frame.size);
    array.strings.push_back(text);
    ++frame.taken;
    return Step::kTaken;
  }
  if (n_nested_arrays_ >= kMaxNestedArrays) {
    return fail(Code::kBadCount,
                key_text() + " holds more than the limit of " + std::to_string(kMaxNestedArrays) + " nested arrays");
  }
  const size_t depth = frames_.size();
  Value value;
  // Opens a frame on success, which may move frame.
  if (const Step step = parse_array_head(cursor, &value); step != Step::kTaken) return step;
  grow(array.nested, 1, frames_[depth - 1].size);
  array.nested.push_back(value);
  ++frames_[depth - 1].taken;
  ++n_nested_arrays_;
  return Step::kTaken;
}

HeaderParser::Step HeaderParser::parse_number_elements(Cursor& cursor, Frame& frame, uint32_t width) {
  const uint64_t n = std::min<uint64_t>(frame.size - frame.taken, std::max<uint64_t>(cursor.available() / width, 1));
  std::string_view raw;
  if (!cursor.view(n * width, &raw)) return Step::kShort;
  std::vector<std::byte>& numbers = frame.array->numbers;
  const size_t start = numbers.size();
  grow(numbers, raw.size(), frame.size * width);
  numbers.resize(start + raw.size());
  cursor.copy_numbers(raw, width, numbers.data() + start);
  const bool is_bool = frame.array->type == ValueType::kBool;
  if (is_bool && std::any_of(raw.begin(), raw.end(), [](char c) { return c != 0 && c != 1; })) {
    return fail(Code::kBadKeyValue, key_text() + " holds a bool that is neither 0 nor 1");
  }
  frame.taken += n;
  return Step::kTaken;
}

}  // namespace wasmchord::gguf
