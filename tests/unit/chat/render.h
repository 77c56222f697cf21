// Renders a template over variables given as JSON.
#pragma once

#include <string>
#include <string_view>

#include "src/capi/chat_json.h"
#include "src/chat/template.h"

namespace wasmchord::chat_testing {

struct Outcome {
  Status status;
  std::string text;
  std::vector<chat::Mark> content;
};

inline Outcome render_json(std::string_view source, const nlohmann::ordered_json& variables,
                           chat::RenderOptions options = {}, capi::Origin origin = capi::Origin::kTrusted) {
  Result<std::shared_ptr<const chat::Template>> compiled = chat::Template::compile(source);
  if (!compiled) return {compiled.status(), {}, {}};
  chat::Heap heap(options.limits);
  Result<chat::Value> value = capi::to_value(&heap, variables, origin);
  if (!value) return {value.status(), {}, {}};
  Result<chat::Rendering> rendering = (*compiled)->render(*value, options, &heap);
  if (!rendering) return {rendering.status(), {}, {}};
  return {Status::ok(), rendering->text, rendering->content};
}

inline Outcome render(std::string_view source, std::string_view variables = "{}",
                      const chat::RenderOptions& options = {}) {
  return render_json(source, nlohmann::ordered_json::parse(variables), options);
}

}  // namespace wasmchord::chat_testing
