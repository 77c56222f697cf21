// Checks of the tensor directory as a whole.
#pragma once

#include <cstdint>
#include <vector>

#include "src/base/status.h"
#include "src/gguf/gguf.h"

namespace wasmchord::gguf {

// Indices into header.tensors by rising data offset: the order in which a stream delivers them.
std::vector<uint32_t> offset_order(const Header& header);

// First byte after the last tensor, counted from the start of the file.
uint64_t data_end(const Header& header);

// kBadOffset: not aligned, or end of data not representable. kTensorOverlap. kTruncated: beyond `total_bytes` (0 =
// unknown).
Status check_directory(const Header& header, uint64_t total_bytes);

}  // namespace wasmchord::gguf
