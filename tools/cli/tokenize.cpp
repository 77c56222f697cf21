// wasmchord tokenize: text to ids and back.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/cli/commands.h"
#include "tools/cli/engine.h"
#include "tools/cli/io.h"
#include "tools/cli/prompt.h"

namespace wasmchord::cli {
namespace {

struct TokenizeOptions {
  EngineOptions engine;
  PromptOptions prompt;
  bool ids_only = false;
  bool parse_special = false;
  bool no_bos = false;
  bool decode = false;
  bool special = false;
  bool json = false;
};

// A vocabulary entry need not be UTF-8 nor printable.
std::string printable(std::string_view piece) {
  std::string text;
  for (const char letter : piece) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || byte == 0x7f || letter == '\\') {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", byte);
      text += escape;
    } else {
      text += letter;
    }
  }
  return text;
}

std::string_view piece_of(const Engine& engine, int32_t id) {
  wc_string piece = {};
  engine.check(wc_tokenizer_token(engine.tokenizer(), id, &piece, nullptr, nullptr), "cannot look up a token");
  return view(piece);
}

std::string join(const std::vector<int32_t>& ids) {
  std::string line;
  for (const int32_t id : ids) {
    line += (line.empty() ? "" : " ") + std::to_string(id);
  }
  return line + "\n";
}

std::string to_json(const Engine& engine, const std::vector<int32_t>& ids, bool ids_only) {
  nlohmann::ordered_json result;
  result["ids"] = ids;
  if (!ids_only) {
    result["pieces"] = nlohmann::ordered_json::array();
    for (const int32_t id : ids) {
      result["pieces"].push_back(std::string(piece_of(engine, id)));
    }
  }
  return result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string to_lines(const Engine& engine, const std::vector<int32_t>& ids) {
  std::string lines;
  for (const int32_t id : ids) {
    lines += std::to_string(id) + "\t" + printable(piece_of(engine, id)) + "\n";
  }
  return lines;
}

int decode(const Engine& engine, const TokenizeOptions& options, const std::string& input) {
  const std::string text = engine.decode(parse_ids(input), options.special ? WC_DECODE_SPECIAL : 0);
  if (options.json) {
    const nlohmann::ordered_json result = {{"text", text}};
    write_stdout(result.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  } else {
    write_stdout(text);
  }
  return 0;
}

int tokenize(const TokenizeOptions& options) {
  const std::string input = read_prompt(options.prompt);
  const Engine engine(options.engine, WC_LOAD_VOCAB_ONLY, nullptr);
  if (options.decode) {
    return decode(engine, options, input);
  }
  const uint32_t flags =
      (options.no_bos ? 0 : WC_ENCODE_ADD_SPECIAL) | (options.parse_special ? WC_ENCODE_PARSE_SPECIAL : 0);
  const std::vector<int32_t> ids = engine.encode(input, flags);
  if (options.json) {
    write_stdout(to_json(engine, ids, options.ids_only));
  } else {
    write_stdout(options.ids_only ? join(ids) : to_lines(engine, ids));
  }
  return 0;
}

}  // namespace

void add_tokenize(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<TokenizeOptions>();
  CLI::App* command = app.add_subcommand("tokenize", "Turns text into token ids, or ids into text");
  add_engine_options(*command, &options->engine);
  add_prompt_options(*command, &options->prompt);
  command->add_flag("--ids", options->ids_only, "Only the ids, on one line");
  command->add_flag("--parse-special", options->parse_special, "Control tokens spelled out in the text become ids");
  command->add_flag("--no-bos", options->no_bos, "Add no BOS or EOS, whatever the file's own rule");
  auto* decode_flag = command->add_flag("--decode", options->decode, "Read ids, write the text's bytes");
  command->add_flag("--special", options->special, "With --decode: control tokens appear as their text")
      ->needs(decode_flag);
  command->add_flag("--json", options->json, "A JSON object");
  command->callback([options, chosen] { *chosen = [options] { return tokenize(*options); }; });
}

}  // namespace wasmchord::cli
