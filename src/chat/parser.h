// Tokens to a tree, by Jinja's grammar.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "src/chat/ast.h"

namespace wasmchord::chat {

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  // kBadTemplate with line and column.
  Result<Body> parse();

 private:
  using ExprResult = Result<ExprPtr>;
  class Nesting;

  const Token& peek(size_t ahead = 0) const {
    const size_t i = at_ + ahead;
    return tokens_[i < tokens_.size() ? i : tokens_.size() - 1];
  }
  Token next() { return at_ + 1 < tokens_.size() ? std::move(tokens_[at_++]) : tokens_[at_]; }
  bool take(std::string_view op);
  bool take_name(std::string_view name);
  Status expect(std::string_view op);
  Status expect_kind(TokenKind kind, std::string_view what);
  Result<std::string> expect_identifier();
  Status unexpected(std::string_view wanted) const;
  Status fail(std::string_view what) const { return error_at(Code::kBadTemplate, peek().pos, what); }
  Status too_deep() const;

  // Statements. A body ends before a block tag of one of the `ends`, whose name is the current token.
  Result<Body> parse_body(const std::vector<std::string_view>& ends);
  Status parse_block(Body* body);
  Result<Body> parse_block_body(std::string_view end);  // and the end itself, up to its %}
  Result<std::unique_ptr<Stmt>> parse_statement();
  Status parse_if(Stmt* stmt);
  Status parse_for(Stmt* stmt);
  Status parse_set(Stmt* stmt);
  Status parse_macro(Stmt* stmt);
  Status parse_call_block(Stmt* stmt);
  Status parse_filter_block(Stmt* stmt);
  Status parse_with(Stmt* stmt);
  Status parse_scope(Stmt* stmt, std::string_view name);
  Status parse_loop_control(Stmt* stmt, StmtKind kind);
  Status parse_signature(Macro* macro);
  Status parse_macro_body(Macro* macro, std::string_view end);
  Result<Target> parse_target(bool with_namespace);
  Result<Target> parse_one_target(bool with_namespace);

  // Expressions.
  ExprResult parse_expression() { return parse_conditional(true); }
  ExprResult parse_conditional(bool with_conditional);
  ExprResult parse_tuple(bool with_conditional, bool in_parentheses);
  ExprResult parse_or();
  ExprResult parse_and();
  ExprResult parse_not();
  ExprResult parse_compare();
  ExprResult parse_sum();
  ExprResult parse_concat();
  ExprResult parse_product();
  ExprResult parse_power();
  ExprResult parse_unary(bool with_filter);
  ExprResult parse_primary();
  ExprResult parse_name();
  ExprResult parse_list();
  ExprResult parse_dict();
  ExprResult parse_postfix(ExprPtr expr);
  ExprResult parse_filters(ExprPtr expr);
  ExprResult parse_filter(ExprPtr operand);
  ExprResult parse_test(ExprPtr operand);
  ExprResult parse_dot(ExprPtr operand);
  ExprResult parse_subscript(ExprPtr operand);
  ExprResult parse_subscript_part();
  ExprResult parse_call(ExprPtr operand);
  Result<std::unique_ptr<Arguments>> parse_arguments();
  Status parse_argument(Arguments* arguments);

  static ExprPtr make(ExprKind kind, Position pos);
  // Adds `child` (may be null) to the tree of `parent`.
  static void adopt(Expr* parent, ExprPtr child);
  ExprResult checked(ExprPtr expr) const;
  bool compare_operator(Comparison* out);
  bool ends_tuple() const;

  std::vector<Token> tokens_;
  size_t at_ = 0;
  uint32_t nesting_ = 0;
  uint32_t loops_ = 0;          // that a break or continue here can mean
  std::vector<Macro*> macros_;  // around the current token
};

// Counts what lies inside of what, for the span of a scope.
class Parser::Nesting {
 public:
  explicit Nesting(Parser* parser) : parser_(parser) { ++parser_->nesting_; }
  ~Nesting() { --parser_->nesting_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;
  bool too_deep() const { return parser_->nesting_ > kMaxNesting; }

 private:
  Parser* parser_;
};

}  // namespace wasmchord::chat
