#include "src/capi/error_log.h"

#include <algorithm>

namespace wasmchord::capi {

void ErrorLog::set(std::string_view message) noexcept {
  const std::lock_guard lock(mutex_);
  const std::thread::id thread = std::this_thread::get_id();
  try {
    const auto found = entries_.find(thread);
    if (found == entries_.end()) make_room();
    Entry& entry = found == entries_.end() ? entries_[thread] : found->second;
    entry.time = ++clock_;
    entry.message = message;
  } catch (...) {
    entries_.erase(thread);
  }
}

const char* ErrorLog::get() const noexcept {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(std::this_thread::get_id());
  return found == entries_.end() ? "" : found->second.message.c_str();
}

void ErrorLog::make_room() {
  if (entries_.size() < kMaxErrorThreads) return;
  entries_.erase(std::min_element(entries_.begin(), entries_.end(),
                                  [](const auto& a, const auto& b) { return a.second.time < b.second.time; }));
}

}  // namespace wasmchord::capi
