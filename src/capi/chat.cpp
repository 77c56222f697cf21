// Conversations to prompts: the model's chat template over messages, as text or as ids.
#include <ctime>

#include "src/capi/chat_json.h"
#include "src/capi/inspect.h"
#include "src/capi/marshal.h"
#include "src/chat/builtin_templates.h"
#include "src/chat/utf8.h"

using namespace wasmchord;
using namespace wasmchord::capi;

namespace {

using nlohmann::ordered_json;

struct ChatOptions {
  std::string chosen;  // a name or a source; empty: the model's own
  bool add_generation_prompt = true;
  bool parse_special_in_content = false;
  ordered_json variables = ordered_json::object();
  std::time_t now = 0;
};

struct Prompt {
  chat::Rendering rendering;
  bool parse_special_in_content = false;
};

Status wrong_option(const std::string& key, const char* wanted) {
  return Status(Code::kInvalidArgument, "the option \"" + key + "\" is not " + wanted);
}

Status read_option(const std::string& key, const ordered_json& value, ChatOptions* out) {
  if (key == "template") {
    if (!value.is_string()) return wrong_option(key, "a string");
    out->chosen = value.get<std::string>();
  } else if (key == "add_generation_prompt" || key == "parse_special_in_content") {
    if (!value.is_boolean()) return wrong_option(key, "true or false");
    (key[0] == 'a' ? out->add_generation_prompt : out->parse_special_in_content) = value.get<bool>();
  } else if (key == "variables") {
    if (!value.is_object()) return wrong_option(key, "an object");
    out->variables = value;
  } else if (key == "now") {
    if (!value.is_number_integer()) return wrong_option(key, "an integer");
    out->now = static_cast<std::time_t>(value.get<int64_t>());
  } else {
    return Status(Code::kUnknownOption, "there is no option \"" + key + "\"");
  }
  return Status::ok();
}

Status read_options(std::string_view text, ChatOptions* out) {
  out->now = std::time(nullptr);
  if (text.empty()) return Status::ok();
  WC_ASSIGN(const ordered_json json, parse_json(text, "options"));
  if (!json.is_object()) return invalid_argument("options is not a JSON object");
  for (const auto& [key, value] : json.items()) WC_TRY(read_option(key, value, out));
  return Status::ok();
}

std::string_view file_template(const Model& model, const std::string& variant) {
  const std::string key = variant.empty() ? "tokenizer.chat_template" : "tokenizer.chat_template." + variant;
  return text_or_empty(model.header().metadata, key);
}

// The source that the options ask for.
Result<std::string> choose_template(const Model& model, const ChatOptions& options, bool has_tools) {
  if (!options.chosen.empty()) {
    if (options.chosen.find("{{") != std::string::npos || options.chosen.find("{%") != std::string::npos) {
      return options.chosen;
    }
    for (const std::string_view source :
         {chat::builtin_template(options.chosen), file_template(model, options.chosen)}) {
      if (!source.empty()) return std::string(source);
    }
  } else {
    std::string_view source = has_tools ? file_template(model, "tool_use") : std::string_view();
    if (source.empty()) source = file_template(model, {});
    if (!source.empty()) return std::string(source);
  }
  std::string names;
  for (size_t i = 0; const char* name = chat::builtin_template_name(i); ++i)
    names += (i > 0 ? ", " : "") + std::string(name);
  const std::string what =
      options.chosen.empty() ? "the model has no chat template" : "there is no chat template " + options.chosen;
  return Status(Code::kNotFound, what + "; the built-in ones are " + names);
}

// Local time where the system knows it.
std::tm broken_down(std::time_t now) {
  std::tm time = {};
#if defined(_WIN32)
  localtime_s(&time, &now);
#else
  localtime_r(&now, &time);
#endif
  return time;
}

void set_token(chat::Heap* heap, chat::Dict* variables, const Tokenizer& tokenizer, const char* name, TokenId id) {
  std::string text = id == kNoToken ? std::string() : std::string(tokenizer.piece(id));
  if (!chat::utf8::is_valid(text)) text.clear();
  chat::dict_set(heap, variables, chat::make_text(heap, name), chat::make_text(heap, std::move(text)));
}

Result<chat::Value> make_variables(const Model& model, chat::Heap* heap, const ordered_json& messages,
                                   const ordered_json& tools, const ChatOptions& options) {
  const chat::Value variables = chat::make_dict(heap);
  const auto set = [&](const char* name, chat::Value value) {
    chat::dict_set(heap, &variables.dict(), chat::make_text(heap, name), std::move(value));
  };
  WC_ASSIGN(chat::Value message_list, to_value(heap, messages, Origin::kContent));
  set("messages", std::move(message_list));
  WC_ASSIGN(chat::Value tool_list, to_value(heap, tools, Origin::kContent));
  set("tools", std::move(tool_list));
  set("add_generation_prompt", chat::Value::boolean(options.add_generation_prompt));
  const Tokenizer& tokenizer = model.tokenizer();
  set_token(heap, &variables.dict(), tokenizer, "bos_token", tokenizer.bos());
  set_token(heap, &variables.dict(), tokenizer, "eos_token", tokenizer.eos());
  set_token(heap, &variables.dict(), tokenizer, "pad_token", tokenizer.pad());
  set_token(heap, &variables.dict(), tokenizer, "unk_token", tokenizer.unk());
  WC_ASSIGN(const chat::Value extra, to_value(heap, options.variables, Origin::kTrusted));
  for (const auto& [key, value] : extra.dict().entries) chat::dict_set(heap, &variables.dict(), key, value);
  return variables;
}

Result<ordered_json> read_list(std::string_view text, const char* what) {
  WC_ASSIGN(ordered_json json, parse_json(text, what));
  if (!json.is_array()) return invalid_argument((std::string(what) + " is not a JSON array").c_str());
  return json;
}

Status render(const wc_model& model, const wc_chat_request* in, Prompt* out) {
  if (in == nullptr) return invalid_argument("the request is NULL");
  wc_chat_request request;
  WC_TRY(read_struct(in, wc_chat_request(WC_CHAT_REQUEST_INIT), &request));
  std::string_view messages_text;
  std::string_view tools_text;
  std::string_view options_text;
  WC_TRY(read_text(request.messages.data, request.messages.size, &messages_text));
  WC_TRY(read_text(request.tools.data, request.tools.size, &tools_text));
  WC_TRY(read_text(request.options.data, request.options.size, &options_text));
  ChatOptions options;
  WC_TRY(read_options(options_text, &options));
  WC_ASSIGN(const ordered_json messages, read_list(messages_text, "messages"));
  ordered_json tools;
  if (!tools_text.empty()) {
    WC_ASSIGN(tools, read_list(tools_text, "tools"));
  }
  WC_ASSIGN(const std::string source, choose_template(*model.model, options, !tools.empty()));
  WC_ASSIGN(const std::shared_ptr<const chat::Template> compiled, model.templates->get(source));
  chat::RenderOptions render_options;
  render_options.now = broken_down(options.now);
  chat::Heap heap(render_options.limits);
  WC_ASSIGN(const chat::Value variables, make_variables(*model.model, &heap, messages, tools, options));
  WC_ASSIGN(out->rendering, compiled->render(variables, render_options, &heap));
  out->parse_special_in_content = options.parse_special_in_content;
  return Status::ok();
}

Status encode(const Tokenizer& tokenizer, const Prompt& prompt, std::vector<TokenId>* ids) {
  std::vector<TextRange> plain;
  if (!prompt.parse_special_in_content) {
    for (const chat::Mark& mark : prompt.rendering.content) plain.push_back({mark.begin, mark.end});
  }
  WC_TRY(tokenizer.encode(prompt.rendering.text, {.add_special = false, .parse_special = true, .plain = plain}, ids));
  const bool misses_bos =
      tokenizer.add_bos() && tokenizer.bos() != kNoToken && (ids->empty() || ids->front() != tokenizer.bos());
  if (misses_bos) ids->insert(ids->begin(), tokenizer.bos());
  return Status::ok();
}

}  // namespace

wc_status wc_chat_apply(const wc_model* model, const wc_chat_request* request, char* buffer, size_t capacity,
                        size_t* needed) {
  return guarded(model, [&]() -> Status {
    WC_TRY(check_buffer(buffer, capacity, needed));
    Prompt prompt;
    WC_TRY(render(*model, request, &prompt));
    return copy_out(std::span<const char>(prompt.rendering.text), buffer, capacity, needed);
  });
}

wc_status wc_chat_encode(const wc_model* model, const wc_chat_request* request, int32_t* ids, size_t capacity,
                         size_t* n) {
  return guarded(model, [&]() -> Status {
    WC_TRY(check_buffer(ids, capacity, n));
    Prompt prompt;
    WC_TRY(render(*model, request, &prompt));
    std::vector<TokenId> encoded;
    WC_TRY(encode(model->model->tokenizer(), prompt, &encoded));
    return copy_out(std::span<const TokenId>(encoded), ids, capacity, n);
  });
}

const char* wc_chat_template_name(size_t index) { return chat::builtin_template_name(index); }
