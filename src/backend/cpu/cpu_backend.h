// The CPU backend: plans run on the kernel table of one ISA. Weights lie in slabs where the ISA has them of the format,
// else in the file's block layout (owned or mapped).
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "kernels/cpu/kernel_table.h"
#include "src/backend/backend.h"

namespace wasmchord {

Result<std::shared_ptr<Backend>> create_cpu_backend(const BackendOptions& options);

namespace cpu {

// A matrix (or a stack of them). Slices are rows() * row_bytes apart; in each the first packed_rows rows lie in slabs,
// the others as in the file, `row_bytes` apart.
struct Weight {
  DType dtype = DType::kF32;
  Shape shape;
  WeightUse use = WeightUse::kMatrix;
  size_t row_bytes = 0;
  uint32_t packed_rows = 0;
  const std::byte* data = nullptr;
  const kernels::FormatKernels* format = nullptr;
  Buffer owned;                            // empty where mapped
  std::shared_ptr<const void> keep_alive;  // the mapping
};

class CpuBackend final : public Backend {
 public:
  CpuBackend(const BackendOptions& options, const kernels::KernelTable* table) : options_(options), table_(table) {}

  std::string_view name() const override { return "cpu"; }
  std::string_view isa() const override { return table_->name; }
  bool supports(DType dtype) const override;
  Result<WeightId> create_weight(const WeightDesc& desc) override;
  Status write_weight(WeightId id, uint64_t offset, std::span<const std::byte> bytes) override;
  Result<WeightId> map_weight(const WeightDesc& desc, std::span<const std::byte> bytes,
                              std::shared_ptr<const void> keep_alive) override;
  std::span<std::byte> weight_bytes(WeightId id) override;
  Status finish_weight(WeightId id) override;
  Result<std::unique_ptr<Executor>> compile(const Plan& plan, const ExecutorOptions& options) override;

  const Weight& weight(WeightId id) const { return weights_[id]; }
  const kernels::KernelTable& table() const { return *table_; }
  const BackendOptions& options() const { return options_; }

 private:
  Result<Weight> describe(const WeightDesc& desc, uint64_t* bytes) const;
  uint32_t rows_to_pack(const Weight& weight) const;
  Status own(const WeightDesc& desc, uint64_t bytes, Weight* weight) const;

  BackendOptions options_;
  const kernels::KernelTable* table_;
  std::deque<Weight> weights_;
};

}  // namespace cpu
}  // namespace wasmchord
