// Filters over lists and dictionaries.
#include <algorithm>

#include "src/chat/compare.h"
#include "src/chat/filters.h"
#include "src/chat/numbers.h"
#include "src/chat/slices.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat {

Function find_filter(std::string_view name) {
  static constexpr std::pair<std::string_view, Function> kFilters[] = {
#define WC_FILTER(key, function) {#key, filters::function},
#include "src/chat/filters.def"
#undef WC_FILTER
  };
  for (const auto& [key, function] : kFilters) {
    if (key == name) return function;
  }
  return nullptr;
}

namespace filters {
namespace {

Result<std::vector<Value>> read_keys(Renderer& r, const std::vector<Value>& items, const Value& attribute,
                                     bool case_sensitive) {
  std::vector<Value> keys;
  for (const Value& item : items) {
    if (r.heap()->must_stop()) break;
    if (attribute.is_string() && attribute.str().find(',') != std::string_view::npos) {
      std::vector<Value> parts;
      for (size_t at = 0; at <= attribute.str().size();) {
        const size_t end = std::min(attribute.str().find(',', at), attribute.str().size());
        const Value part = r.text(std::string(attribute.str().substr(at, end - at)));
        WC_ASSIGN(const Value key, read_attribute(r, item, part));
        parts.push_back(compare_key(r, key, case_sensitive));
        at = end + 1;
      }
      keys.push_back(r.list(std::move(parts)));
      continue;
    }
    WC_ASSIGN(const Value key, read_attribute(r, item, attribute));
    keys.push_back(compare_key(r, key, case_sensitive));
  }
  return keys;
}

Result<Value> extreme(Renderer& r, const Value& value, CallArguments& arguments, bool largest) {
  std::vector<Value> v = {Value::boolean(false), Value::none()};
  WC_TRY(bind(largest ? "max" : "min", arguments, {"case_sensitive", "attribute"}, 0, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  if (items.empty()) return make_undefined(r.heap(), "No aggregated item, sequence was empty.");
  WC_ASSIGN(const std::vector<Value> keys, read_keys(r, items, v[1], truthy(v[0])));
  if (keys.size() != items.size()) return Value();
  size_t best = 0;
  for (size_t i = 1; i < items.size(); ++i) {
    WC_ASSIGN(const bool better, largest ? less(r.heap(), keys[best], keys[i]) : less(r.heap(), keys[i], keys[best]));
    if (better) best = i;
  }
  return items[best];
}

// select and its kin: the items for which a test holds, or does not.
Result<Value> filter_items(Renderer& r, const Value& value, CallArguments& arguments, bool by_attribute, bool wanted) {
  Value attribute = Value::none();
  size_t at = 0;
  if (by_attribute) {
    if (arguments.positional.empty()) return failure("Missing parameter for attribute name");
    attribute = arguments.positional[at++];
  }
  std::string test;
  if (at < arguments.positional.size()) {
    if (!arguments.positional[at].is_string()) return failure("the name of a test must be str");
    test = arguments.positional[at++].str();
  }
  CallArguments rest;
  rest.positional.assign(arguments.positional.begin() + static_cast<ptrdiff_t>(at), arguments.positional.end());
  rest.keyword = arguments.keyword;
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  std::vector<Value> kept;
  for (const Value& item : items) {
    r.heap()->step();
    if (r.heap()->must_stop()) break;
    WC_ASSIGN(const Value subject, read_attribute(r, item, attribute));
    bool holds = truthy(subject);
    if (!test.empty()) {
      CallArguments copy = rest;
      WC_ASSIGN(holds, r.apply_test(test, subject, copy));
    }
    if (holds == wanted) kept.push_back(item);
  }
  return make_iterator(r.heap(), std::move(kept));
}

}  // namespace

Result<Value> read_attribute(Renderer& r, const Value& item, const Value& attribute, const Value& fallback) {
  if (attribute.is_none() || attribute.is_undefined()) return item;
  Value found = item;
  if (attribute.is_string()) {
    for (size_t at = 0; at <= attribute.str().size();) {
      const size_t end = std::min(attribute.str().find('.', at), attribute.str().size());
      const std::string_view part = attribute.str().substr(at, end - at);
      int64_t number = 0;
      const bool numeric =
          !part.empty() && part.find_first_not_of("0123456789") == part.npos && parse_int(part, 10, &number);
      const Value key = numeric ? Value::integer(number) : r.text(std::string(part));
      WC_ASSIGN(found, r.item(found, key));
      if (found.is_undefined() && !fallback.is_undefined()) found = fallback;
      at = end + 1;
    }
    return found;
  }
  WC_ASSIGN(found, r.item(item, attribute));
  return found.is_undefined() && !fallback.is_undefined() ? fallback : found;
}

Value compare_key(Renderer& r, const Value& value, bool case_sensitive) {
  return case_sensitive || !value.is_string() ? value : r.text(utf8::lower(value.str()));
}

Result<Value> batch(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value(), Value::none()};
  WC_TRY(bind("batch", arguments, {"linecount", "fill_with"}, 1, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  if (!v[0].is_integral() || v[0].as_int() < 1 || v[0].as_int() > 1000000)
    return failure("batch() needs a positive count");
  const auto n = static_cast<size_t>(v[0].as_int());
  std::vector<Value> rows;
  for (size_t at = 0; at < items.size() && !r.heap()->must_stop(); at += n) {
    std::vector<Value> row(items.begin() + static_cast<ptrdiff_t>(at),
                           items.begin() + static_cast<ptrdiff_t>(std::min(at + n, items.size())));
    if (!v[1].is_none()) row.resize(n, v[1]);
    rows.push_back(r.list(std::move(row)));
  }
  return make_iterator(r.heap(), std::move(rows));
}

Result<Value> slice(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value(), Value::none()};
  WC_TRY(bind("slice", arguments, {"slices", "fill_with"}, 1, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  if (!v[0].is_integral() || v[0].as_int() < 1 || v[0].as_int() > 1000000)
    return failure("slice() needs a positive count");
  const auto n = static_cast<size_t>(v[0].as_int());
  const size_t per_slice = items.size() / n;
  const size_t longer = items.size() % n;
  std::vector<Value> rows;
  size_t at = 0;
  for (size_t i = 0; i < n && !r.heap()->must_stop(); ++i) {
    const size_t size = per_slice + (i < longer ? 1 : 0);
    std::vector<Value> row(items.begin() + static_cast<ptrdiff_t>(at),
                           items.begin() + static_cast<ptrdiff_t>(at + size));
    if (!v[1].is_none() && i >= longer) row.push_back(v[1]);
    rows.push_back(r.list(std::move(row)));
    at += size;
  }
  return make_iterator(r.heap(), std::move(rows));
}

Result<Value> dictsort(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::boolean(false), r.text("key"), Value::boolean(false)};
  WC_TRY(bind("dictsort", arguments, {"case_sensitive", "by", "reverse"}, 0, &v));
  if (!value.is_dict()) return failure("'" + std::string(type_name(value)) + "' object has no attribute 'items'");
  const bool by_value = v[1].is_string() && v[1].str() == "value";
  if (!by_value && !(v[1].is_string() && v[1].str() == "key")) {
    return failure("You can only sort by either \"key\" or \"value\"");
  }
  std::vector<Value> pairs;
  std::vector<Value> keys;
  for (const auto& [key, item] : value.dict().entries) {
    pairs.push_back(make_tuple(r.heap(), {key, item}));
    keys.push_back(compare_key(r, by_value ? item : key, truthy(v[0])));
  }
  WC_ASSIGN(const std::vector<size_t> order, sorted_order(r.heap(), keys, truthy(v[2])));
  std::vector<Value> sorted;
  sorted.reserve(order.size());
  for (const size_t i : order) sorted.push_back(pairs[i]);
  return r.list(std::move(sorted));
}

Result<Value> first(Renderer& r, const Value& value, CallArguments&) {
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  return items.empty() ? make_undefined(r.heap(), "No first item, sequence was empty.") : items.front();
}

Result<Value> last(Renderer& r, const Value& value, CallArguments&) {
  if (value.is_sequence() && value.sequence().kind == SequenceKind::kIterator) {
    return failure("'generator' object is not reversible");
  }
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  return items.empty() ? make_undefined(r.heap(), "No last item, sequence was empty.") : items.back();
}

Result<Value> random(Renderer& r, const Value& value, CallArguments& arguments) {
  return first(r, value, arguments);  // a rendering is repeatable
}

Result<Value> groupby(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value(), Value(), Value::boolean(false)};
  WC_TRY(bind("groupby", arguments, {"attribute", "default", "case_sensitive"}, 1, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  std::vector<Value> originals;
  std::vector<Value> keys;
  for (const Value& item : items) {
    WC_ASSIGN(Value key, read_attribute(r, item, v[0], v[1].is_none() ? Value() : v[1]));
    keys.push_back(compare_key(r, key, truthy(v[2])));
    originals.push_back(std::move(key));
  }
  WC_ASSIGN(const std::vector<size_t> order, sorted_order(r.heap(), keys, false));
  std::vector<Value> groups;
  for (size_t i = 0; i < order.size() && !r.heap()->must_stop();) {
    std::vector<Value> members;
    const size_t begin = i;
    for (; i < order.size() && equals(r.heap(), keys[order[begin]], keys[order[i]]); ++i)
      members.push_back(items[order[i]]);
    if (i == begin) ++i;  // NaN equals nothing
    groups.push_back(
        make_sequence(r.heap(), {originals[order[begin]], r.list(std::move(members))}, SequenceKind::kTuple, "group"));
  }
  return r.list(std::move(groups));
}

Result<Value> items(Renderer& r, const Value& value, CallArguments&) {
  std::vector<Value> pairs;
  if (!value.is_undefined() && !value.is_dict()) return failure("Can only get item pairs from a mapping.");
  if (value.is_dict()) {
    for (const auto& [key, item] : value.dict().entries) pairs.push_back(make_tuple(r.heap(), {key, item}));
  }
  return make_iterator(r.heap(), std::move(pairs));
}

Result<Value> join(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {r.text({}), Value::none()};
  WC_TRY(bind("join", arguments, {"d", "attribute"}, 0, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  const Value separator = to_text(r.heap(), v[0]);
  TextBuilder out(r.heap());
  for (size_t i = 0; i < items.size() && !r.heap()->must_stop(); ++i) {
    WC_ASSIGN(const Value item, read_attribute(r, items[i], v[1]));
    if (i > 0) out.add(separator);
    append_text(item, &out);
  }
  return out.finish();
}

Result<Value> length(Renderer&, const Value& value, CallArguments&) {
  const auto count = [](size_t n) { return Value::integer(static_cast<int64_t>(n)); };
  switch (value.kind()) {
    case Kind::kString:
      return count(value.text().n_chars);
    case Kind::kSequence:
      if (value.sequence().kind == SequenceKind::kIterator) break;
      return count(value.items().size());
    case Kind::kDict:
      return count(value.dict().entries.size());
    case Kind::kUndefined:
      return count(0);
    case Kind::kLoop:
      return count(value.as<LoopState>().length);
    default:
      break;
  }
  return failure("object of type '" + std::string(type_name(value)) + "' has no len()");
}

Result<Value> list(Renderer& r, const Value& value, CallArguments&) {
  WC_ASSIGN(std::vector<Value> items, iterate(r.heap(), value));
  return r.list(std::move(items));
}

Result<Value> map(Renderer& r, const Value& value, CallArguments& arguments) {
  const Value attribute = arguments.take("attribute");
  const Value otherwise = arguments.take("default");
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  std::vector<Value> out;
  if (!attribute.is_undefined()) {
    for (const Value& item : items) {
      r.heap()->step();
      if (r.heap()->must_stop()) break;
      WC_ASSIGN(Value read, read_attribute(r, item, attribute, otherwise.is_none() ? Value() : otherwise));
      out.push_back(std::move(read));
    }
    return make_iterator(r.heap(), std::move(out));
  }
  if (arguments.positional.empty() || !arguments.positional[0].is_string()) {
    return failure("map requires a filter argument");
  }
  const Value filter = arguments.positional[0];
  arguments.positional.erase(arguments.positional.begin());
  for (const Value& item : items) {
    r.heap()->step();
    if (r.heap()->must_stop()) break;
    CallArguments copy = arguments;
    WC_ASSIGN(Value mapped, r.apply_filter(filter.str(), item, copy));
    out.push_back(std::move(mapped));
  }
  return make_iterator(r.heap(), std::move(out));
}

Result<Value> max(Renderer& r, const Value& v, CallArguments& a) { return extreme(r, v, a, true); }
Result<Value> min(Renderer& r, const Value& v, CallArguments& a) { return extreme(r, v, a, false); }
Result<Value> select(Renderer& r, const Value& v, CallArguments& a) { return filter_items(r, v, a, false, true); }
Result<Value> reject(Renderer& r, const Value& v, CallArguments& a) { return filter_items(r, v, a, false, false); }
Result<Value> selectattr(Renderer& r, const Value& v, CallArguments& a) { return filter_items(r, v, a, true, true); }
Result<Value> rejectattr(Renderer& r, const Value& v, CallArguments& a) { return filter_items(r, v, a, true, false); }

Result<Value> reverse(Renderer& r, const Value& value, CallArguments&) {
  if (value.is_string()) {
    const Value backwards[3] = {Value::none(), Value::none(), Value::integer(-1)};
    return slice_value(r.heap(), value, backwards);
  }
  WC_ASSIGN(std::vector<Value> items, iterate(r.heap(), value));
  std::reverse(items.begin(), items.end());
  return make_iterator(r.heap(), std::move(items));
}

Result<Value> sort(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::boolean(false), Value::boolean(false), Value::none()};
  WC_TRY(bind("sort", arguments, {"reverse", "case_sensitive", "attribute"}, 0, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  WC_ASSIGN(std::vector<Value> keys, read_keys(r, items, v[2], truthy(v[1])));
  for (Value& key : keys) {
    if (key.is_undefined()) key = r.list({key});  // Jinja's keys are lists, which ask whether two are equal first
  }
  WC_ASSIGN(const std::vector<size_t> order, sorted_order(r.heap(), keys, truthy(v[0])));
  std::vector<Value> sorted;
  sorted.reserve(order.size());
  for (const size_t i : order) sorted.push_back(items[i]);
  return r.list(std::move(sorted));
}

Result<Value> sum(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::none(), Value::integer(0)};
  WC_TRY(bind("sum", arguments, {"attribute", "start"}, 0, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  Value total = v[1];
  for (const Value& item : items) {
    if (r.heap()->must_stop()) break;
    WC_ASSIGN(const Value read, read_attribute(r, item, v[0]));
    if (total.is_string()) return failure("sum() can't sum strings");
    WC_ASSIGN(total, arithmetic(r.heap(), BinaryOp::kAdd, total, read));
  }
  return total;
}

Result<Value> unique(Renderer& r, const Value& value, CallArguments& arguments) {
  std::vector<Value> v = {Value::boolean(false), Value::none()};
  WC_TRY(bind("unique", arguments, {"case_sensitive", "attribute"}, 0, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), value));
  WC_ASSIGN(const std::vector<Value> keys, read_keys(r, items, v[1], truthy(v[0])));
  const Value seen = make_dict(r.heap());
  std::vector<Value> kept;
  for (size_t i = 0; i < keys.size() && !r.heap()->must_stop(); ++i) {
    const size_t before = seen.dict().entries.size();
    if (!dict_set(r.heap(), &seen.dict(), keys[i], Value::none())) {
      return failure("unhashable type: '" + std::string(type_name(keys[i])) + "'");
    }
    if (seen.dict().entries.size() != before) kept.push_back(items[i]);
  }
  return make_iterator(r.heap(), std::move(kept));
}

}  // namespace filters
}  // namespace wasmchord::chat
