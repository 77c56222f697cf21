// What the C++ tests of the C ABI share. They use the public headers only.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <wasmchord/wasmchord.hpp>

namespace wasmchord_test {

inline const std::string kModelPath = WC_TEST_DATA_DIR "/models/tales-1m-q8_0.gguf";
inline const std::string kMicroModelPath = WC_TEST_DATA_DIR "/gguf-malformed/m_ok.gguf";

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::span<const std::byte> as_bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// The status that `call` throws; WC_STATUS_OK where it does not.
template <typename Call>
wc_status status_of(Call call) {
  try {
    call();
    return WC_STATUS_OK;
  } catch (const wasmchord::Error& error) {
    return error.status();
  }
}

// Most likely continuation of `prompt`.
inline std::string continue_text(wasmchord::Session& session, std::string_view prompt, uint32_t n_tokens) {
  session.reset();
  session.prefill(prompt);
  std::string text;
  for (const std::string_view piece : session.generate({.max_tokens = n_tokens})) text += piece;
  return text;
}

inline std::string continue_text(const wasmchord::Model& model, std::string_view prompt, uint32_t n_tokens) {
  wasmchord::Session session(model);
  return continue_text(session, prompt, n_tokens);
}

}  // namespace wasmchord_test
