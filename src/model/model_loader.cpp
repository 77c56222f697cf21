// From a reader's calls to a Model. What the metadata and the directory can be wrong about is refused in on_header;
// bytes are then only moved.
#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "src/base/pages.h"
#include "src/model/arch.h"
#include "src/model/model.h"
#include "src/model/requirements.h"

namespace wasmchord {
namespace {

uint64_t blocks_of(const gguf::TensorInfo& info) { return info.n_bytes / dtype_info(info.dtype).block_bytes; }

// Blocks of a mapped tensor that are scanned at a time, their pages let go of behind: else a large one would be in
// memory as the file's and as the backend's at once.
constexpr uint64_t kScanBytes = uint64_t{4} << 20;

Status not_finite(const gguf::TensorInfo& info) {
  return {Code::kNonFiniteWeights, "tensor '" + std::string(info.name) + "' holds NaN or infinite values (or scales)"};
}

}  // namespace

struct ModelLoader::State {
  std::shared_ptr<Backend> backend;
  ModelLoadOptions options;
  std::shared_ptr<Model> model = std::make_shared<Model>();
  const ArchDef* arch = nullptr;
  Requirements needed;
  std::unordered_map<std::string, WeightId> weights;             // complete ones
  std::unordered_map<std::string, std::vector<std::byte>> host;  // of WeightSpec::on_host
  WeightId current = kNoWeight;                                  // being written
  uint64_t embedding_bytes = 0;
  bool has_output = false;  // among the directories read so far
  gguf::Progress progress;
  std::unordered_map<DType, uint64_t> bytes_by_type;

  Status check_directory(const gguf::Header& header);
  Status finish_tensor(const gguf::TensorInfo& info, std::span<std::byte> bytes, bool swap);
  Status check_finite(const gguf::TensorInfo& info, const void* bytes) const;
  Status check_mapped(const gguf::TensorInfo& info, std::span<const std::byte> bytes) const;
  Status report(uint64_t bytes, bool tensor_done);
  WeightDesc describe(const gguf::TensorInfo& info) const;
  void count_used(const gguf::TensorInfo& info, const WeightSpec& spec);
  Result<std::vector<float>> host_floats(const std::string& name) const;
  Result<RopeFactors> rope_factors() const;
};

ModelLoader::ModelLoader(std::shared_ptr<Backend> backend, ModelLoadOptions options)
    : state_(std::make_unique<State>()) {
  state_->backend = std::move(backend);
  state_->options = std::move(options);
}

ModelLoader::~ModelLoader() = default;

const gguf::Header* ModelLoader::header() const { return state_->model->header_.get(); }

Status ModelLoader::State::check_directory(const gguf::Header& header) {
  for (const gguf::TensorInfo& info : header.tensors) {
    uint64_t elements = 0;
    if (element_count(info.shape, &elements)) model->stats_.n_params += elements;
    WC_TRY(needed.check(info));
    has_output = has_output || info.name == "output.weight";
    const WeightSpec* spec = needed.find(info.name);
    if (spec == nullptr) continue;
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

WeightDesc ModelLoader::State::describe(const gguf::TensorInfo& info) const {
  WeightUse use = WeightUse::kMatrix;
  // Rows of the embedding are looked up. It is the output matrix too where there is no other, or none as yet: a split
  // model's may be in a later file.
  if (info.name == "token_embd.weight") use = has_output ? WeightUse::kLookUp : WeightUse::kMatrixAndLookUp;
  if (const WeightSpec* spec = needed.find(info.name); spec != nullptr && spec->look_up) use = WeightUse::kLookUp;
  return {info.name, info.dtype, info.shape, use};
}

Status ModelLoader::on_header(std::shared_ptr<const gguf::Header> header) {
  State& s = *state_;
  s.model->header_ = header;
  WC_ASSIGN(s.model->tokenizer_, Tokenizer::create(header->metadata));
  if (s.options.vocab_only) return Status::ok();
  WC_ASSIGN(s.arch, read_model_config(*header, &s.model->config_));
  s.model->config_.n_vocab = s.model->tokenizer_->vocab_size();
  WC_TRY(s.needed.read(*s.arch, s.model->config_, *header));
  return s.check_directory(*header);
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
  return not_finite(info);
}

Status ModelLoader::State::check_mapped(const gguf::TensorInfo& info, std::span<const std::byte> bytes) const {
  if (options.trust_weights) return Status::ok();
  const uint64_t block_bytes = dtype_info(info.dtype).block_bytes, step = kScanBytes / block_bytes * block_bytes;
  for (uint64_t at = 0; at < bytes.size(); at += step) {
    const uint64_t size = std::min<uint64_t>(step, bytes.size() - at);
    if (!dtype_all_finite(info.dtype, bytes.data() + at, size / block_bytes)) return not_finite(info);
    if (bytes.size() > step) drop_file_pages(bytes.data() + at, size);
  }
  return Status::ok();
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
      WC_ASSIGN(s.current, s.backend->create_weight(s.describe(info)));
    }
    WC_TRY(s.backend->write_weight(s.current, offset, bytes));
    whole = s.backend->weight_bytes(s.current);
  }
  if (done) {
    WC_TRY(s.finish_tensor(info, whole, big_endian));
    if (!spec->on_host) {
      WC_TRY(s.backend->finish_weight(s.current));
      s.weights.emplace(name, s.current);
    }
  }
  return s.report(bytes.size(), done);
}

Status ModelLoader::on_mapped(const gguf::TensorInfo& info, std::span<const std::byte> bytes, bool big_endian,
                              std::shared_ptr<const void> keep_alive) {
  State& s = *state_;
  const WeightSpec* spec = s.options.vocab_only ? nullptr : s.needed.find(info.name);
  const bool aligned = reinterpret_cast<uintptr_t>(bytes.data()) % alignof(float) == 0;
  if (spec == nullptr || spec->on_host || big_endian || !aligned) return on_data(info, 0, bytes, big_endian);
  WC_TRY(s.check_mapped(info, bytes));
  WC_ASSIGN(const WeightId id, s.backend->map_weight(s.describe(info), bytes, std::move(keep_alive)));
  s.weights.emplace(info.name, id);
  return s.report(bytes.size(), true);
}

// Empty where the file has no such tensor.
Result<std::vector<float>> ModelLoader::State::host_floats(const std::string& name) const {
  std::vector<float> numbers;
  if (const auto it = host.find(name); it != host.end()) {
    numbers.resize(it->second.size() / sizeof(float));
    std::memcpy(numbers.data(), it->second.data(), it->second.size());
  }
  if (std::any_of(numbers.begin(), numbers.end(), [](float f) { return !(f > 0.0f); })) {
    return Status(Code::kBadKeyValue, "tensor '" + name + "' holds a factor that is not above 0");
  }
  return numbers;
}

Result<RopeFactors> ModelLoader::State::rope_factors() const {
  RopeFactors factors;
  WC_ASSIGN(factors.always, host_floats("rope_freqs.weight"));
  WC_ASSIGN(factors.short_context, host_floats("rope_factors_short.weight"));
  WC_ASSIGN(factors.long_context, host_floats("rope_factors_long.weight"));
  if (factors.short_context.empty() != factors.long_context.empty()) {
    return Status(Code::kMissingTensor, "of 'rope_factors_short.weight' and 'rope_factors_long.weight' one is missing");
  }
  return factors;
}

Result<std::shared_ptr<const Model>> ModelLoader::finish() {
  State& s = *state_;
  Model& model = *s.model;
  if (!model.header_) return Status(Code::kInvalidState, "no file was read");
  if (s.options.vocab_only) return std::shared_ptr<const Model>(std::move(s.model));
  WC_TRY(s.needed.check_complete([&](const std::string& name) {
    return s.weights.find(name) != s.weights.end() || s.host.find(name) != s.host.end();
  }));
  WC_ASSIGN(const RopeFactors factors, s.rope_factors());
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
