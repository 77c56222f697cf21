// From a reader's calls to a Model. What the metadata and the directory can be wrong about is refused in on_header;
// bytes are then only moved.
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "src/model/arch.h"
#include "src/model/model.h"

namespace wasmchord {
namespace {

// Parts of layers that change the result. A file that has one asks for something this architecture does not do here.
constexpr std::string_view kMeaningfulParts[] = {
    "attn_q_norm",       "attn_k_norm",    "attn_norm_2",  "attn_sub_norm",  "attn_sinks",          "attn_qkv",
    "attn_kv_a",         "attn_kv_b",      "ffn_sub_norm", "ffn_norm_exps",  "post_attention_norm", "post_ffw_norm",
    "post_norm",         "ffn_gate_shexp", "ffn_up_shexp", "ffn_down_shexp", "exp_probs_b",         "ssm_",
    "layer_output_norm", "ffn_act"};

// "blk.3.attn_q_norm.weight" → whether its third part is one of those.
bool changes_result(std::string_view tensor) {
  if (tensor.substr(0, 4) != "blk.") return false;
  const size_t dot = tensor.find('.', 4);
  if (dot == std::string_view::npos) return false;
  const std::string_view part = tensor.substr(dot + 1);
  return std::any_of(std::begin(kMeaningfulParts), std::end(kMeaningfulParts),
                     [&](std::string_view known) { return part.substr(0, known.size()) == known; });
}

uint64_t blocks_of(const gguf::TensorInfo& info) { return info.n_bytes / dtype_info(info.dtype).block_bytes; }

}  // namespace

struct ModelLoader::State {
  std::shared_ptr<Backend> backend;
  ModelLoadOptions options;
  std::shared_ptr<Model> model = std::make_shared<Model>();
  const ArchDef* arch = nullptr;
  WeightList needed;
  std::unordered_map<std::string, WeightId> weights;             // complete ones
  std::unordered_map<std::string, std::vector<std::byte>> host;  // of WeightSpec::on_host
  WeightId current = kNoWeight;                                  // being written
  uint64_t embedding_bytes = 0;
  gguf::Progress progress;
  std::unordered_map<DType, uint64_t> bytes_by_type;

  Status read_config(const gguf::Header& header);
  Status check_directory(const gguf::Header& header);
  Status finish_tensor(const gguf::TensorInfo& info, std::span<std::byte> bytes, bool swap);
  Status check_finite(const gguf::TensorInfo& info, const void* bytes) const;
  Status report(uint64_t bytes, bool tensor_done);
  void count_used(const gguf::TensorInfo& info, const WeightSpec& spec);
  std::vector<float> rope_factors() const;
};

ModelLoader::ModelLoader(std::shared_ptr<Backend> backend, ModelLoadOptions options)
    : state_(std::make_unique<State>()) {
  state_->backend = std::move(backend);
  state_->options = std::move(options);
}

ModelLoader::~ModelLoader() = default;

const gguf::Header* ModelLoader::header() const { return state_->model->header_.get(); }

Status ModelLoader::State::read_config(const gguf::Header& header) {
  WC_ASSIGN(arch, read_model_config(header, &model->config_));
  ModelConfig& config = model->config_;
  // Each layer has tensors of its own: a count beyond the directory's is a lie, found before lists are made from it.
  const bool may_be_split = header.metadata.has("split.count");
  if (!may_be_split && config.n_layers > header.tensors.size()) {
    return Status(Code::kBadKeyValue, config.architecture + ".block_count: " + std::to_string(config.n_layers) +
                                          " layers, but the file has only " + std::to_string(header.tensors.size()) +
                                          " tensors");
  }
  config.n_vocab = model->tokenizer_->vocab_size();
  needed.matrix("token_embd.weight", config.n_embd, config.n_vocab);
  needed.vector("output_norm.weight", config.n_embd);
  needed.optional_matrix("output.weight", config.n_embd, config.n_vocab);
  needed.host_vector("rope_freqs.weight", config.rope.n_rot / 2);
  arch->list_weights(config, &needed);
  return Status::ok();
}

Status ModelLoader::State::check_directory(const gguf::Header& header) {
  for (const gguf::TensorInfo& info : header.tensors) {
    uint64_t elements = 0;
    if (element_count(info.shape, &elements)) model->stats_.n_params += elements;
    WC_TRY(needed.check(info));
    const WeightSpec* spec = needed.find(info.name);
    if (spec == nullptr) {
      if (!changes_result(info.name)) continue;
      return Status(Code::kUnsupportedFeature, "tensor '" + std::string(info.name) +
                                                   "' asks for something that architecture '" +
                                                   model->config_.architecture + "' does not do here");
    }
    if (!spec->on_host && !backend->supports(info.dtype)) {
      return Status(Code::kUnsupportedTensorType, "tensor '" + std::string(info.name) + "': type " +
                                                      std::string(dtype_info(info.dtype).name) +
                                                      " cannot be computed yet");
    }
    count_used(info, *spec);
  }
  progress.tensors_total += static_cast<uint32_t>(header.tensors.size());
  for (const gguf::TensorInfo& info : header.tensors) progress.bytes_total += info.n_bytes;
  return Status::ok();
}

void ModelLoader::State::count_used(const gguf::TensorInfo& info, const WeightSpec& spec) {
  ModelStats& stats = model->stats_;
  stats.weights_bytes += info.n_bytes;
  bytes_by_type[info.dtype] += info.n_bytes;
  // Of an embedding one row is read, unless it is the output matrix as well: finish() settles that.
  if (info.name == "token_embd.weight") {
    embedding_bytes = info.n_bytes;
    return;
  }
  stats.bytes_per_token += static_cast<uint64_t>(static_cast<double>(info.n_bytes) * spec.read_share);
}

Status ModelLoader::on_header(std::shared_ptr<const gguf::Header> header) {
  State& s = *state_;
  s.model->header_ = header;
  WC_ASSIGN(s.model->tokenizer_, Tokenizer::create(header->metadata));
  if (s.options.vocab_only) return Status::ok();
  WC_TRY(s.read_config(*header));
  WC_TRY(s.check_directory(*header));
  if (header->metadata.has("split.count")) return Status::ok();  // the rest comes with the other files
  std::unordered_map<std::string, WeightId> present;
  for (const gguf::TensorInfo& info : header->tensors) present.emplace(info.name, 0);
  return s.needed.check_complete(present);
}

Status ModelLoader::on_split_header(std::shared_ptr<const gguf::Header> header, uint32_t) {
  if (state_->options.vocab_only) return Status::ok();
  return state_->check_directory(*header);
}

Status ModelLoader::State::report(uint64_t bytes, bool tensor_done) {
  progress.bytes_done += bytes;
  progress.tensors_done += tensor_done ? 1 : 0;
  if (options.progress && !options.progress(progress)) return Status(Code::kCancelled, "loading was cancelled");
  return Status::ok();
}

Status ModelLoader::State::check_finite(const gguf::TensorInfo& info, const void* bytes) const {
  if (options.trust_weights || dtype_all_finite(info.dtype, bytes, blocks_of(info))) return Status::ok();
  return Status(Code::kNonFiniteWeights,
                "tensor '" + std::string(info.name) + "' holds NaN or infinite values (or scales)");
}

Status ModelLoader::State::finish_tensor(const gguf::TensorInfo& info, std::span<std::byte> bytes, bool swap) {
  if (swap && !dtype_byteswap(info.dtype, bytes.data(), blocks_of(info))) {
    return Status(Code::kUnsupportedTensorType, "tensor '" + std::string(info.name) + "': type " +
                                                    std::string(dtype_info(info.dtype).name) + " in a big-endian file");
  }
  return check_finite(info, bytes.data());
}

Status ModelLoader::on_data(const gguf::TensorInfo& info, uint64_t offset, std::span<const std::byte> bytes,
                            bool big_endian) {
  State& s = *state_;
  const bool done = offset + bytes.size() == info.n_bytes;
  const WeightSpec* spec = s.options.vocab_only ? nullptr : s.needed.find(info.name);
  if (spec == nullptr) return s.report(bytes.size(), done);
  const std::string name(info.name);
  std::span<std::byte> whole;
  if (spec->on_host) {
    std::vector<std::byte>& kept = s.host[name];
    kept.insert(kept.end(), bytes.begin(), bytes.end());
    whole = kept;
  } else {
    if (offset == 0) {
      WC_ASSIGN(s.current, s.backend->create_weight({info.name, info.dtype, info.shape}));
    }
    WC_TRY(s.backend->write_weight(s.current, offset, bytes));
    whole = s.backend->weight_bytes(s.current);
  }
  if (done) {
    WC_TRY(s.finish_tensor(info, whole, big_endian));
    if (!spec->on_host) s.weights.emplace(name, s.current);
  }
  return s.report(bytes.size(), done);
}

Status ModelLoader::on_mapped(const gguf::TensorInfo& info, std::span<const std::byte> bytes, bool big_endian,
                              std::shared_ptr<const void> keep_alive) {
  State& s = *state_;
  const WeightSpec* spec = s.options.vocab_only ? nullptr : s.needed.find(info.name);
  const bool aligned = reinterpret_cast<uintptr_t>(bytes.data()) % alignof(float) == 0;
  if (spec == nullptr || spec->on_host || big_endian || !aligned) return on_data(info, 0, bytes, big_endian);
  WC_TRY(s.check_finite(info, bytes.data()));
  WC_ASSIGN(const WeightId id,
            s.backend->map_weight({info.name, info.dtype, info.shape}, bytes, std::move(keep_alive)));
  s.weights.emplace(info.name, id);
  return s.report(bytes.size(), true);
}

std::vector<float> ModelLoader::State::rope_factors() const {
  std::vector<float> factors;
  if (const auto it = host.find("rope_freqs.weight"); it != host.end()) {
    factors.resize(it->second.size() / sizeof(float));
    std::memcpy(factors.data(), it->second.data(), it->second.size());
  }
  return factors;
}

Result<std::shared_ptr<const Model>> ModelLoader::finish() {
  State& s = *state_;
  Model& model = *s.model;
  if (!model.header_) return Status(Code::kInvalidState, "no file was read");
  if (s.options.vocab_only) return std::shared_ptr<const Model>(std::move(s.model));
  WC_TRY(s.needed.check_complete(s.weights));
  const std::vector<float> factors = s.rope_factors();
  if (std::any_of(factors.begin(), factors.end(), [](float f) { return !(f > 0.0f); })) {
    return Status(Code::kBadKeyValue, "tensor 'rope_freqs.weight' holds a factor that is not above 0");
  }
  model.plan_ = fuse(build_plan(*s.arch, model.config_, s.weights, factors));
  if (s.weights.find("output.weight") == s.weights.end()) {
    model.stats_.bytes_per_token += s.embedding_bytes;
  }
  uint64_t most = 0;
  for (const auto& [dtype, bytes] : s.bytes_by_type) {
    if (bytes > most) {
      most = bytes;
      model.stats_.file_type = dtype_info(dtype).name;
    }
  }
  model.backend_ = std::move(s.backend);
  return std::shared_ptr<const Model>(std::move(s.model));
}

}  // namespace wasmchord
