// The host's log sink. The library itself never prints.
#pragma once

#include <cstdint>
#include <string_view>

namespace wasmchord {

enum class LogLevel : int32_t { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

struct Log {
  void (*sink)(void* user, int32_t level, const char* text, size_t length) = nullptr;
  void* user = nullptr;

  void write(LogLevel level, std::string_view text) const {
    if (sink != nullptr) sink(user, static_cast<int32_t>(level), text.data(), text.size());
  }
};

}  // namespace wasmchord
