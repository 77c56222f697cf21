#include "src/chat/callable.h"

#include "src/chat/convert.h"
#include "src/chat/renderer.h"

namespace wasmchord::chat {

Value CallArguments::take(std::string_view name) {
  for (size_t i = 0; i < keyword.size(); ++i) {
    if (keyword[i].first != name) continue;
    Value value = std::move(keyword[i].second);
    keyword.erase(keyword.begin() + static_cast<ptrdiff_t>(i));
    return value;
  }
  return {};
}

Status bind(std::string_view function, CallArguments& arguments, std::initializer_list<std::string_view> names,
            size_t required, std::vector<Value>* values) {
  values->resize(names.size());
  if (arguments.positional.size() > names.size()) {
    return failure(std::string(function) + "() takes at most " + std::to_string(names.size()) + " argument(s), " +
                   std::to_string(arguments.positional.size()) + " were given");
  }
  std::vector<bool> given(names.size());
  for (size_t i = 0; i < arguments.positional.size(); ++i) {
    (*values)[i] = arguments.positional[i];
    given[i] = true;
  }
  for (auto& [key, value] : arguments.keyword) {
    size_t i = 0;
    while (i < names.size() && names.begin()[i] != key) ++i;
    if (i == names.size())
      return failure(std::string(function) + "() got an unexpected keyword argument '" + key + "'");
    if (given[i]) return failure(std::string(function) + "() got multiple values for argument '" + key + "'");
    (*values)[i] = std::move(value);
    given[i] = true;
  }
  for (size_t i = 0; i < required; ++i) {
    if (!given[i])
      return failure(std::string(function) + "() misses the argument '" + std::string(names.begin()[i]) + "'");
  }
  return Status::ok();
}

void Scope::set(const std::string& name, Value value) {
  for (auto& [key, slot] : variables) {
    if (key == name) {
      slot = std::move(value);
      return;
    }
  }
  variables.emplace_back(name, std::move(value));
}

Value make_function(Heap* heap, std::string_view name, Function function, Value self) {
  auto callable = std::make_shared<Callable>();
  callable->charge.grow(heap, sizeof(Callable));
  callable->name = name;
  callable->function = function;
  callable->self = std::move(self);
  return {Kind::kCallable, std::move(callable)};
}

}  // namespace wasmchord::chat
