#include "src/gguf/directory.h"

#include <algorithm>
#include <numeric>

#include "src/base/checked.h"
#include "src/gguf/quote.h"

namespace wasmchord::gguf {
namespace {

Status check_offset(const Header& header, const TensorInfo& info) {
  if (info.offset % header.alignment != 0) {
    return {Code::kBadOffset, "tensor " + quote(info.name) + ": offset " + std::to_string(info.offset) +
                                  " is not a multiple of the alignment " + std::to_string(header.alignment)};
  }
  uint64_t end;
  if (!checked_add(header.data_offset, info.offset, &end) || !checked_add(end, info.n_bytes, &end)) {
    return {Code::kBadOffset, "tensor " + quote(info.name) + ": offset " + std::to_string(info.offset) + " plus " +
                                  std::to_string(info.n_bytes) + " bytes does not fit 64 bits"};
  }
  return Status::ok();
}

}  // namespace

std::vector<uint32_t> offset_order(const Header& header) {
  std::vector<uint32_t> order(header.tensors.size());
  std::iota(order.begin(), order.end(), 0u);
  // Ties, which overlap and are refused, keep the order of the directory.
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    const uint64_t at_a = header.tensors[a].offset, at_b = header.tensors[b].offset;
    return at_a != at_b ? at_a < at_b : a < b;
  });
  return order;
}

uint64_t data_end(const Header& header) {
  uint64_t end = 0;
  for (const TensorInfo& info : header.tensors) end = std::max(end, header.data_offset + info.offset + info.n_bytes);
  return end;
}

Status check_directory(const Header& header, uint64_t total_bytes) {
  for (const TensorInfo& info : header.tensors) WC_TRY(check_offset(header, info));
  const TensorInfo* previous = nullptr;
  for (uint32_t index : offset_order(header)) {
    const TensorInfo& info = header.tensors[index];
    if (previous != nullptr && previous->offset + previous->n_bytes > info.offset) {
      return {Code::kTensorOverlap, "tensors " + quote(previous->name) + " and " + quote(info.name) + " overlap"};
    }
    previous = &info;
    const uint64_t end = header.data_offset + info.offset + info.n_bytes;
    if (total_bytes != 0 && end > total_bytes) {
      return {Code::kTruncated, "tensor " + quote(info.name) + " ends at byte " + std::to_string(end) +
                                    ", the file has " + std::to_string(total_bytes)};
    }
  }
  return Status::ok();
}

}  // namespace wasmchord::gguf
