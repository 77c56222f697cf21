#include "tools/cli/process_info.h"

#include <sched.h>

#include <charconv>
#include <fstream>
#include <string_view>

namespace wasmchord::cli {
namespace {

// The rest of the first line of `path` that starts with `key`, after white space and colon.
std::string field(const char* path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) {
      const size_t at = line.find_first_not_of(" \t:", key.size());
      return at == std::string::npos ? "" : line.substr(at);
    }
  }
  return "";
}

}  // namespace

uint64_t peak_memory_bytes() {
  const std::string text = field("/proc/self/status", "VmHWM");
  uint64_t kib = 0;
  std::from_chars(text.data(), text.data() + text.size(), kib);
  return kib << 10;
}

bool reset_peak_memory() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5";
  file.flush();
  return file.good();
}

std::string cpu_name() { return field("/proc/cpuinfo", "model name"); }

uint32_t cpu_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  return static_cast<uint32_t>(count);
}

}  // namespace wasmchord::cli
