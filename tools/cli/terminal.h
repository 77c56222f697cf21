// What a person at a terminal sees on stderr while a command works.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace wasmchord::cli {

bool stdin_is_terminal();
bool stderr_is_terminal();

// One line that is drawn over; silent where stderr is no terminal, and while the work is too short to be worth it.
class ProgressBar {
 public:
  explicit ProgressBar(std::string_view label);
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void update(uint64_t done, uint64_t total);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  std::string label_;
  bool enabled_;
  bool drawn_ = false;
  Clock::time_point start_;
  Clock::time_point last_draw_;
};

// "4.3 MiB"
std::string format_bytes(uint64_t bytes);
// "1.11 M" parameters and the like.
std::string format_count(uint64_t count);
// printf("%.*f").
std::string format_fixed(double value, int digits);

}  // namespace wasmchord::cli
