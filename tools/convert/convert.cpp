#include "tools/convert/convert.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "tools/convert/checkpoint.h"
#include "tools/convert/model_config.h"
#include "tools/convert/tensor_map.h"
#include "tools/convert/vocabulary.h"
#include "tools/quantize/tensor_writer.h"
#include "tools/quantize/type_options.h"

namespace wasmchord::tools {
namespace {

constexpr uint32_t kQuantizationVersion = 2;  // of the block layouts

// The type of most of the bytes.
std::string stored_type(const std::vector<MappedTensor>& tensors) {
  constexpr std::array<DType, 3> kTypes = {DType::kF16, DType::kBF16, DType::kF32};
  std::array<uint64_t, kTypes.size()> bytes{};
  for (const MappedTensor& tensor : tensors) {
    if (tensor.stored == nullptr) continue;
    const auto place = std::ranges::find(kTypes, *tensor.stored->dtype) - kTypes.begin();
    bytes[static_cast<size_t>(place)] += tensor.stored->bytes.size();
  }
  return std::string(dtype_info(kTypes[static_cast<size_t>(std::ranges::max_element(bytes) - bytes.begin())]).name);
}

ModelFacts facts_of(const ModelDescription& model, const std::vector<MappedTensor>& tensors) {
  ModelFacts facts;
  facts.architecture = model.architecture->name;
  facts.n_layers = model.dimensions.layers;
  facts.n_grouped = model.dimensions.heads / model.dimensions.kv_heads;
  const auto has = [&tensors](const std::string& name) {
    return std::ranges::find(tensors, name, &MappedTensor::name) != tensors.end();
  };
  facts.has_output = has("output.weight");
  for (uint32_t layer = 0; layer < facts.n_layers; ++layer) {
    if (has("blk." + std::to_string(layer) + ".attn_v.weight")) facts.attn_layers.push_back(layer);
  }
  return facts;
}

OutputPlan plan_output(const std::vector<MappedTensor>& tensors, const TypeChooser& chooser) {
  OutputPlan plan;
  for (const MappedTensor& tensor : tensors) {
    bool fell_back = false;
    // What the rules leave alone is small and computed with in F32.
    const DType to = chooser.choose(tensor.name, tensor.shape, &fell_back).value_or(DType::kF32);
    plan.add(tensor.name, tensor.shape, tensor.dtype(), to, fell_back);
  }
  return plan;
}

std::string default_name(const std::filesystem::path& folder) {
  std::error_code error;
  const auto whole = std::filesystem::weakly_canonical(folder, error);
  const std::string name = (error ? folder : whole).filename().string();
  return name.empty() ? "model" : name;
}

MetadataList describe(const ConvertOptions& options, const ModelDescription& model, FileType file_type,
                      std::vector<std::string>* notes) {
  MetadataList keys;
  const std::string arch(model.architecture->name);
  keys.add("general.architecture", arch);
  keys.add("general.type", std::string("model"));
  keys.add("general.name", options.name.empty() ? default_name(options.input) : options.name);
  keys.add("general.file_type", static_cast<uint32_t>(file_type));
  keys.add("general.quantization_version", kQuantizationVersion);
  for (const auto& [key, value] : model.keys.entries()) keys.add(key, value);
  keys.add(arch + ".vocab_size", model.dimensions.vocab);
  add_tokenizer_keys(options.input, model.dimensions.vocab, &keys, notes);
  return keys;
}

void require(const Status& status) {
  if (!status) throw std::runtime_error(status.message());
}

void write_file(const ConvertOptions& options, const MetadataList& keys, const std::vector<MappedTensor>& tensors,
                const QuantizeProgress& progress, ConvertReport* report, const OutputPlan& plan) {
  OutputFile file(options.output);
  GgufWriter out(&file, keys.size(), plan.tensors.size());
  keys.write(&out);
  out.directory(plan.tensors);
  try {
    TensorWriter writer(plan, &out, options.threads, progress);
    for (const MappedTensor& tensor : tensors) require(feed_tensor(tensor, &writer));
  } catch (const Ended&) {
    return;
  }
  file.commit();
  report->file_bytes = file.position();
}

}  // namespace

ConvertReport convert(const ConvertOptions& options, const QuantizeProgress& progress) {
  if (!options.type.empty()) require_recipe(options.type);
  const std::filesystem::path folder = options.input;
  const Checkpoint checkpoint(folder);
  const Json config = read_json_object(folder, "config.json");
  if (config.is_null()) fail_in(options.input, "has no config.json");
  ModelDescription model = describe_model(config);
  const std::vector<MappedTensor> tensors = map_tensors(checkpoint, &model);
  const Recipe recipe = require_recipe(options.type.empty() ? stored_type(tensors) : options.type);
  const OutputPlan plan =
      plan_output(tensors, TypeChooser(recipe, facts_of(model, tensors), require_overrides(options)));
  ConvertReport report{plan.report, std::string(model.architecture->name), std::string(recipe.name), {}};
  const MetadataList keys = describe(options, model, recipe.file_type, &report.notes);
  if (options.dry_run) return report;
  if (checkpoint.has_file(options.output)) {
    throw std::runtime_error(options.output + " is the input; name another file to write");
  }
  write_file(options, keys, tensors, progress, &report, plan);
  return report;
}

std::string convertible_classes() { return known_classes(); }

}  // namespace wasmchord::tools
