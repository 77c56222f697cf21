#include "tools/cli/prompt.h"

#include <CLI/CLI.hpp>

#include "tools/cli/io.h"

namespace wasmchord::cli {

void add_prompt_options(CLI::App& command, PromptOptions* options) {
  auto* text = command.add_option("-p,--prompt", options->text, "The text")->type_name("TEXT");
  command.add_option("-f,--file", options->file, "Take the text from a file (default: standard input)")
      ->excludes(text)
      ->type_name("FILE");
}

std::string read_prompt(const PromptOptions& options) {
  if (options.text) {
    return *options.text;
  }
  return options.file.empty() ? read_stdin() : read_file(options.file);
}

std::vector<int32_t> encode_built_in_turn(const Engine& engine, std::string_view text) {
  std::vector<int32_t> ids = engine.encode("<|user|>\n", WC_ENCODE_ADD_SPECIAL | WC_ENCODE_PARSE_SPECIAL);
  const std::vector<int32_t> turn = engine.encode(text, 0);
  const std::vector<int32_t> tail = engine.encode("<|end|>\n<|assistant|>\n", WC_ENCODE_PARSE_SPECIAL);
  ids.insert(ids.end(), turn.begin(), turn.end());
  ids.insert(ids.end(), tail.begin(), tail.end());
  return ids;
}

}  // namespace wasmchord::cli
