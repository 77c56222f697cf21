#include <utility>

#include "src/chat/compare.h"
#include "src/chat/renderer.h"

namespace wasmchord::chat {

// Counts what runs inside of what, for the span of a scope.
class Renderer::Depth {
 public:
  explicit Depth(Renderer* renderer) : renderer_(renderer) { ++renderer_->depth_; }
  ~Depth() { --renderer_->depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
  bool too_deep() const { return renderer_->depth_ > renderer_->options_.limits.max_depth; }

 private:
  Renderer* renderer_;
};

// Takes what is written, for the span of a scope.
class Renderer::Output {
 public:
  explicit Output(Renderer* renderer)
      : renderer_(renderer), builder_(renderer->heap_), outer_(std::exchange(renderer->out_, &builder_)) {}
  ~Output() { renderer_->out_ = outer_; }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  Value finish() { return builder_.finish(); }

 private:
  Renderer* renderer_;
  TextBuilder builder_;
  TextBuilder* outer_;
};

Renderer::Renderer(const RenderOptions& options, Heap* heap) : options_(options), heap_(heap) {}

Result<Value> Renderer::render(const Body& body, const Value& variables) {
  push_scope();
  for (const auto& [key, value] : variables.dict().entries) scope_->set(std::string(key.str()), value);
  push_scope();
  Output output(this);
  WC_TRY(execute(body));
  Value text = output.finish();
  WC_TRY(located(check_limits(), last_));
  return text;
}

void Renderer::push_scope() {
  auto scope = std::make_shared<Scope>();
  scope->charge.grow(heap_, sizeof(Scope));
  scope->parent = std::move(scope_);
  scope_ = std::move(scope);
}

Status Renderer::check_limits() const {
  if (heap_->exhausted()) {
    return {Code::kTemplateLimit,
            "the template takes more than " + std::to_string(options_.limits.max_memory_bytes) + " bytes of memory"};
  }
  if (heap_->too_many_steps()) {
    return {Code::kTemplateLimit,
            "the template takes more than " + std::to_string(options_.limits.max_steps) + " steps"};
  }
  return Status::ok();
}

Status Renderer::located(Status status, Position pos) {
  if (has_position_ || status) return status;
  has_position_ = true;
  return error_at(status.code(), pos, status.message());
}

Status Renderer::execute(const Body& body) {
  for (const auto& stmt : body) {
    WC_TRY(execute_one(*stmt));
    if (flow_ != Flow::kNext) break;
  }
  return Status::ok();
}

Status Renderer::execute_one(const Stmt& stmt) {
  const Depth depth(this);
  if (depth.too_deep()) return located({Code::kTemplateLimit, "the template recurses too deep"}, stmt.pos);
  heap_->step();
  last_ = stmt.pos;
  WC_TRY(located(check_limits(), stmt.pos));
  switch (stmt.kind) {
    case StmtKind::kData:
      return print(stmt.text, stmt.pos);
    case StmtKind::kPrint: {
      WC_ASSIGN(const Value value, evaluate(*stmt.expr));
      return print(value, stmt.pos);
    }
    case StmtKind::kIf:
      return execute_if(stmt);
    case StmtKind::kFor:
      return execute_for(stmt);
    case StmtKind::kSet: {
      WC_ASSIGN(const Value value, evaluate(*stmt.expr));
      return located(assign(stmt.target, value), stmt.pos);
    }
    case StmtKind::kSetBlock:
      return execute_set_block(stmt);
    case StmtKind::kMacro:
      return execute_macro(stmt);
    case StmtKind::kCall:
      return execute_call_block(stmt);
    case StmtKind::kFilter:
      return execute_filter_block(stmt);
    case StmtKind::kWith:
      return execute_with(stmt);
    case StmtKind::kScope: {
      push_scope();
      Status status = execute(stmt.body);
      pop_scope();
      return status;
    }
    case StmtKind::kBreak:
      flow_ = Flow::kBreak;
      return Status::ok();
    case StmtKind::kContinue:
      flow_ = Flow::kContinue;
      return Status::ok();
  }
  return Status::ok();
}

Status Renderer::print(const Value& value, Position pos) {
  if (value.is_undefined() && value.object() != nullptr && value.as<Undefined>().forbidden) {
    return located(failure(value.as<Undefined>().message), pos);
  }
  append_text(value, out_);
  if (out_->size() > options_.limits.max_output_bytes) {
    return located({Code::kTemplateLimit,
                    "the template writes more than " + std::to_string(options_.limits.max_output_bytes) + " bytes"},
                   pos);
  }
  return Status::ok();
}

Status Renderer::execute_if(const Stmt& stmt) {
  for (const auto& [condition, body] : stmt.branches) {
    if (condition == nullptr) return execute(body);
    WC_ASSIGN(const Value value, evaluate(*condition));
    if (truthy(value)) return execute(body);
  }
  return Status::ok();
}

Status Renderer::execute_for(const Stmt& stmt) {
  WC_ASSIGN(const Value iterable, evaluate(*stmt.expr));
  return run_loop(stmt, iterable, 0);
}

// Drops the items that the loop's condition refuses.
Status Renderer::select_items(const Stmt& stmt, std::vector<Value>* items) {
  if (stmt.condition == nullptr) return Status::ok();
  std::vector<Value> kept;
  push_scope();
  Status status;
  for (Value& item : *items) {
    status = assign(stmt.target, item);
    if (!status) break;
    Result<Value> verdict = evaluate(*stmt.condition);
    status = verdict.status();
    if (!status) break;
    if (truthy(*verdict)) kept.push_back(std::move(item));
  }
  pop_scope();
  items->swap(kept);
  return status;
}

Status Renderer::run_loop(const Stmt& stmt, const Value& iterable, uint32_t depth0) {
  Result<std::vector<Value>> iterated = iterate(heap_, iterable);
  WC_TRY(located(iterated.status(), stmt.pos));
  std::vector<Value> items = *std::move(iterated);
  WC_TRY(select_items(stmt, &items));
  auto loop = std::make_shared<LoopState>();
  loop->length = items.size();
  loop->depth0 = depth0;
  loop->scope = scope_;
  if (stmt.recursive) loop->recursive = &stmt;
  const Value loop_value(Kind::kLoop, loop);
  Status status;
  bool none_ran = true;  // to its end: what a break or continue left does not keep `else` away
  for (size_t i = 0; i < items.size() && status; ++i) {
    loop->index0 = i;
    loop->previous = i > 0 ? items[i - 1] : Value();
    loop->following = i + 1 < items.size() ? items[i + 1] : Value();
    push_scope();
    scope_->set("loop", loop_value);
    status = located(assign(stmt.target, items[i]), stmt.pos);
    if (status) status = execute(stmt.body);
    pop_scope();
    const Flow flow = std::exchange(flow_, Flow::kNext);
    none_ran &= flow != Flow::kNext;
    if (flow == Flow::kBreak) break;
  }
  if (status && none_ran) {
    push_scope();
    status = execute(stmt.other);
    pop_scope();
  }
  return status;
}

Status Renderer::assign(const Target& target, const Value& value) {
  if (!target.is_tuple && target.attribute.empty()) {
    scope_->set(target.name, value);
    return Status::ok();
  }
  if (!target.is_tuple) {
    const Value* found = scope_->find(target.name);
    if (found == nullptr || !found->is(Kind::kNamespace)) {
      return failure("cannot assign attribute on non-namespace object");
    }
    if (too_deep(value)) return {Code::kTemplateLimit, "lists and dictionaries are nested too deep"};
    auto& space = found->as<Namespace>();
    if (Value* slot = space.find(target.attribute)) {
      *slot = value;
    } else if (space.charge.grow(heap_, sizeof(Value) + target.attribute.size() + 64)) {
      space.attributes.emplace_back(target.attribute, value);
    }
    return Status::ok();
  }
  WC_ASSIGN(const std::vector<Value> items, iterate(heap_, value));
  if (items.size() != target.targets.size()) {
    const bool few = items.size() < target.targets.size();
    return failure((few ? "not enough values to unpack (expected " : "too many values to unpack (expected ") +
                   std::to_string(target.targets.size()) + ")");
  }
  for (size_t i = 0; i < items.size(); ++i) WC_TRY(assign(target.targets[i], items[i]));
  return Status::ok();
}

Result<Value> Renderer::capture(const Body& body) {
  Output output(this);
  push_scope();
  Status status = execute(body);
  pop_scope();
  WC_TRY(std::move(status));
  return output.finish();
}

// The filters of a set or filter block over its text, innermost first.
Result<Value> Renderer::filter_chain(const Expr* expr, const Value& value) {
  if (expr == nullptr) return value;
  WC_ASSIGN(const Value inner, filter_chain(expr->operands[0].get(), value));
  WC_ASSIGN(CallArguments arguments, evaluate_arguments(expr->arguments.get()));
  Result<Value> result = apply_filter(expr->name, inner, arguments);
  WC_TRY(located(result.status(), expr->pos));
  return result;
}

Status Renderer::execute_set_block(const Stmt& stmt) {
  WC_ASSIGN(const Value text, capture(stmt.body));
  WC_ASSIGN(const Value value, filter_chain(stmt.expr.get(), text));
  return located(assign(stmt.target, value), stmt.pos);
}

Status Renderer::execute_filter_block(const Stmt& stmt) {
  WC_ASSIGN(const Value text, capture(stmt.body));
  WC_ASSIGN(const Value value, filter_chain(stmt.expr.get(), text));
  return print(value, stmt.pos);
}

Status Renderer::execute_macro(const Stmt& stmt) {
  heap_->keep(scope_);  // the macro holds the scope that holds it
  scope_->set(stmt.macro->name, make_macro(stmt.macro.get()));
  return Status::ok();
}

Status Renderer::execute_call_block(const Stmt& stmt) {
  const Expr& expr = *stmt.expr;
  WC_ASSIGN(const Value callee, evaluate(*expr.operands[0]));
  WC_ASSIGN(CallArguments arguments, evaluate_arguments(expr.arguments.get()));
  arguments.keyword.emplace_back("caller", make_macro(stmt.macro.get()));
  Result<Value> result = call(callee, arguments);
  WC_TRY(located(result.status(), expr.pos));
  return print(*result, stmt.pos);
}

Status Renderer::execute_with(const Stmt& stmt) {
  std::vector<Value> values;
  for (const auto& assignment : stmt.assignments) {
    WC_ASSIGN(Value value, evaluate(*assignment.second));
    values.push_back(std::move(value));
  }
  push_scope();
  Status status;
  for (size_t i = 0; i < values.size() && status; ++i) {
    status = located(assign(stmt.assignments[i].first, values[i]), stmt.pos);
  }
  if (status) status = execute(stmt.body);
  pop_scope();
  return status;
}

Value Renderer::make_macro(const Macro* macro) {
  auto callable = std::make_shared<Callable>();
  callable->charge.grow(heap_, sizeof(Callable));
  callable->name = macro->name;
  callable->macro = macro;
  callable->scope = scope_;
  return {Kind::kCallable, std::move(callable)};
}

// The parameters as variables of the current scope.
Status Renderer::bind_macro(const Callable& callable, CallArguments& arguments) {
  const Macro& macro = *callable.macro;
  const size_t n = macro.parameters.size();
  const Value caller = arguments.take("caller");
  for (size_t i = 0; i < n; ++i) {
    const std::string& name = macro.parameters[i];
    Value value = arguments.take(name);
    const bool by_name = !value.is_undefined() || value.object() != nullptr;
    if (i < arguments.positional.size()) {
      if (by_name) return failure("macro '" + macro.name + "' got two values for " + name);
      value = arguments.positional[i];
    } else if (!by_name && i >= n - macro.defaults.size()) {
      WC_ASSIGN(value, evaluate(*macro.defaults[i - (n - macro.defaults.size())]));
    } else if (!by_name) {
      value = make_undefined(heap_, "parameter '" + name + "' was not provided");
    }
    scope_->set(name, std::move(value));
  }
  std::vector<Value> rest;
  for (size_t i = n; i < arguments.positional.size(); ++i) rest.push_back(arguments.positional[i]);
  if (!rest.empty() && !macro.uses_varargs) {
    return failure("macro '" + macro.name + "' takes not more than " + std::to_string(n) + " argument(s)");
  }
  if (!arguments.keyword.empty() && !macro.uses_kwargs) {
    return failure("macro '" + macro.name + "' takes no keyword argument '" + arguments.keyword[0].first + "'");
  }
  if (!caller.is_undefined() && !macro.uses_caller) {
    return failure("macro '" + macro.name + "' takes no keyword argument 'caller'");
  }
  if (macro.uses_caller)
    scope_->set("caller", caller.is_undefined() ? make_undefined(heap_, "No caller defined") : caller);
  if (macro.uses_varargs) scope_->set("varargs", make_tuple(heap_, std::move(rest)));
  if (macro.uses_kwargs) {
    const Value kwargs = make_dict(heap_);
    for (auto& [key, value] : arguments.keyword) dict_set(heap_, &kwargs.dict(), text(key), std::move(value));
    scope_->set("kwargs", kwargs);
  }
  return Status::ok();
}

Result<Value> Renderer::call_macro(const Callable& callable, CallArguments& arguments) {
  const std::shared_ptr<Scope> outer = std::exchange(scope_, callable.scope);
  push_scope();
  Output output(this);
  Status status = bind_macro(callable, arguments);
  if (status) status = execute(callable.macro->body);
  scope_ = outer;
  WC_TRY(std::move(status));
  return output.finish();
}

Result<Value> Renderer::call_loop(const LoopState& loop, CallArguments& arguments) {
  if (loop.recursive == nullptr) {
    return failure("The loop must have the 'recursive' marker to be called recursively.");
  }
  if (arguments.positional.size() != 1) return failure("loop() takes one argument");
  const std::shared_ptr<Scope> outer = std::exchange(scope_, loop.scope);
  Output output(this);
  Status status = run_loop(*loop.recursive, arguments.positional[0], loop.depth0 + 1);
  scope_ = outer;
  WC_TRY(std::move(status));
  return output.finish();
}

Result<Value> Renderer::evaluate(const Expr& expr) {
  const Depth depth(this);
  if (depth.too_deep()) return located({Code::kTemplateLimit, "the template recurses too deep"}, expr.pos);
  heap_->step();
  Result<Value> result = evaluate_kind(expr);
  if (!result) return located(result.status(), expr.pos);
  WC_TRY(located(check_limits(), expr.pos));
  return result;
}

}  // namespace wasmchord::chat
