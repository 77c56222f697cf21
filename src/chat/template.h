// Chat templates: Jinja as Hugging Face's tokenizers run it (Jinja2 3.1 with trim_blocks, lstrip_blocks, loop controls,
// the generation tag, in an immutable sandbox), with limits.
#pragma once

#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/chat/limits.h"
#include "src/chat/value.h"

namespace wasmchord::chat {

struct RenderOptions {
  Limits limits;
  bool immutable = true;  // methods that change a list or dictionary are forbidden, as Hugging Face does
  std::tm now = {};       // what strftime_now() tells
};

struct Rendering {
  std::string text;
  std::vector<Mark> content;  // bytes that came from the conversation
};

// Immutable; may be rendered by several threads at once.
class Template {
 public:
  // kBadTemplate with line and column: not Jinja, not UTF-8, too large, nested too deep.
  static Result<std::shared_ptr<const Template>> compile(std::string_view source);
  ~Template();

  // `variables`: a dictionary made with `heap`. kTemplateFailed, kTemplateRefused (raise_exception) and kTemplateLimit,
  // with line and column.
  Result<Rendering> render(const Value& variables, const RenderOptions& options, Heap* heap) const;

 private:
  struct Tree;
  explicit Template(std::unique_ptr<const Tree> tree);
  std::unique_ptr<const Tree> tree_;
};

}  // namespace wasmchord::chat
