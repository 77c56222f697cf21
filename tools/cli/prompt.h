// Where the text to work on comes from, and how it becomes ids.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cli/engine.h"

namespace wasmchord::cli {

inline constexpr std::string_view kDemoPrompt = "Tell me a story about a fox and a red lantern.";

struct PromptOptions {
  std::optional<std::string> text;
  std::string file;
};

void add_prompt_options(CLI::App& command, PromptOptions* options);

// The text of -p, of -f, or else of standard input, byte for byte.
std::string read_prompt(const PromptOptions& options);

// `text` as one user's turn of the built-in model's chat, ready for the answer. Control tokens spelled out in `text`
// stay text, so that a prompt cannot end the turn or speak for the assistant.
std::vector<int32_t> encode_built_in_turn(const Engine& engine, std::string_view text);

}  // namespace wasmchord::cli
