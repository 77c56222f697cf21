#include "tools/convert/model_config.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "src/gguf/quote.h"

namespace wasmchord::tools {
namespace {

constexpr const char* kConfigFile = "config.json";
constexpr uint32_t kMaxLayers = 4096;

const Architecture& require_architecture(const Json& config) {
  const JsonObject object(config, kConfigFile);
  const Json* classes = object.find("architectures");
  if (classes == nullptr || !classes->is_array() || classes->size() != 1 || !classes->front().is_string()) {
    object.fail("architectures", "does not name one class");
  }
  const auto name = classes->front().get<std::string>();
  const Architecture* architecture = find_architecture(name);
  if (architecture == nullptr) {
    object.fail("architectures",
                "is " + gguf::quote(name) + ", which cannot be converted; there are " + known_classes());
  }
  return *architecture;
}

// The part about text, over the defaults. An explicit null stays.
Json complete_config(const Json& config, const Architecture& architecture) {
  Json complete = Json::parse(architecture.defaults);
  complete.update(config);
  if (const auto text = config.find("text_config"); text != config.end() && text->is_object()) complete.update(*text);
  return complete;
}

Dimensions read_dimensions(const JsonObject& config, const Architecture& architecture) {
  const ConfigKeys& keys = architecture.keys;
  Dimensions d;
  d.layers = config.count(keys.layers);
  if (d.layers > kMaxLayers) config.fail(keys.layers, "is beyond any model's");
  d.width = config.count(keys.width);
  d.heads = config.count(keys.heads);
  d.kv_heads = config.has(keys.kv_heads) ? config.count(keys.kv_heads) : d.heads;
  if (d.heads % d.kv_heads != 0) config.fail(keys.kv_heads, "does not divide the number of heads");
  d.context = config.count(keys.context);
  const bool is_gpt2 = architecture.name == "gpt2";
  d.inner = is_gpt2 && !config.has(keys.inner) ? 4 * d.width : config.count(keys.inner);
  if (!is_gpt2 && config.has("head_dim")) {
    d.head_dim = config.count("head_dim");
  } else {
    if (d.width % d.heads != 0) config.fail(keys.heads, "does not divide " + std::string(keys.width));
    d.head_dim = d.width / d.heads;
  }
  return d;
}

void add_sizes(const JsonObject& config, ModelDescription* model) {
  const Dimensions& d = model->dimensions;
  const std::string arch = std::string(model->architecture->name) + ".";
  MetadataList& keys = model->keys;
  keys.add(arch + "context_length", d.context);
  keys.add(arch + "embedding_length", d.width);
  keys.add(arch + "block_count", d.layers);
  keys.add(arch + "feed_forward_length", d.inner);
  keys.add(arch + "attention.head_count", d.heads);
  keys.add(arch + "attention.head_count_kv", d.kv_heads);
  if (uint64_t{d.head_dim} * d.heads != d.width) {
    keys.add(arch + "attention.key_length", d.head_dim);
    keys.add(arch + "attention.value_length", d.head_dim);
  }
  const char* eps_key = model->architecture->keys.eps;
  const auto eps = config.find_number(eps_key);
  if (!eps || !(*eps > 0)) config.fail(eps_key, "is not above 0");
  keys.add(arch + (model->architecture->rms_norm ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"),
           static_cast<float>(*eps));
}

}  // namespace

ModelDescription describe_model(const Json& config) {
  ModelDescription model;
  model.architecture = &require_architecture(config);
  const Json complete = complete_config(config, *model.architecture);
  const JsonObject object(complete, kConfigFile);
  model.dimensions = read_dimensions(object, *model.architecture);
  const auto tied = object.find_boolean("tie_word_embeddings");
  model.tied = tied.value_or(model.architecture->tied);
  model.must_be_untied = tied && !*tied;
  add_sizes(object, &model);
  if (model.architecture->uses_rope) describe_rope(object, &model);
  model.architecture->add_keys(object, model.dimensions, &model.keys);
  return model;
}

}  // namespace wasmchord::tools
