// tokenizer.chat_template: from chat_template.jinja, chat_template.json or tokenizer_config.json.
#include "src/gguf/quote.h"
#include "tools/convert/vocabulary.h"

namespace wasmchord::tools {
namespace {

constexpr const char* kKey = "tokenizer.chat_template";

// [{"name": ..., "template": ...}, ...]; "default" is the one without a name in its key.
void add_named(const JsonObject& config, const Json& list, MetadataList* keys) {
  std::vector<std::string> names;
  for (const Json& element : list) {
    const JsonObject entry(element, config.file(), "chat_template.");
    const auto name = entry.find_string("name"), text = entry.find_string("template");
    if (!name || name->empty()) entry.fail("name", "is missing");
    if (!text) entry.fail("template", "is missing");
    if (*name == "default") {
      keys->add(kKey, *text);
    } else if (name->find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
               name->npos) {
      names.push_back(*name);
      keys->add(std::string(kKey) + "." + *name, *text);
    } else {
      entry.fail("name", "is " + gguf::quote(*name) + ": letters, digits and _ are allowed");
    }
  }
  if (!names.empty()) keys->add("tokenizer.chat_templates", names);
}

bool add_from(const JsonObject& config, MetadataList* keys) {
  const Json* value = config.find("chat_template");
  if (value == nullptr) return false;
  if (value->is_array()) {
    add_named(config, *value, keys);
  } else {
    keys->add(kKey, *config.find_string("chat_template"));
  }
  return true;
}

}  // namespace

void add_chat_templates(const std::filesystem::path& folder, const Json& tokenizer_config, MetadataList* keys) {
  if (const auto text = read_text(folder / "chat_template.jinja")) {
    keys->add(kKey, *text);
    return;
  }
  const Json apart = read_json_object(folder, "chat_template.json");
  if (add_from(JsonObject(apart, "chat_template.json"), keys)) return;
  add_from(JsonObject(tokenizer_config, "tokenizer_config.json"), keys);
}

}  // namespace wasmchord::tools
