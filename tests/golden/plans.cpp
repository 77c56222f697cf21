#include "tests/golden/plans.h"

#include <cstring>
#include <stdexcept>
#include <unordered_map>

#include "src/gguf/reader.h"

namespace wasmchord::test {
namespace {

void must(const Status& status) {
  if (!status) throw std::runtime_error(status.message());
}

// Gives every tensor to the backend.
class WeightSink final : public gguf::TensorSink {
 public:
  explicit WeightSink(Backend* backend) : backend_(backend) {}
  Status on_header(std::shared_ptr<const gguf::Header> h) override {
    header = std::move(h);
    return Status::ok();
  }
  Status on_split_header(std::shared_ptr<const gguf::Header>, uint32_t) override { return Status::ok(); }
  Status on_data(const gguf::TensorInfo& info, uint64_t, std::span<const std::byte> bytes, bool) override {
    WC_ASSIGN(const WeightId id, backend_->create_weight({info.name, info.dtype, info.shape}));
    weights.emplace(info.name, id);
    if (info.name == "rope_freqs.weight") {
      factors.resize(bytes.size() / sizeof(float));
      std::memcpy(factors.data(), bytes.data(), bytes.size());
    }
    WC_TRY(backend_->write_weight(id, 0, bytes));
    return backend_->finish_weight(id);
  }

  std::shared_ptr<const gguf::Header> header;
  std::unordered_map<std::string, WeightId> weights;
  std::vector<float> factors;

 private:
  Backend* backend_;
};

}  // namespace

LoadedPlan plan_of(const Bytes& file, std::string_view isa) {
  LoadedPlan loaded;
  loaded.backend = cpu_backend(isa);
  WeightSink sink(loaded.backend.get());
  gguf::PushReader reader(&sink, file.size());
  must(reader.feed(file));
  must(reader.finish());
  const auto arch = read_model_config(*sink.header, &loaded.config);
  must(arch.status());
  loaded.config.n_vocab = static_cast<uint32_t>(sink.header->find_tensor("token_embd.weight")->shape.rows());
  loaded.plan = build_plan(**arch, loaded.config, sink.weights, {sink.factors, {}, {}});
  return loaded;
}

std::vector<float> run_plan(const LoadedPlan& loaded, const Plan& plan, std::span<const TokenId> ids,
                            const RunSettings& settings) {
  const auto n = static_cast<uint32_t>(ids.size());
  const uint32_t ubatch = settings.ubatch == 0 ? n : settings.ubatch;
  auto executor = loaded.backend->compile(plan, {n, ubatch, settings.kv_type, settings.threads});
  must(executor.status());
  return all_logits(**executor, plan.n_vocab, ids, ubatch);
}

std::vector<OpKind> kinds(const Plan& plan) {
  std::vector<OpKind> all;
  for (const Op& op : plan.ops) all.push_back(op.kind);
  return all;
}

}  // namespace wasmchord::test
