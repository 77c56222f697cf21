// Methods of lists, tuples, dictionaries and loops.
#include <algorithm>

#include "src/chat/compare.h"
#include "src/chat/renderer.h"

namespace wasmchord::chat {
namespace container_methods {
namespace {

// Now that `item` is in the list.
void deepen(const Value& list, const Value& item) {
  list.sequence().depth = std::max(list.sequence().depth, depth_of(item) + 1);
}

Status deep() { return {Code::kTemplateLimit, "lists and dictionaries are nested too deep"}; }

Result<Value> dict_view(Renderer& r, const Value& self, std::string_view what) {
  std::vector<Value> items;
  for (const auto& [key, value] : self.dict().entries) {
    if (r.heap()->must_stop()) break;
    if (what == "dict_items") {
      items.push_back(make_tuple(r.heap(), {key, value}));
    } else {
      items.push_back(what == "dict_keys" ? key : value);
    }
  }
  return make_sequence(r.heap(), std::move(items), SequenceKind::kView, std::string(what));
}

Result<Value> dict_items(Renderer& r, const Value& self, CallArguments&) { return dict_view(r, self, "dict_items"); }
Result<Value> dict_keys(Renderer& r, const Value& self, CallArguments&) { return dict_view(r, self, "dict_keys"); }
Result<Value> dict_values(Renderer& r, const Value& self, CallArguments&) { return dict_view(r, self, "dict_values"); }

Result<Value> dict_get(Renderer&, const Value& self, CallArguments& arguments) {
  std::vector<Value> v = {Value(), Value::none()};
  WC_TRY(bind("get", arguments, {"key", "default"}, 1, &v));
  std::string key;
  if (!dict_key(v[0], &key)) return failure("unhashable type: '" + std::string(type_name(v[0])) + "'");
  const Value* found = self.dict().find_key(key);
  return found != nullptr ? *found : v[1];
}

Result<Value> dict_copy(Renderer& r, const Value& self, CallArguments&) {
  const Value copy = make_dict(r.heap());
  for (const auto& [key, value] : self.dict().entries) dict_set(r.heap(), &copy.dict(), key, value);
  return copy;
}

Result<Value> dict_pop(Renderer&, const Value& self, CallArguments& arguments) {
  std::vector<Value> v;
  const bool has_default = arguments.positional.size() > 1;
  WC_TRY(bind("pop", arguments, {"key", "default"}, 1, &v));
  std::string key;
  const bool hashable = dict_key(v[0], &key);
  const auto found = self.dict().index.find(key);
  if (!hashable || found == self.dict().index.end())
    return has_default ? Result<Value>(v[1]) : failure("key not found");
  const size_t at = found->second;
  Value value = self.dict().entries[at].second;
  dict_erase(&self.dict(), at);
  return value;
}

Result<Value> dict_popitem(Renderer& r, const Value& self, CallArguments&) {
  auto& entries = self.dict().entries;
  if (entries.empty()) return failure("popitem(): dictionary is empty");
  const Value item = make_tuple(r.heap(), {entries.back().first, entries.back().second});
  dict_erase(&self.dict(), entries.size() - 1);
  return item;
}

Result<Value> dict_update(Renderer& r, const Value& self, CallArguments& arguments) {
  const Function make = find_global("dict");
  WC_ASSIGN(const Value from, make(r, Value(), arguments));
  r.heap()->keep(self.shared_object());
  for (const auto& [key, value] : from.dict().entries) dict_set(r.heap(), &self.dict(), key, value);
  return too_deep(self) ? Result<Value>(deep()) : Value::none();
}

Result<Value> dict_setdefault(Renderer& r, const Value& self, CallArguments& arguments) {
  std::vector<Value> v = {Value(), Value::none()};
  WC_TRY(bind("setdefault", arguments, {"key", "default"}, 1, &v));
  std::string key;
  if (!dict_key(v[0], &key)) return failure("unhashable type");
  if (const Value* found = self.dict().find_key(key)) return *found;
  r.heap()->keep(self.shared_object());
  dict_set(r.heap(), &self.dict(), v[0], v[1]);
  if (too_deep(self)) return deep();
  return v[1];
}

Result<Value> list_append(Renderer& r, const Value& self, CallArguments& arguments) {
  std::vector<Value> v;
  WC_TRY(bind("append", arguments, {"object"}, 1, &v));
  r.heap()->keep(self.shared_object());
  if (self.sequence().charge.grow(r.heap(), sizeof(Value))) self.sequence().items.push_back(v[0]);
  deepen(self, v[0]);
  return too_deep(self) ? Result<Value>(deep()) : Value::none();
}

Result<Value> list_extend(Renderer& r, const Value& self, CallArguments& arguments) {
  std::vector<Value> v;
  WC_TRY(bind("extend", arguments, {"iterable"}, 1, &v));
  WC_ASSIGN(const std::vector<Value> items, iterate(r.heap(), v[0]));
  r.heap()->keep(self.shared_object());
  if (self.sequence().charge.grow(r.heap(), items.size() * sizeof(Value))) {
    self.sequence().items.insert(self.sequence().items.end(), items.begin(), items.end());
  }
  for (const Value& item : items) deepen(self, item);
  return too_deep(self) ? Result<Value>(deep()) : Value::none();
}

Result<Value> list_insert(Renderer& r, const Value& self, CallArguments& arguments) {
  std::vector<Value> v;
  WC_TRY(bind("insert", arguments, {"index", "object"}, 2, &v));
  if (!v[0].is_integral()) return failure("insert() needs an integer");
  std::vector<Value>& items = self.sequence().items;
  const auto length = static_cast<int64_t>(items.size());
  int64_t at = v[0].as_int();
  if (at < 0) at = at < -length ? 0 : at + length;
  r.heap()->keep(self.shared_object());
  if (self.sequence().charge.grow(r.heap(), sizeof(Value))) items.insert(items.begin() + std::min(at, length), v[1]);
  deepen(self, v[1]);
  return too_deep(self) ? Result<Value>(deep()) : Value::none();
}

Result<Value> list_pop(Renderer&, const Value& self, CallArguments& arguments) {
  std::vector<Value> v = {Value::integer(-1)};
  WC_TRY(bind("pop", arguments, {"index"}, 0, &v));
  std::vector<Value>& items = self.sequence().items;
  const auto length = static_cast<int64_t>(items.size());
  if (!v[0].is_integral()) return failure("pop() needs an integer");
  const int64_t at = v[0].as_int() < 0 ? v[0].as_int() + length : v[0].as_int();
  if (at < 0 || at >= length) return failure(items.empty() ? "pop from empty list" : "pop index out of range");
  Value value = items[static_cast<size_t>(at)];
  items.erase(items.begin() + at);
  return value;
}

Result<Value> list_remove(Renderer& r, const Value& self, CallArguments& arguments) {
  std::vector<Value> v;
  WC_TRY(bind("remove", arguments, {"value"}, 1, &v));
  std::vector<Value>& items = self.sequence().items;
  for (auto it = items.begin(); it != items.end(); ++it) {
    if (!equals(r.heap(), *it, v[0])) continue;
    items.erase(it);
    return Value::none();
  }
  return failure("list.remove(x): x not in list");
}

Result<Value> list_reverse(Renderer&, const Value& self, CallArguments&) {
  std::reverse(self.sequence().items.begin(), self.sequence().items.end());
  return Value::none();
}

Result<Value> list_sort(Renderer& r, const Value& self, CallArguments& arguments) {
  const Value reverse = arguments.take("reverse");
  std::vector<Value>& items = self.sequence().items;
  WC_ASSIGN(const std::vector<size_t> order, sorted_order(r.heap(), items, truthy(reverse)));
  std::vector<Value> sorted;
  sorted.reserve(order.size());
  for (const size_t i : order) sorted.push_back(items[i]);
  items.swap(sorted);
  return Value::none();
}

Result<Value> clear_object(Renderer&, const Value& self, CallArguments&) {
  self.object()->clear();
  return Value::none();
}

Result<Value> list_copy(Renderer& r, const Value& self, CallArguments&) { return r.list(self.items()); }

Result<Value> list_index(Renderer& r, const Value& self, CallArguments& arguments) {
  std::vector<Value> v;
  WC_TRY(bind("index", arguments, {"value"}, 1, &v));
  const std::vector<Value>& items = self.items();
  for (size_t i = 0; i < items.size() && !r.heap()->must_stop(); ++i) {
    r.heap()->step();
    if (equals(r.heap(), items[i], v[0])) return Value::integer(static_cast<int64_t>(i));
  }
  return failure("the value is not in the list");
}

Result<Value> list_count(Renderer& r, const Value& self, CallArguments& arguments) {
  std::vector<Value> v;
  WC_TRY(bind("count", arguments, {"value"}, 1, &v));
  int64_t n = 0;
  for (const Value& item : self.items()) {
    r.heap()->step();
    if (r.heap()->must_stop()) break;
    n += equals(r.heap(), item, v[0]) ? 1 : 0;
  }
  return Value::integer(n);
}

Result<Value> loop_cycle(Renderer&, const Value& self, CallArguments& arguments) {
  if (arguments.positional.empty()) return failure("no items for cycling given");
  return arguments.positional[self.as<LoopState>().index0 % arguments.positional.size()];
}

Result<Value> loop_changed(Renderer& r, const Value& self, CallArguments& arguments) {
  auto& loop = self.as<LoopState>();
  const Value seen = make_tuple(r.heap(), std::move(arguments.positional));
  const bool changed = !loop.has_changed || !equals(r.heap(), loop.changed, seen);
  loop.has_changed = true;
  loop.changed = seen;
  return Value::boolean(changed);
}

struct Method {
  std::string_view name;
  Function function;
  bool changes = false;
};

constexpr Method kDictMethods[] = {
    {"items", dict_items},
    {"keys", dict_keys},
    {"values", dict_values},
    {"get", dict_get},
    {"copy", dict_copy},
    {"pop", dict_pop, true},
    {"popitem", dict_popitem, true},
    {"update", dict_update, true},
    {"setdefault", dict_setdefault, true},
    {"clear", clear_object, true},
};
constexpr Method kListMethods[] = {
    {"append", list_append, true}, {"extend", list_extend, true}, {"insert", list_insert, true},
    {"pop", list_pop, true},       {"remove", list_remove, true}, {"reverse", list_reverse, true},
    {"sort", list_sort, true},     {"clear", clear_object, true}, {"copy", list_copy},
    {"index", list_index},         {"count", list_count},
};
constexpr Method kTupleMethods[] = {{"index", list_index}, {"count", list_count}};
constexpr Method kLoopMethods[] = {{"cycle", loop_cycle}, {"changed", loop_changed}};

template <size_t N>
const Method* search(const Method (&methods)[N], std::string_view name) {
  for (const Method& method : methods) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

const Method* find_container_method(const Value& value, std::string_view name) {
  if (value.is_dict()) return search(kDictMethods, name);
  if (value.is(Kind::kLoop)) return search(kLoopMethods, name);
  if (!value.is_sequence()) return nullptr;
  if (value.sequence().kind == SequenceKind::kList) return search(kListMethods, name);
  return value.sequence().kind <= SequenceKind::kRange ? search(kTupleMethods, name) : nullptr;
}

}  // namespace
}  // namespace container_methods

Function find_string_method(std::string_view name);

Function find_method(const Value& value, std::string_view name) {
  if (value.is_string()) return find_string_method(name);
  const container_methods::Method* method = container_methods::find_container_method(value, name);
  return method == nullptr ? nullptr : method->function;
}

bool changes_object(const Value& value, std::string_view name) {
  const container_methods::Method* method = container_methods::find_container_method(value, name);
  return method != nullptr && method->changes;
}

}  // namespace wasmchord::chat
