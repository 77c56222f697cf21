// RoPE in config.json: base, partial rotation and the ways of scaling. Formulas: Transformers, modeling_rope_utils.py.
#include <cmath>
#include <numbers>

#include "src/gguf/quote.h"
#include "tools/convert/model_config.h"

namespace wasmchord::tools {
namespace {

class RopeReader {
 public:
  RopeReader(const JsonObject& config, ModelDescription* model)
      : config_(config),
        scaling_(config.has("rope_parameters") ? parameters(config) : config.object("rope_scaling")),
        model_(*model),
        key_(std::string(model->architecture->name) + ".rope.") {}

  void read() {
    Dimensions& d = model_.dimensions;
    double share = number("partial_rotary_factor", number("rope_pct", 1.0));
    if (!(share > 0 && share <= 1)) config_.fail("partial_rotary_factor", "is not within 0 and 1");
    d.n_rot = static_cast<uint32_t>(share * d.head_dim);
    if (d.n_rot < 2 || d.n_rot % 2 != 0) config_.fail("head_dim", "gives RoPE an odd number of elements");
    base_ = number("rope_theta", 10000.0);
    if (!(base_ > 0)) config_.fail("rope_theta", "is not above 0");
    add("dimension_count", d.n_rot);
    add("freq_base", static_cast<float>(base_));
    read_scaling();
  }

 private:
  // Either flat or by kind of layer.
  static JsonObject parameters(const JsonObject& config) {
    const JsonObject all = config.object("rope_parameters");
    return all.has("full_attention") ? all.object("full_attention") : all;
  }

  double number(const char* key, double fallback) const {
    return scaling_.find_number(key).value_or(config_.find_number(key).value_or(fallback));
  }
  void add(const char* name, MetadataList::Value value) { model_.keys.add(key_ + name, std::move(value)); }

  void read_scaling() {
    const auto named = scaling_.find_string("rope_type");
    const std::string type = named ? *named : scaling_.find_string("type").value_or("default");
    if (type == "default") return;
    if (type == "linear") return add_scaling("linear");
    if (type == "yarn") return read_yarn();
    if (type == "llama3") return read_llama3();
    if (model_.architecture->name == "phi3" && (type == "longrope" || type == "su")) return read_longrope();
    scaling_.fail(named ? "rope_type" : "type", "is " + gguf::quote(type) + ", which is not supported");
  }

  double positive(const char* key) const {
    const auto value = scaling_.find_number(key);
    if (!value || !(*value > 0)) scaling_.fail(key, "is not above 0");
    return *value;
  }

  void add_scaling(const char* type) {
    add("scaling.type", std::string(type));
    add("scaling.factor", static_cast<float>(positive("factor")));
  }

  uint32_t original_context() const {
    for (const JsonObject* object : {&scaling_, &config_}) {
      if (object->has("original_max_position_embeddings")) return object->count("original_max_position_embeddings");
    }
    return model_.dimensions.context;
  }

  void read_yarn() {
    add_scaling("yarn");
    add("scaling.original_context_length", original_context());
    for (const char* key : {"mscale", "mscale_all_dim"}) {
      if (scaling_.has(key)) scaling_.fail(key, "is not supported");
    }
    // Readers multiply by 0.1 ln(factor) + 1 themselves, which is Transformers' default.
    if (const auto attention = scaling_.find_number("attention_factor")) {
      add("scaling.attn_factor", static_cast<float>(*attention / (0.1 * std::log(positive("factor")) + 1.0)));
    }
    if (scaling_.has("beta_fast")) add("scaling.yarn_beta_fast", static_cast<float>(positive("beta_fast")));
    if (scaling_.has("beta_slow")) add("scaling.yarn_beta_slow", static_cast<float>(positive("beta_slow")));
  }

  // Long wavelengths are divided by `factor`, short ones kept, with a ramp between: factors of each pair.
  void read_llama3() {
    const double factor = positive("factor"), low = positive("low_freq_factor"), high = positive("high_freq_factor");
    const double context = original_context();
    if (!(high > low)) scaling_.fail("high_freq_factor", "is not above low_freq_factor");
    std::vector<float> factors;
    for (uint32_t pair = 0; pair < model_.dimensions.n_rot / 2; ++pair) {
      const double wavelength = 2 * std::numbers::pi * std::pow(base_, 2.0 * pair / model_.dimensions.n_rot);
      double divisor = 1.0;
      if (wavelength > context / low) {
        divisor = factor;
      } else if (wavelength >= context / high) {
        const double smooth = (context / wavelength - low) / (high - low);
        divisor = 1.0 / ((1.0 - smooth) / factor + smooth);
      }
      factors.push_back(static_cast<float>(divisor));
    }
    model_.tensors.emplace_back("rope_freqs.weight", std::move(factors));
  }

  void read_longrope() {
    const uint32_t original = original_context();
    add("scaling.type", std::string("longrope"));
    add("scaling.original_context_length", original);
    const double ratio = static_cast<double>(model_.dimensions.context) / original;
    const double usual = ratio <= 1 ? 1.0 : std::sqrt(1 + std::log(ratio) / std::log(original));
    add("scaling.attn_factor", static_cast<float>(scaling_.find_number("attention_factor").value_or(usual)));
    for (const auto& [key, name] : {std::pair{"short_factor", "rope_factors_short.weight"},
                                    std::pair{"long_factor", "rope_factors_long.weight"}}) {
      std::vector<float> factors = scaling_.numbers(key);
      if (factors.size() != model_.dimensions.n_rot / 2) scaling_.fail(key, "needs a number for each pair of a head");
      for (const float factor : factors) {
        if (!(factor > 0) || !std::isfinite(factor)) scaling_.fail(key, "holds a number that is not above 0");
      }
      model_.tensors.emplace_back(name, std::move(factors));
    }
  }

  const JsonObject& config_;
  JsonObject scaling_;
  ModelDescription& model_;
  std::string key_;
  double base_ = 0;
};

}  // namespace

void describe_rope(const JsonObject& config, ModelDescription* model) { RopeReader(config, model).read(); }

}  // namespace wasmchord::tools
