#include "src/chat/parser.h"

namespace wasmchord::chat {

Parser::ExprResult Parser::parse_postfix(ExprPtr expr) {
  while (true) {
    if (peek().is(".")) {
      WC_ASSIGN(expr, parse_dot(std::move(expr)));
    } else if (peek().is("[")) {
      WC_ASSIGN(expr, parse_subscript(std::move(expr)));
    } else if (peek().is("(")) {
      WC_ASSIGN(expr, parse_call(std::move(expr)));
    } else {
      return expr;
    }
  }
}

Parser::ExprResult Parser::parse_filters(ExprPtr expr) {
  while (true) {
    if (peek().is("|")) {
      WC_ASSIGN(expr, parse_filter(std::move(expr)));
    } else if (peek().is_name("is")) {
      WC_ASSIGN(expr, parse_test(std::move(expr)));
    } else if (peek().is("(")) {
      WC_ASSIGN(expr, parse_call(std::move(expr)));
    } else {
      return expr;
    }
  }
}

// One |name(arguments); the | is the current token.
Parser::ExprResult Parser::parse_filter(ExprPtr operand) {
  ExprPtr expr = make(ExprKind::kFilter, next().pos);
  WC_ASSIGN(expr->name, expect_identifier());
  while (take(".")) {
    WC_ASSIGN(const std::string part, expect_identifier());
    expr->name.append(".").append(part);
  }
  if (peek().is("(")) {
    WC_ASSIGN(expr->arguments, parse_arguments());
  }
  adopt(expr.get(), std::move(operand));
  return checked(std::move(expr));
}

Parser::ExprResult Parser::parse_test(ExprPtr operand) {
  const Position pos = next().pos;
  const bool negated = take_name("not");
  ExprPtr expr = make(ExprKind::kTest, pos);
  WC_ASSIGN(expr->name, expect_identifier());
  while (take(".")) {
    WC_ASSIGN(const std::string part, expect_identifier());
    expr->name.append(".").append(part);
  }
  const Token& token = peek();
  const bool starts_primary = token.kind == TokenKind::kName || token.kind == TokenKind::kString ||
                              token.kind == TokenKind::kInt || token.kind == TokenKind::kFloat || token.is("[") ||
                              token.is("{");
  if (token.is("(")) {
    WC_ASSIGN(expr->arguments, parse_arguments());
  } else if (starts_primary && !token.is_name("else") && !token.is_name("or") && !token.is_name("and")) {
    if (token.is_name("is")) return fail("tests cannot be chained with is");
    WC_ASSIGN(ExprPtr argument, parse_primary());
    WC_ASSIGN(argument, parse_postfix(std::move(argument)));
    expr->arguments = std::make_unique<Arguments>();
    expr->depth = argument->depth + 1;
    expr->arguments->positional.push_back(std::move(argument));
  }
  adopt(expr.get(), std::move(operand));
  if (negated) {
    ExprPtr outer = make(ExprKind::kNot, pos);
    adopt(outer.get(), std::move(expr));
    expr = std::move(outer);
  }
  return checked(std::move(expr));
}

Parser::ExprResult Parser::parse_dot(ExprPtr operand) {
  const Position pos = next().pos;
  ExprPtr expr;
  if (peek().kind == TokenKind::kInt) {
    expr = make(ExprKind::kItem, pos);
    ExprPtr index = make(ExprKind::kLiteral, pos);
    index->literal = Value::integer(next().i);
    adopt(expr.get(), std::move(operand));
    adopt(expr.get(), std::move(index));
  } else {
    expr = make(ExprKind::kAttribute, pos);
    WC_ASSIGN(expr->name, expect_identifier());
    adopt(expr.get(), std::move(operand));
  }
  return checked(std::move(expr));
}

Parser::ExprResult Parser::parse_subscript(ExprPtr operand) {
  ExprPtr expr = make(ExprKind::kItem, next().pos);
  std::vector<ExprPtr> parts;
  while (!peek().is("]")) {
    if (!parts.empty()) WC_TRY(expect(","));
    WC_ASSIGN(ExprPtr part, parse_subscript_part());
    parts.push_back(std::move(part));
  }
  WC_TRY(expect("]"));
  adopt(expr.get(), std::move(operand));
  if (parts.size() == 1) {
    adopt(expr.get(), std::move(parts[0]));
  } else {
    ExprPtr tuple = make(ExprKind::kTuple, expr->pos);
    for (ExprPtr& part : parts) adopt(tuple.get(), std::move(part));
    adopt(expr.get(), std::move(tuple));
  }
  return checked(std::move(expr));
}

Parser::ExprResult Parser::parse_subscript_part() {
  const Position pos = peek().pos;
  std::vector<ExprPtr> parts;
  size_t colons = 0;
  ExprPtr current;
  while (!peek().is("]") && !peek().is(",")) {
    if (take(":")) {
      if (++colons > 2) return unexpected("]");
      parts.push_back(std::move(current));
    } else if (current != nullptr) {
      return unexpected("]");
    } else {
      WC_ASSIGN(current, parse_expression());
    }
  }
  if (colons == 0) {
    if (current == nullptr) return unexpected("an expression");
    return current;
  }
  parts.push_back(std::move(current));
  parts.resize(3);
  ExprPtr slice = make(ExprKind::kSlice, pos);
  for (ExprPtr& part : parts) adopt(slice.get(), std::move(part));
  return checked(std::move(slice));
}

Parser::ExprResult Parser::parse_call(ExprPtr operand) {
  ExprPtr expr = make(ExprKind::kCall, peek().pos);
  WC_ASSIGN(expr->arguments, parse_arguments());
  adopt(expr.get(), std::move(operand));
  return checked(std::move(expr));
}

// From ( to ).
Result<std::unique_ptr<Arguments>> Parser::parse_arguments() {
  const Nesting nesting(this);
  if (nesting.too_deep()) return too_deep();
  WC_TRY(expect("("));
  auto arguments = std::make_unique<Arguments>();
  bool first = true;
  while (!peek().is(")")) {
    if (!first) WC_TRY(expect(","));
    if (peek().is(")")) break;
    first = false;
    WC_TRY(parse_argument(arguments.get()));
  }
  WC_TRY(expect(")"));
  return arguments;
}

Status Parser::parse_argument(Arguments* arguments) {
  const bool star = take("*");
  const bool star_star = !star && take("**");
  if (star || star_star) {
    ExprPtr* slot = star ? &arguments->star : &arguments->star_star;
    if (*slot != nullptr || (star && arguments->star_star != nullptr)) return fail("invalid arguments of a call");
    WC_ASSIGN(*slot, parse_expression());
    return Status::ok();
  }
  if (peek().kind == TokenKind::kName && peek(1).is("=")) {
    if (arguments->star_star != nullptr) return fail("invalid arguments of a call");
    std::string name = next().text;
    next();
    WC_ASSIGN(ExprPtr value, parse_expression());
    arguments->keyword.emplace_back(std::move(name), std::move(value));
    return Status::ok();
  }
  if (arguments->star != nullptr || arguments->star_star != nullptr || !arguments->keyword.empty()) {
    return fail("invalid arguments of a call");
  }
  WC_ASSIGN(ExprPtr value, parse_expression());
  arguments->positional.push_back(std::move(value));
  return Status::ok();
}

}  // namespace wasmchord::chat
