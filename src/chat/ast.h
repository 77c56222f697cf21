// A compiled template: immutable, shared by threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "src/chat/lexer.h"
#include "src/chat/value.h"

namespace wasmchord::chat {

enum class ExprKind : uint8_t {
  kLiteral,
  kName,       // name
  kTuple,      // operands
  kList,       // operands
  kDict,       // operands: key, value, key, value ...
  kAttribute,  // operands[0].name
  kItem,       // operands[0][operands[1]]
  kSlice,      // start, stop, step; null where left out
  kCall,       // operands[0](arguments)
  kFilter,     // operands[0]|name(arguments); a null operand: the text of a filter block
  kTest,       // operands[0] is name(arguments)
  kNot,        // operands[0], as the next two
  kNegate,
  kPlus,
  kBinary,  // op
  kAnd,
  kOr,
  kConcat,       // a ~ b ~ c
  kCompare,      // operands[0] comparisons[0] operands[1] ...
  kConditional,  // operands[0] if operands[1] else operands[2], which may be null
};

enum class BinaryOp : uint8_t { kAdd, kSubtract, kMultiply, kDivide, kFloorDivide, kModulo, kPower };
enum class Comparison : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual, kIn, kNotIn };

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Arguments {
  std::vector<ExprPtr> positional;
  std::vector<std::pair<std::string, ExprPtr>> keyword;
  ExprPtr star;       // *args
  ExprPtr star_star;  // **kwargs
};

struct Expr {
  ExprKind kind = ExprKind::kLiteral;
  Position pos;
  uint32_t depth = 1;  // of the tree below
  BinaryOp op = BinaryOp::kAdd;
  std::string name;
  Value literal;
  std::vector<ExprPtr> operands;
  std::vector<Comparison> comparisons;
  std::unique_ptr<Arguments> arguments;
};

// What can be assigned to: a name, an attribute of a namespace, or several of them.
struct Target {
  Position pos;
  std::string name;
  std::string attribute;        // not empty: of the namespace `name`
  std::vector<Target> targets;  // not empty: unpacked, the name is unused
  bool is_tuple = false;
};

struct Stmt;
using Body = std::vector<std::unique_ptr<Stmt>>;

struct Macro {
  std::string name;
  std::vector<std::string> parameters;
  std::vector<ExprPtr> defaults;  // of the last parameters
  Body body;
  bool uses_caller = false;
  bool uses_varargs = false;
  bool uses_kwargs = false;
};

enum class StmtKind : uint8_t {
  kData,      // text
  kPrint,     // expr
  kIf,        // branches: condition and body; a null condition: else
  kFor,       // target, expr, condition, body, other
  kSet,       // target, expr
  kSetBlock,  // target, body, expr: filters or null
  kMacro,     // macro
  kCall,      // expr: the call; macro: the caller
  kFilter,    // expr: filters, body
  kWith,      // assignments, body
  kScope,     // body
  kBreak,
  kContinue,
};

struct Stmt {
  StmtKind kind = StmtKind::kData;
  Position pos;
  Value text;
  ExprPtr expr;
  ExprPtr condition;
  Target target;
  bool recursive = false;
  Body body;
  Body other;
  std::vector<std::pair<ExprPtr, Body>> branches;
  std::vector<std::pair<Target, ExprPtr>> assignments;
  std::unique_ptr<Macro> macro;
};

}  // namespace wasmchord::chat
