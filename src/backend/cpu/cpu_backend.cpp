#include "src/backend/cpu/cpu_backend.h"

#include <cstring>

#include "kernels/cpu/select.h"
#include "src/backend/cpu/cpu_executor.h"
#include "src/backend/cpu/slabs.h"
#include "src/backend/registry.h"
#include "src/base/pages.h"

namespace wasmchord {
namespace {

Result<const kernels::KernelTable*> choose_table(std::string_view isa) {
  if (isa.empty()) return kernels::best_table();
  if (const kernels::KernelTable* table = kernels::find_table(isa)) return table;
  std::string known;
  for (size_t i = 0; i < kernels::isa_count(); ++i) {
    const kernels::IsaInfo& info = kernels::isa_at(i);
    if (info.supported()) known += (known.empty() ? "" : ", ") + std::string(info.name);
  }
  return Status(Code::kIsaUnavailable,
                "instruction set '" + std::string(isa) + "' cannot run here; available: " + known);
}

}  // namespace

Result<std::string_view> resolve_cpu_isa(std::string_view requested) {
  WC_ASSIGN(const kernels::KernelTable* table, choose_table(requested));
  return std::string_view(table->name);
}

Result<std::shared_ptr<Backend>> create_cpu_backend(const BackendOptions& options) {
  WC_ASSIGN(const kernels::KernelTable* table, choose_table(options.isa));
  return std::shared_ptr<Backend>(std::make_shared<cpu::CpuBackend>(options, table));
}

namespace cpu {

bool CpuBackend::supports(DType dtype) const {
  const auto id = static_cast<uint32_t>(dtype);
  return id < kernels::kMaxFormatId && table_->formats[id].matmul != nullptr;
}

Result<Weight> CpuBackend::describe(const WeightDesc& desc, uint64_t* bytes) const {
  const std::string name(desc.name);
  if (!supports(desc.dtype)) {
    return Status(Code::kUnsupportedTensorType,
                  "tensor '" + name + "': type " + std::string(dtype_info(desc.dtype).name) + " cannot be computed");
  }
  uint64_t row = 0;
  if (!tensor_bytes(desc.shape, desc.dtype, bytes) || !row_bytes(desc.shape, desc.dtype, &row) || *bytes > SIZE_MAX) {
    return Status(Code::kBadDimensions, "tensor '" + name + "': size overflows");
  }
  Weight weight;
  weight.dtype = desc.dtype;
  weight.shape = desc.shape;
  weight.use = desc.use;
  weight.row_bytes = static_cast<size_t>(row);
  weight.format = &table_->formats[static_cast<uint32_t>(desc.dtype)];
  return weight;
}

// Single rows are looked up as they are: nothing is gained from another layout.
uint32_t CpuBackend::rows_to_pack(const Weight& weight) const {
  return options_.keep_file_layout || weight.use == WeightUse::kLookUp ? 0 : packable_rows(weight);
}

Status CpuBackend::own(const WeightDesc& desc, uint64_t bytes, Weight* weight) const {
  const std::string what = "tensor '" + std::string(desc.name) + "'";
  WC_ASSIGN(weight->owned, Buffer::uninitialized(options_.memory, static_cast<size_t>(bytes), what.c_str()));
  weight->data = weight->owned.data();
  return Status::ok();
}

Result<WeightId> CpuBackend::create_weight(const WeightDesc& desc) {
  uint64_t bytes = 0;
  WC_ASSIGN(Weight weight, describe(desc, &bytes));
  WC_TRY(own(desc, bytes, &weight));
  weights_.push_back(std::move(weight));
  return static_cast<WeightId>(weights_.size() - 1);
}

Status CpuBackend::write_weight(WeightId id, uint64_t offset, std::span<const std::byte> bytes) {
  Weight& weight = weights_[id];
  if (offset > weight.owned.size() || bytes.size() > weight.owned.size() - offset) {
    return Status(Code::kInternal, "weight written past its end");
  }
  if (!bytes.empty()) std::memcpy(weight.owned.data() + offset, bytes.data(), bytes.size());
  return Status::ok();
}

Result<WeightId> CpuBackend::map_weight(const WeightDesc& desc, std::span<const std::byte> bytes,
                                        std::shared_ptr<const void> keep_alive) {
  uint64_t expected = 0;
  WC_ASSIGN(Weight weight, describe(desc, &expected));
  if (bytes.size() != expected) {
    return Status(Code::kTruncated, "tensor '" + std::string(desc.name) + "': mapped bytes do not match its size");
  }
  weight.packed_rows = rows_to_pack(weight);
  if (weight.packed_rows != 0) {
    WC_TRY(own(desc, expected, &weight));
    pack_mapped(weight, bytes, weight.owned.data());
  } else {
    weight.data = bytes.data();
    weight.keep_alive = std::move(keep_alive);
    // The scan for NaN read it whole; few rows of it are used.
    if (weight.use == WeightUse::kLookUp) drop_file_pages(bytes.data(), bytes.size());
  }
  weights_.push_back(std::move(weight));
  return static_cast<WeightId>(weights_.size() - 1);
}

std::span<std::byte> CpuBackend::weight_bytes(WeightId id) {
  Weight& weight = weights_[id];
  return {weight.owned.data(), weight.owned.size()};
}

Status CpuBackend::finish_weight(WeightId id) {
  Weight& weight = weights_[id];
  const uint32_t rows = rows_to_pack(weight);
  if (rows == 0) return Status::ok();
  WC_TRY(pack_in_place(weight, options_.memory, {weight.owned.data(), weight.owned.size()}));
  weight.packed_rows = rows;
  return Status::ok();
}

Result<std::unique_ptr<Executor>> CpuBackend::compile(const Plan& plan, const ExecutorOptions& options) {
  return CpuExecutor::create(*this, plan, options);
}

}  // namespace cpu
}  // namespace wasmchord
