#include "src/chat/slices.h"

#include <algorithm>

#include "src/chat/convert.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat {
namespace {

// A bound as slice.indices() gives it.
int64_t clamp_bound(const Value& bound, int64_t length, int64_t step, bool is_start) {
  if (bound.is_none()) {
    if (step > 0) return is_start ? 0 : length;
    return is_start ? length - 1 : -1;
  }
  int64_t at = bound.as_int();
  const int64_t lowest = step > 0 ? 0 : -1;
  const int64_t highest = step > 0 ? length : length - 1;
  if (at < 0) at = at < -length ? lowest : at + length;
  return std::clamp(at, lowest, std::max(lowest, highest));
}

Value slice_text(Heap* heap, const Value& value, int64_t start, int64_t stop, int64_t step) {
  const Text& text = value.text();
  if (step == 1) {
    if (stop <= start) return make_text(heap, {});
    const size_t begin =
        text.is_ascii() ? static_cast<size_t>(start) : utf8::offset(text.bytes, static_cast<size_t>(start));
    const size_t end =
        text.is_ascii() ? static_cast<size_t>(stop) : utf8::offset(text.bytes, static_cast<size_t>(stop));
    return slice_bytes(heap, value, begin, end);
  }
  std::vector<size_t> offsets;
  offsets.reserve(text.n_chars + 1);
  for (size_t i = 0; i < text.bytes.size();) {
    offsets.push_back(i);
    utf8::next(text.bytes, &i);
  }
  offsets.push_back(text.bytes.size());
  TextBuilder out(heap);
  for (int64_t i = start; (step > 0 ? i < stop : i > stop) && !heap->must_stop(); i += step) {
    const auto at = static_cast<size_t>(i);
    out.add(text, offsets[at], offsets[at + 1]);
    if (step > 0 ? i > INT64_MAX - step : i < INT64_MIN - step) break;
  }
  return out.finish();
}

}  // namespace

std::optional<Value> index_value(Heap* heap, const Value& value, int64_t index) {
  const bool is_text = value.is_string();
  if (!is_text && value.sequence().kind > SequenceKind::kRange) return std::nullopt;
  const auto length = static_cast<int64_t>(is_text ? value.text().n_chars : value.items().size());
  if (index < -length || index >= length) return std::nullopt;
  const auto at = static_cast<size_t>(index < 0 ? index + length : index);
  if (!is_text) return value.items()[at];
  const std::string_view bytes = value.str();
  const size_t begin = value.text().is_ascii() ? at : utf8::offset(bytes, at);
  size_t end = begin;
  utf8::next(bytes, &end);
  return slice_bytes(heap, value, begin, end);
}

Result<Value> slice_value(Heap* heap, const Value& value, const Value (&bounds)[3]) {
  for (const Value& bound : bounds) {
    if (!bound.is_none() && !bound.is_integral()) {
      return failure("slice indices must be integers or None or have an __index__ method");
    }
  }
  const bool is_text = value.is_string();
  const bool is_list = value.is_sequence() && value.sequence().kind <= SequenceKind::kRange;
  if (value.is_undefined()) {
    return failure(value.object() != nullptr ? value.as<Undefined>().message : "an undefined value has no items");
  }
  if (value.is_dict()) return failure("unhashable type: 'slice'");
  if (!is_text && !is_list) return make_undefined(heap, "'" + std::string(type_name(value)) + "' cannot be sliced");
  const int64_t step = bounds[2].is_none() ? 1 : bounds[2].as_int();
  if (step == 0) return failure("slice step cannot be zero");
  const auto length = static_cast<int64_t>(is_text ? value.text().n_chars : value.items().size());
  const int64_t start = clamp_bound(bounds[0], length, step, true);
  const int64_t stop = clamp_bound(bounds[1], length, step, false);
  if (is_text) return slice_text(heap, value, start, stop, step);
  std::vector<Value> items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop; i += step) {
    items.push_back(value.items()[static_cast<size_t>(i)]);
    if (step > 0 ? i > INT64_MAX - step : i < INT64_MIN - step) break;
  }
  return make_sequence(heap, std::move(items),
                       value.sequence().kind == SequenceKind::kTuple ? SequenceKind::kTuple : SequenceKind::kList);
}

}  // namespace wasmchord::chat
