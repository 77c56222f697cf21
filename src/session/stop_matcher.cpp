#include "src/session/stop_matcher.h"

#include <algorithm>
#include <utility>

namespace wasmchord {
namespace {

// Length of the longest suffix of `text` that is a proper prefix of `stop`.
size_t partial_match(std::string_view text, std::string_view stop) {
  for (size_t n = std::min(text.size(), stop.size() - 1); n > 0; --n) {
    if (text.substr(text.size() - n) == stop.substr(0, n)) return n;
  }
  return 0;
}

}  // namespace

StopMatcher::StopMatcher(std::vector<std::string> stop) : stop_(std::move(stop)) {
  std::erase_if(stop_, [](const std::string& s) { return s.empty(); });
  size_t longest = 0;
  for (const std::string& s : stop_) longest = std::max(longest, s.size());
  held_.reserve(2 * longest + 256);
}

bool StopMatcher::push(std::string_view piece, std::string* out) {
  if (stop_.empty()) {
    out->append(piece);
    return false;
  }
  held_.append(piece);
  size_t found = std::string::npos, keep = 0;
  for (const std::string& stop : stop_) {
    found = std::min(found, held_.find(stop));
    keep = std::max(keep, partial_match(held_, stop));
  }
  const size_t give = found != std::string::npos ? found : held_.size() - keep;
  out->append(held_, 0, give);
  if (found != std::string::npos) {
    held_.clear();
    return true;
  }
  held_.erase(0, give);
  return false;
}

void StopMatcher::flush(std::string* out) {
  out->append(held_);
  held_.clear();
}

}  // namespace wasmchord
