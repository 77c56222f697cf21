// Arguments across the door: structs of older and newer callers, text, and buffers that the caller owns.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "src/capi/guard.h"

namespace wasmchord::capi {

// The sizes that any version of a struct can have: its fields only ever get appended.
template <typename T>
bool struct_size_ok(uint32_t size) {
  constexpr uint32_t kLargest = 4096;
  return size >= sizeof(uint32_t) && size <= kLargest && size % alignof(T) == 0;
}

// The fields that the caller's version has, over `defaults`. `in` may be null.
template <typename T>
Status read_struct(const T* in, const T& defaults, T* out) {
  *out = defaults;
  if (in == nullptr) return Status::ok();
  if (!struct_size_ok<T>(in->struct_size)) return invalid_argument("struct_size is wrong: use the WC_..._INIT macro");
  std::memcpy(out, in, std::min<size_t>(in->struct_size, sizeof(T)));
  out->struct_size = sizeof(T);
  return Status::ok();
}

template <typename T>
Status check_out_struct(const T* out) {
  if (out == nullptr) return invalid_argument("the output is NULL");
  if (!struct_size_ok<T>(out->struct_size)) return invalid_argument("struct_size is wrong: use the WC_..._INIT macro");
  return Status::ok();
}

// Writes as much of `value` as the caller's version has room for. `out` has passed check_out_struct().
template <typename T>
void write_struct(T* out, T value) {
  value.struct_size = out->struct_size;
  std::memcpy(out, &value, std::min<size_t>(out->struct_size, sizeof(T)));
}

// (pointer, length): NULL only with length 0.
template <typename T>
Status read_span(const T* data, size_t size, std::span<const T>* out) {
  if (data == nullptr && size != 0) return invalid_argument("a NULL pointer with a length");
  if (size > PTRDIFF_MAX / sizeof(T)) return invalid_argument("a length beyond the address space");
  *out = data == nullptr ? std::span<const T>() : std::span<const T>(data, size);
  return Status::ok();
}

inline Status read_text(const char* data, size_t size, std::string_view* out) {
  std::span<const char> span;
  WC_TRY(read_span(data, size, &span));
  *out = {span.data(), span.size()};
  return Status::ok();
}

inline Status read_path(const char* data, size_t size, std::string* out) {
  std::string_view text;
  WC_TRY(read_text(data, size, &text));
  if (text.empty()) return invalid_argument("the path is empty");
  if (text.find('\0') != std::string_view::npos) return invalid_argument("the path holds a NUL");
  *out = text;
  return Status::ok();
}

inline wc_string to_wc_string(std::string_view text) { return {text.data(), text.size()}; }

// To be checked before the work whose result copy_out() hands over.
template <typename T>
Status check_buffer(const T* buffer, size_t capacity, const size_t* needed) {
  if (needed == nullptr) return invalid_argument("the size output is NULL");
  if (buffer == nullptr && capacity != 0) return invalid_argument("a NULL buffer with a capacity");
  return Status::ok();
}

template <typename T>
Status copy_out(std::span<const T> from, T* buffer, size_t capacity, size_t* needed) {
  *needed = from.size();
  if (from.size() > capacity) {
    return Status(Code::kBufferTooSmall,
                  "the buffer holds " + std::to_string(capacity) + " of " + std::to_string(from.size()));
  }
  std::copy(from.begin(), from.end(), buffer);
  return Status::ok();
}

}  // namespace wasmchord::capi
