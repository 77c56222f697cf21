// Upper bounds of what the container reader accepts. Real files stay far below each; they bound what a hostile stream
// of unknown length can make the reader keep, since memory only ever grows with bytes that have arrived.
#pragma once

#include <cstdint>

namespace wasmchord::gguf {

inline constexpr uint64_t kMaxKeys = 1u << 16;            // metadata entries of one file
inline constexpr uint64_t kMaxTensors = 1u << 17;         // directory entries of one file
inline constexpr uint64_t kMaxKeyBytes = (1u << 16) - 1;  // the specification's own limit
inline constexpr uint64_t kMaxTensorNameBytes = 64;       // the specification's own limit
inline constexpr uint64_t kMaxStringBytes = 1u << 26;     // one string value
inline constexpr uint64_t kMaxArrayLength = 1u << 24;     // elements of one array
inline constexpr uint64_t kMaxNestedArrays = 1u << 16;    // arrays inside arrays, of one file: each costs 10x its bytes
inline constexpr uint32_t kMaxArrayDepth = 8;             // an array of numbers or strings has depth 1
inline constexpr uint64_t kMinAlignment = 8;
inline constexpr uint64_t kMaxAlignment = 1u << 20;
inline constexpr uint64_t kDefaultAlignment = 32;

}  // namespace wasmchord::gguf
