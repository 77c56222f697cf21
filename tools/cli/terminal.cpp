#include "tools/cli/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace wasmchord::cli {
namespace {

constexpr auto kShowAfter = std::chrono::milliseconds(300);
constexpr auto kRedrawEvery = std::chrono::milliseconds(50);
constexpr int kBarWidth = 32;

std::string format_scaled(double value, double step, const char* const* units, size_t n_units) {
  size_t unit = 0;
  while (value >= step && unit + 1 < n_units) {
    value /= step;
    ++unit;
  }
  return format_fixed(value, unit == 0 ? 0 : 2) + units[unit];
}

}  // namespace

bool stdin_is_terminal() { return isatty(STDIN_FILENO) == 1; }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }

ProgressBar::ProgressBar(std::string_view label)
    : label_(label), enabled_(stderr_is_terminal()), start_(Clock::now()), last_draw_(start_) {}

void ProgressBar::update(uint64_t done, uint64_t total) {
  const Clock::time_point now = Clock::now();
  if (!enabled_ || total == 0 || now - start_ < kShowAfter || now - last_draw_ < kRedrawEvery) {
    return;
  }
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const int filled = static_cast<int>(share * kBarWidth);
  const std::string bar = std::string(filled, '#') + std::string(kBarWidth - filled, '.');
  std::fprintf(stderr, "\r\x1b[K%s [%s] %3d %% of %s", label_.c_str(), bar.c_str(), static_cast<int>(share * 100),
               format_bytes(total).c_str());
  last_draw_ = now;
  drawn_ = true;
}

void ProgressBar::clear() {
  if (drawn_) {
    std::fputs("\r\x1b[K", stderr);
    drawn_ = false;
  }
}

std::string format_bytes(uint64_t bytes) {
  static constexpr const char* kUnits[] = {" B", " KiB", " MiB", " GiB", " TiB"};
  return format_scaled(static_cast<double>(bytes), 1024, kUnits, std::size(kUnits));
}

std::string format_count(uint64_t count) {
  static constexpr const char* kUnits[] = {"", " K", " M", " B", " T"};
  return format_scaled(static_cast<double>(count), 1000, kUnits, std::size(kUnits));
}

std::string format_fixed(double value, int digits) {
  char buffer[64];
  const int length = std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
  return {buffer, static_cast<size_t>(std::clamp(length, 0, static_cast<int>(sizeof buffer) - 1))};
}

}  // namespace wasmchord::cli
