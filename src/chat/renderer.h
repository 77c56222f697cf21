// Runs a compiled template over its variables. One rendering, one thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/chat/ast.h"
#include "src/chat/callable.h"
#include "src/chat/convert.h"
#include "src/chat/template.h"

namespace wasmchord::chat {

class Renderer {
 public:
  Renderer(const RenderOptions& options, Heap* heap);

  // `variables` is a dictionary.
  Result<Value> render(const Body& body, const Value& variables);

  Heap* heap() { return heap_; }
  const RenderOptions& options() const { return options_; }

  Result<Value> call(const Value& callee, CallArguments& arguments);
  Result<Value> apply_filter(std::string_view name, const Value& value, CallArguments& arguments);
  Result<bool> apply_test(std::string_view name, const Value& value, CallArguments& arguments);
  // value.name and value[key], undefined where there is none.
  Result<Value> attribute(const Value& value, std::string_view name);
  Result<Value> item(const Value& value, const Value& key);

  // Strings and containers of this rendering.
  Value text(std::string bytes) { return make_text(heap_, std::move(bytes)); }
  Value list(std::vector<Value> items) { return make_sequence(heap_, std::move(items)); }

 private:
  enum class Flow : uint8_t { kNext, kBreak, kContinue };

  Status execute(const Body& body);
  Status execute_one(const Stmt& stmt);
  Status execute_if(const Stmt& stmt);
  Status execute_for(const Stmt& stmt);
  Status run_loop(const Stmt& stmt, const Value& iterable, uint32_t depth0);
  Status select_items(const Stmt& stmt, std::vector<Value>* items);
  Status execute_set_block(const Stmt& stmt);
  Status execute_macro(const Stmt& stmt);
  Status execute_call_block(const Stmt& stmt);
  Status execute_filter_block(const Stmt& stmt);
  Status execute_with(const Stmt& stmt);
  Status print(const Value& value, Position pos);
  Status assign(const Target& target, const Value& value);
  Result<Value> capture(const Body& body);  // what it writes
  Result<Value> filter_chain(const Expr* expr, const Value& value);
  Value make_macro(const Macro* macro);
  Result<Value> call_macro(const Callable& callable, CallArguments& arguments);
  Status bind_macro(const Callable& callable, CallArguments& arguments);
  Result<Value> call_loop(const LoopState& loop, CallArguments& arguments);

  Result<Value> evaluate(const Expr& expr);
  Result<Value> evaluate_kind(const Expr& expr);
  Result<Value> evaluate_name(const Expr& expr);
  Result<Value> evaluate_list(const Expr& expr);
  Result<Value> evaluate_dict(const Expr& expr);
  Result<Value> evaluate_concat(const Expr& expr);
  Result<Value> evaluate_compare(const Expr& expr);
  Result<Value> evaluate_binary(const Expr& expr);
  Result<Value> evaluate_logic(const Expr& expr);
  Result<Value> evaluate_item(const Expr& expr);
  Result<Value> evaluate_slice(const Value& value, const Expr& slice);
  Result<Value> evaluate_call(const Expr& expr);
  Result<Value> evaluate_filter(const Expr& expr);
  Result<Value> evaluate_test(const Expr& expr);
  Result<Value> evaluate_conditional(const Expr& expr);
  Result<CallArguments> evaluate_arguments(const Arguments* arguments);
  Status spread(const Arguments& arguments, CallArguments* out);

  Result<Value> loop_attribute(const Value& value, std::string_view name);
  Status check_limits() const;
  // Adds the position to an error that has none yet.
  Status located(Status status, Position pos);
  void push_scope();
  void pop_scope() { scope_ = scope_->parent; }

  class Depth;
  class Output;

  const RenderOptions& options_;
  Heap* heap_;
  std::shared_ptr<Scope> scope_;
  TextBuilder* out_ = nullptr;
  Flow flow_ = Flow::kNext;
  uint32_t depth_ = 0;
  Position last_;  // of the statement that ran last
  bool has_position_ = false;
};

// Tables of filters.cpp, predicates.cpp, methods and functions; null where there is none.
Function find_filter(std::string_view name);
Function find_test(std::string_view name);  // gives a bool
Function find_method(const Value& value, std::string_view name);
Function find_global(std::string_view name);
// Of a callable: the item at which it stands where it is a cycler, null where it is none.
const Value* cycler_current(const Value& value);
Function find_cycler_method(std::string_view name);
// Whether an immutable sandbox forbids the method.
bool changes_object(const Value& value, std::string_view name);
Value make_function(Heap* heap, std::string_view name, Function function, Value self = Value());

}  // namespace wasmchord::chat
