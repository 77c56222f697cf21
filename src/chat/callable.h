// What can be called: functions of the environment, methods bound to their object, macros, and recursive loops.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/status.h"
#include "src/chat/ast.h"
#include "src/chat/value.h"

namespace wasmchord::chat {

class Renderer;

struct CallArguments {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> keyword;

  // The named argument, which is taken out; undefined where there is none.
  Value take(std::string_view name);
};

// Arguments by parameter; absent ones keep their default.
using Function = Result<Value> (*)(Renderer& renderer, const Value& self, CallArguments& arguments);

// Sorts arguments to parameters, as Python does. `values` holds the defaults; the first `required` must be given.
Status bind(std::string_view function, CallArguments& arguments, std::initializer_list<std::string_view> names,
            size_t required, std::vector<Value>* values);

// Variables of a block; lookups go on in the parent.
struct Scope : Object {
  std::vector<std::pair<std::string, Value>> variables;
  std::shared_ptr<Scope> parent;
  const Value* find(std::string_view name) const {
    for (const Scope* scope = this; scope != nullptr; scope = scope->parent.get()) {
      for (const auto& [key, value] : scope->variables) {
        if (key == name) return &value;
      }
    }
    return nullptr;
  }
  void set(const std::string& name, Value value);
  void clear() override { variables.clear(); }
};

struct LoopState : Object {
  size_t index0 = 0;
  size_t length = 0;
  uint32_t depth0 = 0;
  Value previous, following;  // undefined at the ends
  Value changed;              // what loop.changed() saw last
  bool has_changed = false;
  const Stmt* recursive = nullptr;  // the loop that loop() runs again
  std::shared_ptr<Scope> scope;     // around it
  void clear() override {
    previous = following = changed = Value();
    scope.reset();
  }
};

struct Callable : Object {
  std::string name;
  Function function = nullptr;   // of the environment or a method
  Value self;                    // of a method
  const Macro* macro = nullptr;  // with the scope it was made in
  std::shared_ptr<Scope> scope;
  std::vector<Value> state;  // of a cycler or joiner
  size_t position = 0;
  void clear() override {
    self = Value();
    scope.reset();
    state.clear();
  }
};

}  // namespace wasmchord::chat
