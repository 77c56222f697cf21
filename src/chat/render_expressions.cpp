#include "src/chat/compare.h"
#include "src/chat/renderer.h"
#include "src/chat/slices.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat {

Result<Value> Renderer::evaluate_kind(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::kLiteral:
      return expr.literal;
    case ExprKind::kName:
      return evaluate_name(expr);
    case ExprKind::kTuple:
    case ExprKind::kList:
      return evaluate_list(expr);
    case ExprKind::kDict:
      return evaluate_dict(expr);
    case ExprKind::kAttribute: {
      WC_ASSIGN(const Value value, evaluate(*expr.operands[0]));
      return attribute(value, expr.name);
    }
    case ExprKind::kItem:
      return evaluate_item(expr);
    case ExprKind::kSlice:
      return failure("a slice outside of a subscript");
    case ExprKind::kCall:
      return evaluate_call(expr);
    case ExprKind::kFilter:
      return evaluate_filter(expr);
    case ExprKind::kTest:
      return evaluate_test(expr);
    case ExprKind::kNot: {
      WC_ASSIGN(const Value value, evaluate(*expr.operands[0]));
      return Value::boolean(!truthy(value));
    }
    case ExprKind::kNegate:
    case ExprKind::kPlus: {
      WC_ASSIGN(const Value value, evaluate(*expr.operands[0]));
      if (expr.kind == ExprKind::kNegate) return negate(value);
      if (value.is_number()) return value.is(Kind::kBool) ? Value::integer(value.as_int()) : value;
      return failure("bad operand type for unary +: '" + std::string(type_name(value)) + "'");
    }
    case ExprKind::kBinary:
      return evaluate_binary(expr);
    case ExprKind::kAnd:
    case ExprKind::kOr:
      return evaluate_logic(expr);
    case ExprKind::kConcat:
      return evaluate_concat(expr);
    case ExprKind::kCompare:
      return evaluate_compare(expr);
    case ExprKind::kConditional:
      return evaluate_conditional(expr);
  }
  return Value();
}

Result<Value> Renderer::evaluate_name(const Expr& expr) {
  if (const Value* found = scope_->find(expr.name)) return *found;
  if (const Function function = find_global(expr.name)) return make_function(heap_, expr.name, function);
  return make_undefined(heap_, "'" + expr.name + "' is undefined");
}

Result<Value> Renderer::evaluate_list(const Expr& expr) {
  std::vector<Value> items;
  items.reserve(expr.operands.size());
  for (const ExprPtr& operand : expr.operands) {
    WC_ASSIGN(Value item, evaluate(*operand));
    items.push_back(std::move(item));
  }
  const Value result = make_sequence(heap_, std::move(items),
                                     expr.kind == ExprKind::kTuple ? SequenceKind::kTuple : SequenceKind::kList);
  if (too_deep(result)) return Status(Code::kTemplateLimit, "lists and dictionaries are nested too deep");
  return result;
}

Result<Value> Renderer::evaluate_dict(const Expr& expr) {
  const Value result = make_dict(heap_);
  for (size_t i = 0; i + 1 < expr.operands.size(); i += 2) {
    WC_ASSIGN(const Value key, evaluate(*expr.operands[i]));
    WC_ASSIGN(Value value, evaluate(*expr.operands[i + 1]));
    if (!dict_set(heap_, &result.dict(), key, std::move(value))) {
      return failure("unhashable type: '" + std::string(type_name(key)) + "'");
    }
  }
  if (too_deep(result)) return Status(Code::kTemplateLimit, "lists and dictionaries are nested too deep");
  return result;
}

Result<Value> Renderer::evaluate_concat(const Expr& expr) {
  TextBuilder out(heap_);
  for (const ExprPtr& operand : expr.operands) {
    WC_ASSIGN(const Value value, evaluate(*operand));
    append_text(value, &out);
  }
  return out.finish();
}

Result<Value> Renderer::evaluate_compare(const Expr& expr) {
  WC_ASSIGN(Value left, evaluate(*expr.operands[0]));
  for (size_t i = 0; i < expr.comparisons.size(); ++i) {
    WC_ASSIGN(Value right, evaluate(*expr.operands[i + 1]));
    WC_ASSIGN(const bool holds, compare(heap_, expr.comparisons[i], left, right));
    if (!holds) return Value::boolean(false);
    left = std::move(right);
  }
  return Value::boolean(true);
}

Result<Value> Renderer::evaluate_binary(const Expr& expr) {
  WC_ASSIGN(const Value left, evaluate(*expr.operands[0]));
  WC_ASSIGN(const Value right, evaluate(*expr.operands[1]));
  if (expr.op == BinaryOp::kModulo && left.is_string()) {
    CallArguments arguments;
    if (right.is_sequence() && right.sequence().kind == SequenceKind::kTuple) {
      arguments.positional = right.items();
    } else {
      arguments.positional.push_back(right);
    }
    return apply_filter("format", left, arguments);
  }
  return arithmetic(heap_, expr.op, left, right);
}

Result<Value> Renderer::evaluate_logic(const Expr& expr) {
  WC_ASSIGN(Value left, evaluate(*expr.operands[0]));
  if (truthy(left) == (expr.kind == ExprKind::kOr)) return left;
  return evaluate(*expr.operands[1]);
}

Result<Value> Renderer::evaluate_conditional(const Expr& expr) {
  WC_ASSIGN(const Value condition, evaluate(*expr.operands[1]));
  if (truthy(condition)) return evaluate(*expr.operands[0]);
  if (expr.operands[2] != nullptr) return evaluate(*expr.operands[2]);
  return make_undefined(heap_, "the inline if-expression evaluated to false and no else section was defined.");
}

Result<Value> Renderer::evaluate_item(const Expr& expr) {
  WC_ASSIGN(const Value value, evaluate(*expr.operands[0]));
  const Expr& key = *expr.operands[1];
  if (key.kind == ExprKind::kSlice) return evaluate_slice(value, key);
  WC_ASSIGN(const Value key_value, evaluate(key));
  return item(value, key_value);
}

Result<Value> Renderer::evaluate_slice(const Value& value, const Expr& slice) {
  Value bounds[3];
  for (size_t i = 0; i < 3; ++i) {
    bounds[i] = Value::none();
    if (slice.operands[i] == nullptr) continue;
    WC_ASSIGN(bounds[i], evaluate(*slice.operands[i]));
  }
  return slice_value(heap_, value, bounds);
}

Result<CallArguments> Renderer::evaluate_arguments(const Arguments* arguments) {
  CallArguments out;
  if (arguments == nullptr) return out;
  for (const ExprPtr& expr : arguments->positional) {
    WC_ASSIGN(Value value, evaluate(*expr));
    out.positional.push_back(std::move(value));
  }
  for (const auto& [name, expr] : arguments->keyword) {
    WC_ASSIGN(Value value, evaluate(*expr));
    out.keyword.emplace_back(name, std::move(value));
  }
  WC_TRY(spread(*arguments, &out));
  return out;
}

Status Renderer::spread(const Arguments& arguments, CallArguments* out) {
  if (arguments.star != nullptr) {
    WC_ASSIGN(const Value value, evaluate(*arguments.star));
    WC_ASSIGN(const std::vector<Value> items, iterate(heap_, value));
    out->positional.insert(out->positional.end(), items.begin(), items.end());
  }
  if (arguments.star_star != nullptr) {
    WC_ASSIGN(const Value value, evaluate(*arguments.star_star));
    if (!value.is_dict()) return failure("argument after ** must be a mapping, not " + std::string(type_name(value)));
    for (const auto& [key, item] : value.dict().entries) {
      if (!key.is_string()) return failure("keywords must be strings");
      out->keyword.emplace_back(key.str(), item);
    }
  }
  return Status::ok();
}

Result<Value> Renderer::evaluate_call(const Expr& expr) {
  WC_ASSIGN(const Value callee, evaluate(*expr.operands[0]));
  WC_ASSIGN(CallArguments arguments, evaluate_arguments(expr.arguments.get()));
  return call(callee, arguments);
}

Result<Value> Renderer::call(const Value& callee, CallArguments& arguments) {
  if (callee.is(Kind::kLoop)) return call_loop(callee.as<LoopState>(), arguments);
  if (callee.is_undefined()) {
    return failure(callee.object() != nullptr ? callee.as<Undefined>().message : "an undefined value is called");
  }
  if (!callee.is(Kind::kCallable)) {
    return failure("'" + std::string(type_name(callee)) + "' object is not callable");
  }
  const auto& callable = callee.as<Callable>();
  if (callable.macro != nullptr) return call_macro(callable, arguments);
  const bool has_state = !callable.state.empty();
  return callable.function(*this, has_state ? callee : callable.self, arguments);
}

Result<Value> Renderer::evaluate_filter(const Expr& expr) {
  WC_ASSIGN(const Value value, evaluate(*expr.operands[0]));
  WC_ASSIGN(CallArguments arguments, evaluate_arguments(expr.arguments.get()));
  return apply_filter(expr.name, value, arguments);
}

Result<Value> Renderer::apply_filter(std::string_view name, const Value& value, CallArguments& arguments) {
  const Function filter = find_filter(name);
  if (filter == nullptr) return failure("No filter named '" + std::string(name) + "'.");
  return filter(*this, value, arguments);
}

Result<Value> Renderer::evaluate_test(const Expr& expr) {
  WC_ASSIGN(const Value value, evaluate(*expr.operands[0]));
  WC_ASSIGN(CallArguments arguments, evaluate_arguments(expr.arguments.get()));
  WC_ASSIGN(const bool holds, apply_test(expr.name, value, arguments));
  return Value::boolean(holds);
}

Result<bool> Renderer::apply_test(std::string_view name, const Value& value, CallArguments& arguments) {
  const Function test = find_test(name);
  if (test == nullptr) return failure("No test named '" + std::string(name) + "'.");
  WC_ASSIGN(const Value verdict, test(*this, value, arguments));
  return truthy(verdict);
}

Result<Value> Renderer::attribute(const Value& value, std::string_view name) {
  if (value.is_undefined()) {
    const bool named = value.object() != nullptr;
    return failure(named ? value.as<Undefined>().message
                         : "an undefined value has no attribute '" + std::string(name) + "'");
  }
  if (const Function method = find_method(value, name)) {
    if (options_.immutable && changes_object(value, name)) {
      return make_undefined(heap_,
                            "access to attribute '" + std::string(name) + "' of '" + std::string(type_name(value)) +
                                "' object is unsafe.",
                            true);
    }
    return make_function(heap_, name, method, value);
  }
  if (value.is(Kind::kLoop)) return loop_attribute(value, name);
  if (value.is(Kind::kNamespace)) {
    if (const Value* found = value.as<Namespace>().find(name)) return *found;
  }
  if (value.is_dict()) {
    if (const Value* found = value.dict().find(name)) return *found;
  }
  if (value.is_sequence() && value.sequence().label == "group") {  // of the filter groupby
    if (name == "grouper") return value.items()[0];
    if (name == "list") return value.items()[1];
  }
  if (value.is(Kind::kCallable)) {
    const Value* current = cycler_current(value);
    if (current != nullptr && name == "current") return *current;
    const Function method = current != nullptr ? find_cycler_method(name) : nullptr;
    if (method != nullptr) return make_function(heap_, name, method, value);
    if (name == "name") return text(value.as<Callable>().name);
  }
  return make_undefined(heap_,
                        "'" + std::string(type_name(value)) + " object' has no attribute '" + std::string(name) + "'");
}

Result<Value> Renderer::item(const Value& value, const Value& key) {
  if (value.is_undefined()) {
    return failure(value.object() != nullptr ? value.as<Undefined>().message : "an undefined value has no items");
  }
  if (value.is_dict()) {
    std::string text;
    const Value* found = dict_key(key, &text) ? value.dict().find_key(text) : nullptr;
    if (found != nullptr) return *found;
  }
  if (key.is_integral() && (value.is_string() || value.is_sequence())) {
    if (const auto found = index_value(heap_, value, key.as_int())) return *found;
  }
  if (key.is_string()) return attribute(value, key.str());
  TextBuilder shown(heap_);
  append_repr(key, &shown);
  return make_undefined(heap_, "'" + std::string(type_name(value)) + " object' has no element " + shown.bytes());
}

Result<Value> Renderer::loop_attribute(const Value& value, std::string_view name) {
  const auto& loop = value.as<LoopState>();
  const auto number = [](size_t n) { return Value::integer(static_cast<int64_t>(n)); };
  if (name == "index") return number(loop.index0 + 1);
  if (name == "index0") return number(loop.index0);
  if (name == "revindex") return number(loop.length - loop.index0);
  if (name == "revindex0") return number(loop.length - loop.index0 - 1);
  if (name == "first") return Value::boolean(loop.index0 == 0);
  if (name == "last") return Value::boolean(loop.index0 + 1 == loop.length);
  if (name == "length") return number(loop.length);
  if (name == "depth") return number(loop.depth0 + 1);
  if (name == "depth0") return number(loop.depth0);
  if (name == "previtem") {
    return loop.index0 > 0 ? loop.previous : make_undefined(heap_, "there is no previous item");
  }
  if (name == "nextitem") {
    return loop.index0 + 1 < loop.length ? loop.following : make_undefined(heap_, "there is no next item");
  }
  return make_undefined(heap_, "'LoopContext' has no attribute '" + std::string(name) + "'");
}

}  // namespace wasmchord::chat
