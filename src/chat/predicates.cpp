// The tests of Jinja: value is name(arguments).
#include "src/chat/compare.h"
#include "src/chat/renderer.h"
#include "src/chat/text_methods.h"

namespace wasmchord::chat {
namespace predicates {
namespace {

using Arguments = CallArguments&;

Result<Value> verdict(bool holds) { return Value::boolean(holds); }

template <Comparison kOp>
Result<Value> compares(Renderer& r, const Value& value, Arguments arguments) {
  std::vector<Value> v;
  WC_TRY(bind("a comparison", arguments, {"other"}, 1, &v));
  WC_ASSIGN(const bool holds, compare(r.heap(), kOp, value, v[0]));
  return verdict(holds);
}

Result<Value> remainder_is(Renderer& r, const Value& value, const Value& divisor, int64_t wanted) {
  WC_ASSIGN(const Value rest, arithmetic(r.heap(), BinaryOp::kModulo, value, divisor));
  return verdict(equals(r.heap(), rest, Value::integer(wanted)));
}
Result<Value> even(Renderer& r, const Value& v, Arguments) { return remainder_is(r, v, Value::integer(2), 0); }
Result<Value> odd(Renderer& r, const Value& v, Arguments) { return remainder_is(r, v, Value::integer(2), 1); }
Result<Value> divisibleby(Renderer& r, const Value& value, Arguments arguments) {
  std::vector<Value> v;
  WC_TRY(bind("divisibleby", arguments, {"num"}, 1, &v));
  return remainder_is(r, value, v[0], 0);
}

Result<Value> boolean(Renderer&, const Value& v, Arguments) { return verdict(v.is(Kind::kBool)); }
Result<Value> callable(Renderer&, const Value& v, Arguments) {
  return verdict(v.is(Kind::kCallable) || v.is(Kind::kLoop) || v.is_undefined());
}
Result<Value> defined(Renderer&, const Value& v, Arguments) { return verdict(!v.is_undefined()); }
Result<Value> undefined(Renderer&, const Value& v, Arguments) { return verdict(v.is_undefined()); }
Result<Value> escaped(Renderer&, const Value&, Arguments) { return verdict(false); }
Result<Value> is_true(Renderer&, const Value& v, Arguments) { return verdict(v.is(Kind::kBool) && v.as_bool()); }
Result<Value> is_false(Renderer&, const Value& v, Arguments) { return verdict(v.is(Kind::kBool) && !v.as_bool()); }
Result<Value> is_float(Renderer&, const Value& v, Arguments) { return verdict(v.is(Kind::kFloat)); }
Result<Value> integer(Renderer&, const Value& v, Arguments) { return verdict(v.is(Kind::kInt)); }
Result<Value> number(Renderer&, const Value& v, Arguments) { return verdict(v.is_number()); }
Result<Value> string(Renderer&, const Value& v, Arguments) { return verdict(v.is_string()); }
Result<Value> mapping(Renderer&, const Value& v, Arguments) { return verdict(v.is_dict()); }
Result<Value> none(Renderer&, const Value& v, Arguments) { return verdict(v.is_none()); }
Result<Value> iterable(Renderer&, const Value& v, Arguments) {
  return verdict(v.is_string() || v.is_sequence() || v.is_dict() || v.is_undefined() || v.is(Kind::kLoop));
}
Result<Value> sequence(Renderer&, const Value& v, Arguments) {
  const bool indexed = v.is_sequence() && v.sequence().kind <= SequenceKind::kRange;
  return verdict(indexed || v.is_string() || v.is_dict() || v.is_undefined());
}

Result<Value> sameas(Renderer& r, const Value& value, Arguments arguments) {
  std::vector<Value> v;
  WC_TRY(bind("sameas", arguments, {"other"}, 1, &v));
  if (value.kind() != v[0].kind()) return verdict(false);
  if (value.object() != nullptr && !value.is_string()) return verdict(value.object() == v[0].object());
  return verdict(equals(r.heap(), value, v[0]));
}

Result<Value> in_test(Renderer& r, const Value& value, Arguments arguments) {
  std::vector<Value> v;
  WC_TRY(bind("in", arguments, {"seq"}, 1, &v));
  WC_ASSIGN(const bool found, contains(r.heap(), v[0], value));
  return verdict(found);
}

Result<Value> call_method(Renderer& r, const Value& value, std::string_view method) {
  const Value text = to_text(r.heap(), value);
  CallArguments no_arguments;
  return find_method(text, method)(r, text, no_arguments);
}
Result<Value> lower(Renderer& r, const Value& v, Arguments) { return call_method(r, v, "islower"); }
Result<Value> upper(Renderer& r, const Value& v, Arguments) { return call_method(r, v, "isupper"); }

Result<Value> is_filter(Renderer&, const Value& v, Arguments) {
  return verdict(v.is_string() && find_filter(v.str()) != nullptr);
}
Result<Value> is_test(Renderer&, const Value& v, Arguments) {
  return verdict(v.is_string() && find_test(v.str()) != nullptr);
}

}  // namespace
}  // namespace predicates

Function find_test(std::string_view name) {
  static constexpr std::pair<std::string_view, Function> kTests[] = {
      {"boolean", predicates::boolean},
      {"callable", predicates::callable},
      {"defined", predicates::defined},
      {"undefined", predicates::undefined},
      {"divisibleby", predicates::divisibleby},
      {"escaped", predicates::escaped},
      {"even", predicates::even},
      {"odd", predicates::odd},
      {"true", predicates::is_true},
      {"false", predicates::is_false},
      {"float", predicates::is_float},
      {"integer", predicates::integer},
      {"number", predicates::number},
      {"string", predicates::string},
      {"mapping", predicates::mapping},
      {"none", predicates::none},
      {"iterable", predicates::iterable},
      {"sequence", predicates::sequence},
      {"sameas", predicates::sameas},
      {"in", predicates::in_test},
      {"lower", predicates::lower},
      {"upper", predicates::upper},
      {"filter", predicates::is_filter},
      {"test", predicates::is_test},
      {"==", predicates::compares<Comparison::kEqual>},
      {"eq", predicates::compares<Comparison::kEqual>},
      {"equalto", predicates::compares<Comparison::kEqual>},
      {"!=", predicates::compares<Comparison::kNotEqual>},
      {"ne", predicates::compares<Comparison::kNotEqual>},
      {"<", predicates::compares<Comparison::kLess>},
      {"lt", predicates::compares<Comparison::kLess>},
      {"lessthan", predicates::compares<Comparison::kLess>},
      {"<=", predicates::compares<Comparison::kLessEqual>},
      {"le", predicates::compares<Comparison::kLessEqual>},
      {">", predicates::compares<Comparison::kGreater>},
      {"gt", predicates::compares<Comparison::kGreater>},
      {"greaterthan", predicates::compares<Comparison::kGreater>},
      {">=", predicates::compares<Comparison::kGreaterEqual>},
      {"ge", predicates::compares<Comparison::kGreaterEqual>},
  };
  for (const auto& [key, function] : kTests) {
    if (key == name) return function;
  }
  return nullptr;
}

}  // namespace wasmchord::chat
