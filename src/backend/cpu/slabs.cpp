#include "src/backend/cpu/slabs.h"

#include <algorithm>
#include <cstring>

#include "src/base/pages.h"

namespace wasmchord::cpu {
namespace {

constexpr size_t kDropBytes = size_t{4} << 20;  // of the file, at a time: few calls, little in memory twice

struct Slices {
  size_t slab_bytes, packed_bytes, slice_bytes, n_slices;
  explicit Slices(const Weight& weight, size_t total_bytes)
      : slab_bytes(weight.format->slab_rows * weight.row_bytes),
        packed_bytes(packable_rows(weight) * weight.row_bytes),
        slice_bytes(static_cast<size_t>(weight.shape.rows()) * weight.row_bytes),
        n_slices(total_bytes / slice_bytes) {}
};

}  // namespace

uint32_t packable_rows(const Weight& weight) {
  const uint32_t n = weight.format->slab_rows;
  return n == 0 || weight.row_bytes == 0 ? 0 : static_cast<uint32_t>(weight.shape.rows()) / n * n;
}

void pack_mapped(const Weight& weight, std::span<const std::byte> from, std::byte* to) {
  const Slices slices(weight, from.size());
  size_t dropped = 0;
  for (size_t slice = 0; slice < slices.n_slices; ++slice) {
    const size_t begin = slice * slices.slice_bytes;
    size_t at = begin;
    for (; at < begin + slices.packed_bytes; at += slices.slab_bytes) {
      weight.format->pack(from.data() + at, weight.row_bytes, to + at);
      if (at - dropped < kDropBytes) continue;
      drop_file_pages(from.data() + dropped, at - dropped);
      dropped = at;
    }
    std::memcpy(to + at, from.data() + at, begin + slices.slice_bytes - at);
  }
  drop_file_pages(from.data() + dropped, from.size() - dropped);
}

Status pack_in_place(const Weight& weight, std::shared_ptr<Memory> memory, std::span<std::byte> bytes) {
  const Slices slices(weight, bytes.size());
  WC_ASSIGN(Buffer rows, Buffer::create(std::move(memory), slices.slab_bytes, "a slab of weights"));
  for (size_t slice = 0; slice < slices.n_slices; ++slice) {
    std::byte* slab = bytes.data() + slice * slices.slice_bytes;
    for (size_t at = 0; at < slices.packed_bytes; at += slices.slab_bytes) {
      std::memcpy(rows.data(), slab + at, slices.slab_bytes);
      weight.format->pack(rows.data(), weight.row_bytes, slab + at);
    }
  }
  return Status::ok();
}

}  // namespace wasmchord::cpu
