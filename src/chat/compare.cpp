#include "src/chat/compare.h"

#include <cmath>

#include "src/chat/convert.h"
#include "src/chat/text_builder.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat {
namespace {

Status type_error(std::string_view op, const Value& a, const Value& b) {
  if (a.is_undefined() && a.object() != nullptr) return failure(a.as<Undefined>().message);
  if (b.is_undefined() && b.object() != nullptr) return failure(b.as<Undefined>().message);
  return failure("unsupported operand type(s) for " + std::string(op) + ": '" + std::string(type_name(a)) + "' and '" +
                 std::string(type_name(b)) + "'");
}

Status too_large() { return failure("the number is beyond 64 bits"); }

bool same_items(Heap* heap, const std::vector<Value>& a, const std::vector<Value>& b, uint32_t depth) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    heap->step();
    if (heap->must_stop() || !equals(heap, a[i], b[i], depth + 1)) return false;
  }
  return true;
}

bool same_entries(Heap* heap, const Dict& a, const Dict& b, uint32_t depth) {
  if (a.entries.size() != b.entries.size()) return false;
  for (const auto& [key, at] : a.index) {
    const Value* other = b.find_key(key);
    heap->step();
    if (heap->must_stop() || other == nullptr || !equals(heap, a.entries[at].second, *other, depth + 1)) return false;
  }
  return true;
}

bool is_ordered(const Value& v) { return v.is_sequence() && v.sequence().kind <= SequenceKind::kTuple; }

Result<Value> integer_power(int64_t a, int64_t b) {
  if (b < 0) {
    if (a == 0) return failure("0.0 cannot be raised to a negative power");
    return Value::real(std::pow(static_cast<double>(a), static_cast<double>(b)));
  }
  int64_t result = 1;
  int64_t base = a;
  while (b > 0) {
    if ((b & 1) != 0 && __builtin_mul_overflow(result, base, &result)) return too_large();
    b >>= 1;
    if (b > 0 && __builtin_mul_overflow(base, base, &base)) return too_large();
  }
  return Value::integer(result);
}

Result<Value> integer_arithmetic(BinaryOp op, int64_t a, int64_t b) {
  int64_t out = 0;
  switch (op) {
    case BinaryOp::kAdd:
      if (__builtin_add_overflow(a, b, &out)) return too_large();
      return Value::integer(out);
    case BinaryOp::kSubtract:
      if (__builtin_sub_overflow(a, b, &out)) return too_large();
      return Value::integer(out);
    case BinaryOp::kMultiply:
      if (__builtin_mul_overflow(a, b, &out)) return too_large();
      return Value::integer(out);
    case BinaryOp::kPower:
      return integer_power(a, b);
    case BinaryOp::kDivide:
    case BinaryOp::kFloorDivide:
    case BinaryOp::kModulo:
      break;
  }
  if (b == 0) {
    return failure(op == BinaryOp::kDivide ? "division by zero" : "integer division or modulo by zero");
  }
  if (op == BinaryOp::kDivide) return Value::real(static_cast<double>(a) / static_cast<double>(b));
  if (a == INT64_MIN && b == -1) return op == BinaryOp::kModulo ? Result<Value>(Value::integer(0)) : too_large();
  // Python rounds towards minus infinity, C++ towards zero.
  int64_t quotient = a / b;
  int64_t remainder = a % b;
  if (remainder != 0 && (remainder < 0) != (b < 0)) {
    --quotient;
    remainder += b;
  }
  return Value::integer(op == BinaryOp::kModulo ? remainder : quotient);
}

Result<Value> real_arithmetic(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::kAdd:
      return Value::real(a + b);
    case BinaryOp::kSubtract:
      return Value::real(a - b);
    case BinaryOp::kMultiply:
      return Value::real(a * b);
    case BinaryOp::kPower:
      return Value::real(std::pow(a, b));
    case BinaryOp::kDivide:
    case BinaryOp::kFloorDivide:
    case BinaryOp::kModulo:
      break;
  }
  if (b == 0) return failure(op == BinaryOp::kDivide ? "float division by zero" : "float floor division by zero");
  if (op == BinaryOp::kDivide) return Value::real(a / b);
  double remainder = std::fmod(a, b);
  if (remainder != 0 && (remainder < 0) != (b < 0)) remainder += b;
  if (op == BinaryOp::kModulo) return Value::real(remainder);
  return Value::real(std::floor((a - remainder) / b + 0.5));
}

Result<Value> repeat(Heap* heap, const Value& value, int64_t count) {
  const auto times = static_cast<uint64_t>(count < 0 ? 0 : count);
  if (value.is_string()) {
    if (value.text().is_marked()) {
      TextBuilder out(heap);
      for (uint64_t i = 0; i < times && !heap->must_stop(); ++i) out.add(value);
      return out.finish();
    }
    TextBuilder out(heap);
    out.add_repeated(value.str(), times);
    return out.finish();
  }
  std::vector<Value> items;
  const std::vector<Value>& from = value.items();
  const uint64_t most = heap->limits().max_memory_bytes / sizeof(Value);
  if (times != 0 && from.size() > most / times) return Status(Code::kTemplateLimit, "a list takes too much memory");
  items.reserve(from.size() * times);
  for (uint64_t i = 0; i < times && !from.empty(); ++i) items.insert(items.end(), from.begin(), from.end());
  return make_sequence(heap, std::move(items), value.sequence().kind);
}

Result<Value> add_sequences(Heap* heap, const Value& a, const Value& b) {
  if (a.is_string() && b.is_string()) {
    TextBuilder out(heap);
    out.add(a);
    out.add(b);
    return out.finish();
  }
  if (!is_ordered(a) || !is_ordered(b) || a.sequence().kind != b.sequence().kind) return type_error("+", a, b);
  std::vector<Value> items = a.items();
  items.insert(items.end(), b.items().begin(), b.items().end());
  return make_sequence(heap, std::move(items), a.sequence().kind);
}

Status merge_runs(Heap* heap, const std::vector<Value>& keys, bool reverse, std::vector<size_t>* order, size_t width) {
  std::vector<size_t> merged;
  merged.reserve(order->size());
  for (size_t begin = 0; begin < order->size(); begin += 2 * width) {
    const size_t middle = std::min(begin + width, order->size());
    const size_t end = std::min(begin + 2 * width, order->size());
    size_t i = begin;
    size_t k = middle;
    while (i < middle && k < end) {
      heap->step();
      const Value& left = keys[(*order)[i]];
      const Value& right = keys[(*order)[k]];
      WC_ASSIGN(const bool right_first, reverse ? less(heap, left, right) : less(heap, right, left));
      merged.push_back((*order)[right_first ? k++ : i++]);
    }
    while (i < middle) merged.push_back((*order)[i++]);
    while (k < end) merged.push_back((*order)[k++]);
    if (heap->must_stop()) return Status::ok();
  }
  order->swap(merged);
  return Status::ok();
}

}  // namespace

bool equals(Heap* heap, const Value& a, const Value& b, uint32_t depth) {
  if (depth > kMaxValueDepth) return false;
  if (a.is_number() && b.is_number()) {
    if (a.is_integral() && b.is_integral()) return a.as_int() == b.as_int();
    return a.as_double() == b.as_double();
  }
  if (a.kind() != b.kind()) return false;
  if (a.object() != nullptr && a.object() == b.object()) return true;
  switch (a.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return true;
    case Kind::kString:
      heap->work(std::min(a.str().size(), b.str().size()));
      return a.str() == b.str();
    case Kind::kSequence:
      if (a.sequence().kind != b.sequence().kind) return false;
      if (a.sequence().kind == SequenceKind::kIterator) return a.object() == b.object();
      return same_items(heap, a.items(), b.items(), depth);
    case Kind::kDict:
      return same_entries(heap, a.dict(), b.dict(), depth);
    default:
      return a.object() == b.object();
  }
}

Result<bool> less(Heap* heap, const Value& a, const Value& b, uint32_t depth) {
  if (a.is_number() && b.is_number()) {
    if (a.is_integral() && b.is_integral()) return a.as_int() < b.as_int();
    return a.as_double() < b.as_double();
  }
  if (a.is_string() && b.is_string()) {
    heap->work(std::min(a.str().size(), b.str().size()));
    return a.str() < b.str();
  }
  if (is_ordered(a) && is_ordered(b) && a.sequence().kind == b.sequence().kind && depth <= kMaxValueDepth) {
    const std::vector<Value>& x = a.items();
    const std::vector<Value>& y = b.items();
    for (size_t i = 0; i < x.size() && i < y.size(); ++i) {
      heap->step();
      if (heap->must_stop()) return false;
      if (!equals(heap, x[i], y[i], depth + 1)) return less(heap, x[i], y[i], depth + 1);
    }
    return x.size() < y.size();
  }
  if ((a.is_undefined() && a.object() != nullptr) || (b.is_undefined() && b.object() != nullptr)) {
    return type_error("<", a, b);
  }
  return failure("'<' not supported between instances of '" + std::string(type_name(a)) + "' and '" +
                 std::string(type_name(b)) + "'");
}

Result<bool> compare(Heap* heap, Comparison op, const Value& a, const Value& b) {
  switch (op) {
    case Comparison::kEqual:
      return equals(heap, a, b);
    case Comparison::kNotEqual:
      return !equals(heap, a, b);
    case Comparison::kLess:
      return less(heap, a, b);
    case Comparison::kGreater:
      return less(heap, b, a);
    case Comparison::kLessEqual:
    case Comparison::kGreaterEqual: {
      const bool swap = op == Comparison::kGreaterEqual;
      WC_ASSIGN(const bool smaller, swap ? less(heap, b, a) : less(heap, a, b));
      return smaller || equals(heap, a, b);
    }
    case Comparison::kIn:
      return contains(heap, b, a);
    case Comparison::kNotIn: {
      WC_ASSIGN(const bool found, contains(heap, b, a));
      return !found;
    }
  }
  return false;
}

Result<bool> contains(Heap* heap, const Value& container, const Value& item) {
  switch (container.kind()) {
    case Kind::kString:
      if (!item.is_string()) {
        return failure("'in <string>' requires string as left operand, not " + std::string(type_name(item)));
      }
      heap->work(container.str().size() * std::max<size_t>(1, item.str().size() / 16));
      if (heap->must_stop()) return false;
      return container.str().find(item.str()) != std::string_view::npos;
    case Kind::kDict: {
      std::string key;
      if (!dict_key(item, &key)) return failure("unhashable type: '" + std::string(type_name(item)) + "'");
      return container.dict().find_key(key) != nullptr;
    }
    case Kind::kSequence:
      for (const Value& candidate : container.items()) {
        heap->step();
        if (heap->must_stop() || equals(heap, candidate, item)) return true;
      }
      return false;
    case Kind::kUndefined:
      if (container.object() == nullptr || !container.as<Undefined>().forbidden) return false;
      return failure(container.as<Undefined>().message);
    default:
      return failure("argument of type '" + std::string(type_name(container)) + "' is not iterable");
  }
}

Result<Value> arithmetic(Heap* heap, BinaryOp op, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_integral() && b.is_integral()) return integer_arithmetic(op, a.as_int(), b.as_int());
    return real_arithmetic(op, a.as_double(), b.as_double());
  }
  const auto repeatable = [](const Value& v) { return v.is_string() || is_ordered(v); };
  if (op == BinaryOp::kAdd) return add_sequences(heap, a, b);
  if (op == BinaryOp::kMultiply && repeatable(a) && b.is_integral()) return repeat(heap, a, b.as_int());
  if (op == BinaryOp::kMultiply && a.is_integral() && repeatable(b)) return repeat(heap, b, a.as_int());
  static constexpr std::string_view kNames[] = {"+", "-", "*", "/", "//", "%", "**"};
  return type_error(kNames[static_cast<size_t>(op)], a, b);
}

Result<Value> negate(const Value& value) {
  if (value.is(Kind::kFloat)) return Value::real(-value.as_double());
  if (value.is_integral()) {
    if (value.as_int() == INT64_MIN) return too_large();
    return Value::integer(-value.as_int());
  }
  if (value.is_undefined() && value.object() != nullptr) return failure(value.as<Undefined>().message);
  return failure("bad operand type for unary -: '" + std::string(type_name(value)) + "'");
}

Result<std::vector<size_t>> sorted_order(Heap* heap, const std::vector<Value>& keys, bool reverse) {
  std::vector<size_t> order(keys.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  for (size_t width = 1; width < order.size() && !heap->must_stop(); width *= 2) {
    WC_TRY(merge_runs(heap, keys, reverse, &order, width));
  }
  return order;
}

Result<std::vector<Value>> iterate(Heap* heap, const Value& value) {
  std::vector<Value> items;
  switch (value.kind()) {
    case Kind::kSequence:
      if (value.sequence().kind == SequenceKind::kIterator) {
        items.swap(value.sequence().items);
      } else {
        items = value.items();
      }
      break;
    case Kind::kDict:
      for (const auto& entry : value.dict().entries) items.push_back(entry.first);
      break;
    case Kind::kString:
      for (size_t i = 0; i < value.str().size() && !heap->must_stop();) {
        const size_t begin = i;
        utf8::next(value.str(), &i);
        items.push_back(slice_bytes(heap, value, begin, i));
      }
      break;
    case Kind::kUndefined:
      if (value.object() != nullptr && value.as<Undefined>().forbidden) return failure(value.as<Undefined>().message);
      break;
    default:
      return failure("'" + std::string(type_name(value)) + "' object is not iterable");
  }
  heap->work(items.size() * sizeof(Value));
  return items;
}

}  // namespace wasmchord::chat
