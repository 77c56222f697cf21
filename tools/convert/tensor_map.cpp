#include "tools/convert/tensor_map.h"

#include <algorithm>
#include <map>

#include "src/gguf/quote.h"

namespace wasmchord::tools {
namespace {

constexpr uint64_t kMaxVocab = uint64_t{1} << 22;
// What stands before the names of the rules: of the model inside of a model, and of the one that reads text.
constexpr std::string_view kPrefixes[] = {"language_model.", "model.", "transformer."};
// What sees and hears, and buffers that are computed anew.
constexpr std::string_view kIgnoredPrefixes[] = {"vision_tower.", "multi_modal_projector."};
constexpr std::string_view kIgnoredSuffixes[] = {".rotary_emb.inv_freq", ".attn.bias", ".attn.masked_bias"};

std::string_view without_prefixes(std::string_view name) {
  for (bool again = true; again;) {
    again = false;
    for (const std::string_view prefix : kPrefixes) {
      if (!name.starts_with(prefix)) continue;
      name.remove_prefix(prefix.size());
      again = true;
    }
  }
  return name;
}

bool is_ignored(std::string_view name) {
  return std::ranges::any_of(kIgnoredPrefixes, [name](std::string_view part) { return name.starts_with(part); }) ||
         std::ranges::any_of(kIgnoredSuffixes, [name](std::string_view part) { return name.ends_with(part); });
}

std::string of_layer(std::string_view pattern, uint32_t layer) {
  const size_t at = pattern.find("{}");
  if (at == pattern.npos) return std::string(pattern);
  return std::string(pattern.substr(0, at)) + std::to_string(layer) + std::string(pattern.substr(at + 2));
}

std::string shape_text(const std::vector<uint64_t>& shape) {
  std::string text;
  for (const uint64_t extent : shape) text += (text.empty() ? "[" : ", ") + std::to_string(extent);
  return text.empty() ? "[]" : text + "]";
}

class Mapper {
 public:
  Mapper(const Checkpoint& checkpoint, ModelDescription* model) : model_(*model) {
    for (const auto& [name, stored] : checkpoint.tensors()) {
      const std::string_view inner = without_prefixes(name);
      if (is_ignored(inner)) continue;
      const auto [place, is_new] = names_.emplace(inner, Entry{&name, &stored});
      if (!is_new) {
        fail_in(stored.file,
                "tensors " + gguf::quote(name) + " and " + gguf::quote(*place->second.name) + " stand for the same");
      }
    }
    file_ = checkpoint.tensors().empty() ? "model.safetensors" : checkpoint.tensors().begin()->second.file;
  }

  std::vector<MappedTensor> map() {
    for (const TensorRule& rule : model_.architecture->rules) {
      if (rule.target == "token_embd") read_vocab(rule);
    }
    for (auto& [name, values] : model_.tensors) {
      MappedTensor tensor;
      tensor.name = name;
      tensor.shape = Shape::of(values.size());
      tensor.values = std::move(values);
      mapped_.push_back(std::move(tensor));
    }
    const auto& rules = model_.architecture->rules;
    const auto is_layered = [](const TensorRule& rule) { return rule.source.find("{}") != rule.source.npos; };
    const auto first = std::ranges::find_if(rules, is_layered);
    const auto last = std::find_if_not(first, rules.end(), is_layered);
    std::for_each(rules.begin(), first, [this](const TensorRule& rule) { apply(rule, 0); });
    for (uint32_t layer = 0; layer < model_.dimensions.layers; ++layer) {
      std::for_each(first, last, [this, layer](const TensorRule& rule) { apply(rule, layer); });
    }
    std::for_each(last, rules.end(), [this](const TensorRule& rule) { apply(rule, 0); });
    refuse_rest();
    return std::move(mapped_);
  }

 private:
  struct Entry {
    const std::string* name;
    const StoredTensor* stored;
    bool used = false;
  };

  void read_vocab(const TensorRule& rule) {
    const auto found = names_.find(std::string(rule.source) + ".weight");
    if (found == names_.end()) return;  // said by apply()
    const std::vector<uint64_t>& shape = found->second.stored->shape;
    if (shape.size() != 2 || shape[0] == 0 || shape[0] > kMaxVocab) {
      fail_in(found->second.stored->file,
              "tensor " + gguf::quote(*found->second.name) + " has shape " + shape_text(shape));
    }
    model_.dimensions.vocab = static_cast<uint32_t>(shape[0]);
  }

  void apply(const TensorRule& rule, uint32_t layer) {
    const std::string source = of_layer(rule.source, layer), target = of_layer(rule.target, layer);
    const bool is_output = rule.target == "output";
    Presence weight = rule.weight;
    if (is_output && model_.must_be_untied) weight = Presence::kRequired;
    const bool skip = is_output && model_.tied;
    const bool found = map_one(rule, source + ".weight", target + ".weight", weight, skip);
    TensorRule vector = rule;
    vector.cols = Extent::kNone;
    if (rule.transform == Transform::kTranspose || rule.transform == Transform::kAddOne) {
      vector.transform = Transform::kNone;
    }
    // No bias without its weight.
    map_one(vector, source + ".bias", target + ".bias", found || skip ? rule.bias : Presence::kNever, false);
  }

  bool map_one(const TensorRule& rule, const std::string& source, const std::string& target, Presence presence,
               bool skip) {
    const auto found = presence == Presence::kNever ? names_.end() : names_.find(source);
    if (found == names_.end()) {
      if (presence == Presence::kRequired) fail_in(file_, "tensor " + gguf::quote(source) + " is missing");
      return false;
    }
    found->second.used = true;
    if (!skip) mapped_.push_back(map_entry(rule, found->second, target));
    return !skip;
  }

  MappedTensor map_entry(const TensorRule& rule, const Entry& entry, const std::string& target) const {
    const StoredTensor& stored = *entry.stored;
    const std::string what = "tensor " + gguf::quote(*entry.name);
    if (!stored.dtype) {
      fail_in(stored.file, what + " has type " + stored.type + "; F32, F16 and BF16 can be converted");
    }
    const Dimensions& d = model_.dimensions;
    const uint64_t rows = extent_of(rule.rows, d), cols = extent_of(rule.cols, d);
    std::vector<uint64_t> expected = {rows, cols};
    if (rule.cols == Extent::kNone) expected = {rows};
    if (rule.transform == Transform::kTranspose) expected = {cols, rows};
    if (stored.shape != expected) {
      fail_in(stored.file,
              what + " has shape " + shape_text(stored.shape) + ", config.json asks for " + shape_text(expected));
    }
    MappedTensor tensor;
    tensor.name = target;
    tensor.shape = rule.cols == Extent::kNone ? Shape::of(rows) : Shape::of(cols, rows);
    tensor.stored = &stored;
    tensor.transform = rule.transform;
    tensor.heads = rule.transform == Transform::kPairKeys ? d.kv_heads : d.heads;
    return tensor;
  }

  void refuse_rest() const {
    for (const auto& [inner, entry] : names_) {
      if (entry.used) continue;
      fail_in(entry.stored->file, "tensor " + gguf::quote(*entry.name) + " is not known for architecture " +
                                      std::string(model_.architecture->name) + " with " +
                                      std::to_string(model_.dimensions.layers) + " layers");
    }
  }

  ModelDescription& model_;
  std::map<std::string, Entry> names_;
  std::string file_;
  std::vector<MappedTensor> mapped_;
};

}  // namespace

DType MappedTensor::dtype() const {
  return stored == nullptr || transform == Transform::kAddOne ? DType::kF32 : *stored->dtype;
}

std::vector<MappedTensor> map_tensors(const Checkpoint& checkpoint, ModelDescription* model) {
  return Mapper(checkpoint, model).map();
}

}  // namespace wasmchord::tools
