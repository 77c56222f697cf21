#include "src/chat/parser.h"

#include <algorithm>

namespace wasmchord::chat {

bool Parser::take(std::string_view op) {
  if (!peek().is(op)) return false;
  next();
  return true;
}

bool Parser::take_name(std::string_view name) {
  if (!peek().is_name(name)) return false;
  next();
  return true;
}

Status Parser::unexpected(std::string_view wanted) const {
  const Token& token = peek();
  std::string found = token.text;
  switch (token.kind) {
    case TokenKind::kEnd:
      found = "the end of the template";
      break;
    case TokenKind::kBlockEnd:
      found = "%}";
      break;
    case TokenKind::kPrintEnd:
      found = "}}";
      break;
    case TokenKind::kString:
      found = "a string";
      break;
    case TokenKind::kInt:
    case TokenKind::kFloat:
      found = "a number";
      break;
    default:
      break;
  }
  return fail("expected " + std::string(wanted) + ", not " + found);
}

Status Parser::too_deep() const { return fail("nested deeper than " + std::to_string(kMaxNesting)); }

Status Parser::expect(std::string_view op) { return take(op) ? Status::ok() : unexpected(op); }

Status Parser::expect_kind(TokenKind kind, std::string_view what) {
  if (peek().kind != kind) return unexpected(what);
  next();
  return Status::ok();
}

Result<std::string> Parser::expect_identifier() {
  if (peek().kind != TokenKind::kName) return unexpected("a name");
  return next().text;
}

Result<Body> Parser::parse() { return parse_body({}); }

Result<Body> Parser::parse_body(const std::vector<std::string_view>& ends) {
  const Nesting nesting(this);
  if (nesting.too_deep()) return too_deep();
  Body body;
  while (peek().kind != TokenKind::kEnd) {
    if (peek().kind == TokenKind::kBlockBegin && peek(1).kind == TokenKind::kName &&
        std::find(ends.begin(), ends.end(), peek(1).text) != ends.end()) {
      next();
      return body;
    }
    WC_TRY(parse_block(&body));
  }
  if (!ends.empty()) return unexpected(ends.back());
  return body;
}

// Text, a print, or a statement.
Status Parser::parse_block(Body* body) {
  const Token token = next();
  if (token.kind == TokenKind::kBlockBegin) {
    WC_ASSIGN(std::unique_ptr<Stmt> stmt, parse_statement());
    stmt->pos = token.pos;
    body->push_back(std::move(stmt));
    return expect_kind(TokenKind::kBlockEnd, "%}");
  }
  auto stmt = std::make_unique<Stmt>();
  stmt->pos = token.pos;
  if (token.kind == TokenKind::kData) {
    stmt->text = make_text(nullptr, token.text);
  } else {
    stmt->kind = StmtKind::kPrint;
    WC_ASSIGN(stmt->expr, parse_tuple(true, false));
    WC_TRY(expect_kind(TokenKind::kPrintEnd, "}}"));
  }
  body->push_back(std::move(stmt));
  return Status::ok();
}

Result<Body> Parser::parse_block_body(std::string_view end) {
  WC_TRY(expect_kind(TokenKind::kBlockEnd, "%}"));
  WC_ASSIGN(Body body, parse_body({end}));
  next();
  return body;
}

Result<std::unique_ptr<Stmt>> Parser::parse_statement() {
  auto stmt = std::make_unique<Stmt>();
  const Position pos = peek().pos;
  WC_ASSIGN(const std::string name, expect_identifier());
  Status status;
  if (name == "if") {
    status = parse_if(stmt.get());
  } else if (name == "for") {
    status = parse_for(stmt.get());
  } else if (name == "set") {
    status = parse_set(stmt.get());
  } else if (name == "macro") {
    status = parse_macro(stmt.get());
  } else if (name == "call") {
    status = parse_call_block(stmt.get());
  } else if (name == "filter") {
    status = parse_filter_block(stmt.get());
  } else if (name == "with") {
    status = parse_with(stmt.get());
  } else if (name == "generation" || name == "block" || name == "autoescape") {
    status = parse_scope(stmt.get(), name);
  } else if (name == "break" || name == "continue") {
    status = parse_loop_control(stmt.get(), name == "break" ? StmtKind::kBreak : StmtKind::kContinue);
  } else if (name == "include" || name == "import" || name == "from" || name == "extends") {
    status = error_at(Code::kBadTemplate, pos, "there is no other template to " + name);
  } else {
    status = error_at(Code::kBadTemplate, pos, "unknown tag '" + name + "'");
  }
  WC_TRY(std::move(status));
  return stmt;
}

Status Parser::parse_if(Stmt* stmt) {
  stmt->kind = StmtKind::kIf;
  while (true) {
    WC_ASSIGN(ExprPtr condition, parse_tuple(false, false));
    WC_TRY(expect_kind(TokenKind::kBlockEnd, "%}"));
    WC_ASSIGN(Body body, parse_body({"elif", "else", "endif"}));
    stmt->branches.emplace_back(std::move(condition), std::move(body));
    const Token end = next();
    if (end.text == "elif") continue;
    if (end.text == "else") {
      WC_ASSIGN(Body other, parse_block_body("endif"));
      stmt->branches.emplace_back(nullptr, std::move(other));
    }
    return Status::ok();
  }
}

Status Parser::parse_for(Stmt* stmt) {
  stmt->kind = StmtKind::kFor;
  WC_ASSIGN(stmt->target, parse_target(false));
  if (!take_name("in")) return unexpected("in");
  WC_ASSIGN(stmt->expr, parse_tuple(false, false));
  if (take_name("if")) {
    WC_ASSIGN(stmt->condition, parse_expression());
  }
  stmt->recursive = take_name("recursive");
  WC_TRY(expect_kind(TokenKind::kBlockEnd, "%}"));
  ++loops_;
  Result<Body> body = parse_body({"else", "endfor"});
  --loops_;
  WC_ASSIGN(stmt->body, std::move(body));
  if (next().text == "else") {
    WC_ASSIGN(stmt->other, parse_block_body("endfor"));
  }
  return Status::ok();
}

Status Parser::parse_set(Stmt* stmt) {
  WC_ASSIGN(stmt->target, parse_target(true));
  if (take("=")) {
    stmt->kind = StmtKind::kSet;
    WC_ASSIGN(stmt->expr, parse_tuple(true, false));
    return Status::ok();
  }
  stmt->kind = StmtKind::kSetBlock;
  while (peek().is("|")) {
    WC_ASSIGN(stmt->expr, parse_filter(std::move(stmt->expr)));
  }
  WC_ASSIGN(stmt->body, parse_block_body("endset"));
  return Status::ok();
}

Result<Target> Parser::parse_one_target(bool with_namespace) {
  Target target;
  target.pos = peek().pos;
  if (take("(")) {
    WC_ASSIGN(target, parse_target(false));
    WC_TRY(expect(")"));
    return target;
  }
  WC_ASSIGN(target.name, expect_identifier());
  if (with_namespace && take(".")) {
    WC_ASSIGN(target.attribute, expect_identifier());
  }
  static constexpr std::string_view kConstants[] = {"true", "false", "none", "True", "False", "None"};
  if (std::find(std::begin(kConstants), std::end(kConstants), target.name) != std::end(kConstants)) {
    return error_at(Code::kBadTemplate, target.pos, "cannot assign to " + target.name);
  }
  return target;
}

Result<Target> Parser::parse_target(bool with_namespace) {
  const Nesting nesting(this);
  if (nesting.too_deep()) return too_deep();
  WC_ASSIGN(Target first, parse_one_target(with_namespace));
  if (!peek().is(",")) return first;
  Target tuple;
  tuple.pos = first.pos;
  tuple.is_tuple = true;
  tuple.targets.push_back(std::move(first));
  while (take(",")) {
    if (peek().kind != TokenKind::kName && !peek().is("(")) break;
    if (peek().is_name("in")) break;
    WC_ASSIGN(Target target, parse_one_target(with_namespace));
    tuple.targets.push_back(std::move(target));
  }
  return tuple;
}

// (a, b=1)
Status Parser::parse_signature(Macro* macro) {
  WC_TRY(expect("("));
  while (!peek().is(")")) {
    if (!macro->parameters.empty()) WC_TRY(expect(","));
    WC_ASSIGN(std::string name, expect_identifier());
    macro->parameters.push_back(std::move(name));
    if (take("=")) {
      WC_ASSIGN(ExprPtr value, parse_expression());
      macro->defaults.push_back(std::move(value));
    } else if (!macro->defaults.empty()) {
      return fail("a parameter without a default follows one with a default");
    }
  }
  return expect(")");
}

Status Parser::parse_macro_body(Macro* macro, std::string_view end) {
  macros_.push_back(macro);
  const uint32_t outer_loops = std::exchange(loops_, 0);
  Result<Body> body = parse_block_body(end);
  loops_ = outer_loops;
  macros_.pop_back();
  WC_ASSIGN(macro->body, std::move(body));
  return Status::ok();
}

Status Parser::parse_macro(Stmt* stmt) {
  stmt->kind = StmtKind::kMacro;
  stmt->macro = std::make_unique<Macro>();
  WC_ASSIGN(stmt->macro->name, expect_identifier());
  WC_TRY(parse_signature(stmt->macro.get()));
  return parse_macro_body(stmt->macro.get(), "endmacro");
}

Status Parser::parse_call_block(Stmt* stmt) {
  stmt->kind = StmtKind::kCall;
  stmt->macro = std::make_unique<Macro>();
  stmt->macro->name = "caller";
  if (peek().is("(")) WC_TRY(parse_signature(stmt->macro.get()));
  WC_ASSIGN(stmt->expr, parse_expression());
  if (stmt->expr->kind != ExprKind::kCall) return fail("a call block needs a call");
  return parse_macro_body(stmt->macro.get(), "endcall");
}

Status Parser::parse_filter_block(Stmt* stmt) {
  stmt->kind = StmtKind::kFilter;
  // The first filter of the block has no | in front; reading it as one token back keeps a single rule.
  if (peek().kind != TokenKind::kName) return unexpected("a filter");
  --at_;
  do {
    WC_ASSIGN(stmt->expr, parse_filter(std::move(stmt->expr)));
  } while (peek().is("|"));
  WC_ASSIGN(stmt->body, parse_block_body("endfilter"));
  return Status::ok();
}

Status Parser::parse_with(Stmt* stmt) {
  stmt->kind = StmtKind::kWith;
  while (peek().kind != TokenKind::kBlockEnd) {
    if (!stmt->assignments.empty()) WC_TRY(expect(","));
    WC_ASSIGN(Target target, parse_one_target(false));
    WC_TRY(expect("="));
    WC_ASSIGN(ExprPtr value, parse_expression());
    stmt->assignments.emplace_back(std::move(target), std::move(value));
  }
  WC_ASSIGN(stmt->body, parse_block_body("endwith"));
  return Status::ok();
}

Status Parser::parse_scope(Stmt* stmt, std::string_view name) {
  stmt->kind = StmtKind::kScope;
  if (name == "block") {
    WC_ASSIGN(const std::string label, expect_identifier());
    if (!take_name("scoped")) take_name("required");
    WC_ASSIGN(stmt->body, parse_block_body("endblock"));
    return Status::ok();
  }
  if (name == "autoescape" && !take_name("false") && !take_name("False")) {
    return fail("escaping is not supported");
  }
  WC_ASSIGN(stmt->body, parse_block_body(name == "autoescape" ? "endautoescape" : "endgeneration"));
  return Status::ok();
}

Status Parser::parse_loop_control(Stmt* stmt, StmtKind kind) {
  if (loops_ == 0) return fail("break and continue belong into a loop");
  stmt->kind = kind;
  return Status::ok();
}

}  // namespace wasmchord::chat
