// Which tokens begin, end and pad a text, and whether a tokenizer adds them.
#include <algorithm>
#include <array>

#include "src/gguf/quote.h"
#include "tools/convert/vocabulary.h"

namespace wasmchord::tools {
namespace {

// Names in GGUF ("seperator" is the format's own spelling) and in the JSON files.
constexpr std::array<std::pair<const char*, const char*>, 7> kNames = {{{"bos", "bos"},
                                                                        {"eos", "eos"},
                                                                        {"unknown", "unk"},
                                                                        {"seperator", "sep"},
                                                                        {"padding", "pad"},
                                                                        {"cls", "cls"},
                                                                        {"mask", "mask"}}};

// A text, or an object with a "content".
std::optional<std::string> token_text(const JsonObject& object, const std::string& key) {
  const Json* value = object.find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_object()) return object.object(key).find_string("content");
  return object.find_string(key);
}

// One id or a list of them.
std::vector<uint32_t> token_ids(const JsonObject& object, const std::string& key) {
  const Json* value = object.find(key);
  if (value == nullptr) return {};
  const Json list = value->is_array() ? *value : Json::array({*value});
  std::vector<uint32_t> ids;
  for (const Json& id : list) {
    // -1 stands for "none" in some files.
    if (id.is_number_integer() && !id.is_number_unsigned()) continue;
    if (!id.is_number_unsigned() || id.get<uint64_t>() > UINT32_MAX) object.fail(key, "is no token id");
    ids.push_back(id.get<uint32_t>());
  }
  return ids;
}

class SpecialTokens {
 public:
  SpecialTokens(const TokenizerFiles& files, Vocabulary* vocabulary)
      : files_(files),
        v_(*vocabulary),
        config_(files.config, "tokenizer_config.json"),
        special_(files.special_map, "special_tokens_map.json"),
        model_(files.model_config, "config.json"),
        generation_(files.generation_config, "generation_config.json"),
        index_(v_.index()) {}

  void apply() {
    for (const auto& [name, json_name] : kNames) read_id(name, json_name);
    std::erase_if(v_.ids, [this](const auto& entry) { return entry.second >= v_.tokens.size(); });
    read_end_of_turn();
    read_added();
  }

 private:
  void read_id(const char* name, const std::string& json_name) {
    for (const JsonObject* object : {&config_, &special_}) {
      const auto text = token_text(*object, json_name + "_token");
      if (!text || text->empty()) continue;
      const auto found = index_.find(*text);
      if (found == index_.end()) {
        v_.notes.push_back(object->file() + ": " + json_name + "_token " + gguf::quote(*text) +
                           " is not in the vocabulary");
        continue;
      }
      v_.ids[name] = found->second;
      return;
    }
    if (v_.ids.contains(name)) return;
    for (const JsonObject* object : {&model_, &generation_}) {
      const std::vector<uint32_t> ids = token_ids(*object, json_name + "_token_id");
      if (ids.empty()) continue;
      if (ids[0] >= v_.tokens.size()) object->fail(json_name + "_token_id", "is outside of the vocabulary");
      v_.ids[name] = ids[0];
      return;
    }
  }

  // Further tokens that end generation: GGUF has a place for one, readers know the usual others by their text.
  void read_end_of_turn() {
    std::vector<uint32_t> ids = token_ids(generation_, "eos_token_id");
    if (ids.empty()) ids = token_ids(model_, "eos_token_id");
    const auto eos = v_.ids.find("eos");
    for (const uint32_t id : ids) {
      if (id < v_.tokens.size() && (eos == v_.ids.end() || id != eos->second)) v_.ids["eot"] = id;
    }
  }

  // By tokenizer.json where it is the tokenizer, else by tokenizer_config.json. Where neither says anything,
  // SentencePiece models begin with BOS, as the classes of this family do, and byte-level ones do not.
  void read_added() {
    const auto by_template = template_flags();
    const bool template_first = v_.model == "gpt2";
    const auto decide = [&](const char* name, std::optional<bool> of_template, bool usual) {
      const auto of_config = from_config(name);
      const auto first = template_first ? of_template : of_config, second = template_first ? of_config : of_template;
      return first.value_or(second.value_or(usual)) && v_.ids.contains(name);
    };
    using Flag = std::optional<bool>;
    v_.add_bos = decide("bos", by_template ? Flag(by_template->first) : Flag(), v_.model == "llama");
    v_.add_eos = decide("eos", by_template ? Flag(by_template->second) : Flag(), false);
  }

  std::optional<bool> from_config(const char* name) const {
    return config_.find_boolean(std::string("add_") + name + "_token");
  }

  // Whether a text alone gets BOS before and EOS behind it by the "TemplateProcessing" of tokenizer.json.
  std::optional<std::pair<bool, bool>> template_flags() const {
    const JsonObject tokenizer(files_.tokenizer, kTokenizerFile);
    const Json* processor = tokenizer.find("post_processor");
    if (processor == nullptr || !processor->is_object()) return std::nullopt;
    std::vector<const Json*> steps = {processor};
    const JsonObject object(*processor, kTokenizerFile, "post_processor.");
    if (const Json* inner = object.find("processors"); inner != nullptr && inner->is_array()) {
      for (const Json& step : *inner) steps.push_back(&step);
    }
    for (const Json* step : steps) {
      const JsonObject template_step(*step, kTokenizerFile, "post_processor.");
      if (template_step.find_string("type") != "TemplateProcessing") continue;
      const Json* single = template_step.find("single");
      if (single == nullptr || !single->is_array() || single->empty()) template_step.fail("single", "is no list");
      return std::pair(is_special(single->front(), "bos"), is_special(single->back(), "eos"));
    }
    return std::nullopt;
  }

  bool is_special(const Json& step, const char* name) const {
    const JsonObject special = JsonObject(step, kTokenizerFile, "post_processor.single.").object("SpecialToken");
    const auto text = special.find_string("id");
    const auto id = v_.ids.find(name);
    return text && id != v_.ids.end() && v_.tokens[id->second] == *text;
  }

  const TokenizerFiles& files_;
  Vocabulary& v_;
  JsonObject config_, special_, model_, generation_;
  std::unordered_map<std::string_view, uint32_t> index_;
};

}  // namespace

void apply_special_tokens(const TokenizerFiles& files, Vocabulary* vocabulary) {
  SpecialTokens(files, vocabulary).apply();
}

}  // namespace wasmchord::tools
