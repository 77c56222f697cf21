#include "src/chat/template.h"

#include "src/chat/parser.h"
#include "src/chat/renderer.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat {

struct Template::Tree {
  Body body;
};

Template::Template(std::unique_ptr<const Tree> tree) : tree_(std::move(tree)) {}
Template::~Template() = default;

Result<std::shared_ptr<const Template>> Template::compile(std::string_view source) {
  if (source.size() > Limits().max_source_bytes) {
    return Status(Code::kBadTemplate, "the chat template has " + std::to_string(source.size()) + " bytes, at most " +
                                          std::to_string(Limits().max_source_bytes) + " are compiled");
  }
  if (!utf8::is_valid(source)) return Status(Code::kBadTemplate, "the chat template is not UTF-8");
  WC_ASSIGN(std::vector<Token> tokens, tokenize_template(source));
  auto tree = std::make_unique<Tree>();
  WC_ASSIGN(tree->body, Parser(std::move(tokens)).parse());
  return std::shared_ptr<const Template>(new Template(std::move(tree)));
}

Result<Rendering> Template::render(const Value& variables, const RenderOptions& options, Heap* heap) const {
  Renderer renderer(options, heap);
  Result<Value> rendered = renderer.render(tree_->body, variables);
  heap->empty_kept_objects();
  WC_ASSIGN(const Value value, std::move(rendered));
  return Rendering{value.text().bytes, value.text().marks};
}

}  // namespace wasmchord::chat
