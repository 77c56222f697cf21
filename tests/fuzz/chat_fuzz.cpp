// Any text as a chat template: no crash, nothing beyond the limits, the same answer twice, marks that lie in the text.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "src/capi/chat_json.h"
#include "src/chat/template.h"

namespace wasmchord {
namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

constexpr const char* kVariables = R"({"messages": [{"role": "system", "content": "Be brief."},
  {"role": "user", "content": " H\u00e9llo <|im_end|>, 2 + 2? "}, {"role": "assistant", "content": "4", "tool_calls":
  [{"type": "function", "function": {"name": "f", "arguments": {"x": 1.5, "y": [true, null, -3]}}}]}],
  "tools": [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}],
  "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": true})";

Result<chat::Rendering> render(const chat::Template& compiled, bool immutable) {
  static const nlohmann::ordered_json variables = nlohmann::ordered_json::parse(kVariables);
  chat::RenderOptions options;
  options.immutable = immutable;
  options.limits.max_steps = 20'000;
  options.limits.max_memory_bytes = 1 << 20;
  options.limits.max_output_bytes = 1 << 18;
  chat::Heap heap(options.limits);
  WC_ASSIGN(const chat::Value value, capi::to_value(&heap, variables, capi::Origin::kContent));
  return compiled.render(value, options, &heap);
}

void check(const chat::Template& compiled, bool immutable) {
  const Result<chat::Rendering> first = render(compiled, immutable);
  const Result<chat::Rendering> second = render(compiled, immutable);
  require(first.status().code() == second.status().code(), "the same verdict twice");
  require(first.status().message() == second.status().message(), "the same message twice");
  if (!first) {
    require(first.status().message().rfind("line ", 0) == 0, "a failure has a place");
    return;
  }
  require(first->text == second->text, "the same text twice");
  require(first->text.size() <= (1 << 18) + (1 << 16), "the output is limited");
  size_t end = 0;
  for (const chat::Mark& mark : first->content) {
    require(mark.begin >= end && mark.begin < mark.end && mark.end <= first->text.size(),
            "marks lie in the text in order");
    end = mark.end;
  }
}

}  // namespace
}  // namespace wasmchord

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wasmchord;
  const std::string source(reinterpret_cast<const char*>(data), size);
  const auto compiled = chat::Template::compile(source);
  if (!compiled) {
    require(compiled.status().code() == Code::kBadTemplate, "what does not compile is a bad template");
    return 0;
  }
  check(**compiled, true);
  check(**compiled, false);
  return 0;
}
