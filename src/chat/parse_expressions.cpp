#include <utility>

#include "src/chat/parser.h"

namespace wasmchord::chat {

ExprPtr Parser::make(ExprKind kind, Position pos) {
  auto expr = std::make_unique<Expr>();
  expr->kind = kind;
  expr->pos = pos;
  return expr;
}

void Parser::adopt(Expr* parent, ExprPtr child) {
  if (child != nullptr) parent->depth = std::max(parent->depth, child->depth + 1);
  parent->operands.push_back(std::move(child));
}

Parser::ExprResult Parser::checked(ExprPtr expr) const {
  if (expr->depth > 2 * kMaxNesting) return too_deep();
  return expr;
}

Parser::ExprResult Parser::parse_conditional(bool with_conditional) {
  const Nesting nesting(this);
  if (nesting.too_deep()) return too_deep();
  WC_ASSIGN(ExprPtr left, parse_or());
  while (with_conditional && peek().is_name("if")) {
    ExprPtr expr = make(ExprKind::kConditional, next().pos);
    WC_ASSIGN(ExprPtr condition, parse_or());
    ExprPtr other;
    if (take_name("else")) {
      WC_ASSIGN(other, parse_conditional(true));
    }
    adopt(expr.get(), std::move(left));
    adopt(expr.get(), std::move(condition));
    adopt(expr.get(), std::move(other));
    WC_ASSIGN(left, checked(std::move(expr)));
  }
  return left;
}

bool Parser::ends_tuple() const {
  const Token& token = peek();
  return token.kind == TokenKind::kPrintEnd || token.kind == TokenKind::kBlockEnd || token.is(")") ||
         token.is_name("recursive");
}

Parser::ExprResult Parser::parse_tuple(bool with_conditional, bool in_parentheses) {
  const Position pos = peek().pos;
  std::vector<ExprPtr> items;
  bool is_tuple = false;
  while (true) {
    if (!items.empty() && !take(",")) break;
    is_tuple = !items.empty();
    if (ends_tuple()) break;
    WC_ASSIGN(ExprPtr item, parse_conditional(with_conditional));
    items.push_back(std::move(item));
  }
  if (!is_tuple && items.size() == 1) return std::move(items[0]);
  if (items.empty() && !in_parentheses) return unexpected("an expression");
  ExprPtr tuple = make(ExprKind::kTuple, pos);
  for (ExprPtr& item : items) adopt(tuple.get(), std::move(item));
  return checked(std::move(tuple));
}

Parser::ExprResult Parser::parse_or() {
  WC_ASSIGN(ExprPtr left, parse_and());
  while (peek().is_name("or")) {
    ExprPtr expr = make(ExprKind::kOr, next().pos);
    WC_ASSIGN(ExprPtr right, parse_and());
    adopt(expr.get(), std::move(left));
    adopt(expr.get(), std::move(right));
    WC_ASSIGN(left, checked(std::move(expr)));
  }
  return left;
}

Parser::ExprResult Parser::parse_and() {
  WC_ASSIGN(ExprPtr left, parse_not());
  while (peek().is_name("and")) {
    ExprPtr expr = make(ExprKind::kAnd, next().pos);
    WC_ASSIGN(ExprPtr right, parse_not());
    adopt(expr.get(), std::move(left));
    adopt(expr.get(), std::move(right));
    WC_ASSIGN(left, checked(std::move(expr)));
  }
  return left;
}

Parser::ExprResult Parser::parse_not() {
  if (!peek().is_name("not")) return parse_compare();
  const Nesting nesting(this);
  if (nesting.too_deep()) return too_deep();
  ExprPtr expr = make(ExprKind::kNot, next().pos);
  WC_ASSIGN(ExprPtr operand, parse_not());
  adopt(expr.get(), std::move(operand));
  return checked(std::move(expr));
}

bool Parser::compare_operator(Comparison* out) {
  static constexpr std::pair<std::string_view, Comparison> kOperators[] = {
      {"==", Comparison::kEqual},     {"!=", Comparison::kNotEqual}, {"<", Comparison::kLess},
      {"<=", Comparison::kLessEqual}, {">", Comparison::kGreater},   {">=", Comparison::kGreaterEqual},
  };
  for (const auto& [text, comparison] : kOperators) {
    if (take(text)) {
      *out = comparison;
      return true;
    }
  }
  if (take_name("in")) {
    *out = Comparison::kIn;
    return true;
  }
  if (!peek().is_name("not") || !peek(1).is_name("in")) return false;
  next();
  next();
  *out = Comparison::kNotIn;
  return true;
}

Parser::ExprResult Parser::parse_compare() {
  WC_ASSIGN(ExprPtr first, parse_sum());
  const Position pos = peek().pos;
  Comparison comparison;
  if (!compare_operator(&comparison)) return first;
  ExprPtr expr = make(ExprKind::kCompare, pos);
  adopt(expr.get(), std::move(first));
  do {
    WC_ASSIGN(ExprPtr operand, parse_sum());
    adopt(expr.get(), std::move(operand));
    expr->comparisons.push_back(comparison);
  } while (compare_operator(&comparison));
  return checked(std::move(expr));
}

Parser::ExprResult Parser::parse_sum() {
  WC_ASSIGN(ExprPtr left, parse_concat());
  while (peek().is("+") || peek().is("-")) {
    const Token token = next();
    ExprPtr expr = make(ExprKind::kBinary, token.pos);
    expr->op = token.text == "+" ? BinaryOp::kAdd : BinaryOp::kSubtract;
    WC_ASSIGN(ExprPtr right, parse_concat());
    adopt(expr.get(), std::move(left));
    adopt(expr.get(), std::move(right));
    WC_ASSIGN(left, checked(std::move(expr)));
  }
  return left;
}

Parser::ExprResult Parser::parse_concat() {
  WC_ASSIGN(ExprPtr first, parse_product());
  if (!peek().is("~")) return first;
  ExprPtr expr = make(ExprKind::kConcat, peek().pos);
  adopt(expr.get(), std::move(first));
  while (take("~")) {
    WC_ASSIGN(ExprPtr operand, parse_product());
    adopt(expr.get(), std::move(operand));
  }
  return checked(std::move(expr));
}

Parser::ExprResult Parser::parse_product() {
  static constexpr std::pair<std::string_view, BinaryOp> kOperators[] = {
      {"*", BinaryOp::kMultiply}, {"/", BinaryOp::kDivide}, {"//", BinaryOp::kFloorDivide}, {"%", BinaryOp::kModulo}};
  WC_ASSIGN(ExprPtr left, parse_power());
  while (true) {
    const std::pair<std::string_view, BinaryOp>* found = nullptr;
    for (const auto& candidate : kOperators) {
      if (peek().is(candidate.first)) found = &candidate;
    }
    if (found == nullptr) return left;
    ExprPtr expr = make(ExprKind::kBinary, next().pos);
    expr->op = found->second;
    WC_ASSIGN(ExprPtr right, parse_power());
    adopt(expr.get(), std::move(left));
    adopt(expr.get(), std::move(right));
    WC_ASSIGN(left, checked(std::move(expr)));
  }
}

// Jinja's power is left-associative.
Parser::ExprResult Parser::parse_power() {
  WC_ASSIGN(ExprPtr left, parse_unary(true));
  while (peek().is("**")) {
    ExprPtr expr = make(ExprKind::kBinary, next().pos);
    expr->op = BinaryOp::kPower;
    WC_ASSIGN(ExprPtr right, parse_unary(true));
    adopt(expr.get(), std::move(left));
    adopt(expr.get(), std::move(right));
    WC_ASSIGN(left, checked(std::move(expr)));
  }
  return left;
}

Parser::ExprResult Parser::parse_unary(bool with_filter) {
  ExprPtr expr;
  if (peek().is("-") || peek().is("+")) {
    const Nesting nesting(this);
    if (nesting.too_deep()) return too_deep();
    const Token token = next();
    expr = make(token.text == "-" ? ExprKind::kNegate : ExprKind::kPlus, token.pos);
    WC_ASSIGN(ExprPtr operand, parse_unary(false));
    adopt(expr.get(), std::move(operand));
  } else {
    WC_ASSIGN(expr, parse_primary());
  }
  WC_ASSIGN(expr, parse_postfix(std::move(expr)));
  return with_filter ? parse_filters(std::move(expr)) : checked(std::move(expr));
}

Parser::ExprResult Parser::parse_name() {
  const Token token = next();
  ExprPtr expr = make(ExprKind::kLiteral, token.pos);
  if (token.text == "true" || token.text == "True") {
    expr->literal = Value::boolean(true);
  } else if (token.text == "false" || token.text == "False") {
    expr->literal = Value::boolean(false);
  } else if (token.text == "none" || token.text == "None") {
    expr->literal = Value::none();
  } else {
    expr->kind = ExprKind::kName;
    expr->name = token.text;
    for (Macro* macro : macros_) {
      macro->uses_caller |= token.text == "caller";
      macro->uses_varargs |= token.text == "varargs";
      macro->uses_kwargs |= token.text == "kwargs";
    }
  }
  return expr;
}

Parser::ExprResult Parser::parse_primary() {
  const Token& token = peek();
  switch (token.kind) {
    case TokenKind::kName:
      return parse_name();
    case TokenKind::kInt:
    case TokenKind::kFloat: {
      const Token number = next();
      ExprPtr expr = make(ExprKind::kLiteral, number.pos);
      expr->literal = number.kind == TokenKind::kInt ? Value::integer(number.i) : Value::real(number.f);
      return expr;
    }
    case TokenKind::kString: {
      ExprPtr expr = make(ExprKind::kLiteral, token.pos);
      std::string text;
      while (peek().kind == TokenKind::kString) text += next().text;
      expr->literal = make_text(nullptr, std::move(text));
      return expr;
    }
    default:
      break;
  }
  if (take("(")) {
    WC_ASSIGN(ExprPtr expr, parse_tuple(true, true));
    WC_TRY(expect(")"));
    return expr;
  }
  if (peek().is("[")) return parse_list();
  if (peek().is("{")) return parse_dict();
  return unexpected("an expression");
}

Parser::ExprResult Parser::parse_list() {
  ExprPtr list = make(ExprKind::kList, next().pos);
  while (!peek().is("]")) {
    if (!list->operands.empty()) WC_TRY(expect(","));
    if (peek().is("]")) break;
    WC_ASSIGN(ExprPtr item, parse_expression());
    adopt(list.get(), std::move(item));
  }
  WC_TRY(expect("]"));
  return checked(std::move(list));
}

Parser::ExprResult Parser::parse_dict() {
  ExprPtr dict = make(ExprKind::kDict, next().pos);
  while (!peek().is("}")) {
    if (!dict->operands.empty()) WC_TRY(expect(","));
    if (peek().is("}")) break;
    WC_ASSIGN(ExprPtr key, parse_expression());
    WC_TRY(expect(":"));
    WC_ASSIGN(ExprPtr value, parse_expression());
    adopt(dict.get(), std::move(key));
    adopt(dict.get(), std::move(value));
  }
  WC_TRY(expect("}"));
  return checked(std::move(dict));
}

}  // namespace wasmchord::chat
