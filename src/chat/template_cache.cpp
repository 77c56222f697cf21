#include "src/chat/template_cache.h"

#include <algorithm>

namespace wasmchord::chat {

Result<std::shared_ptr<const Template>> TemplateCache::get(std::string_view source) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.source == source; });
  if (found != entries_.end()) {
    std::rotate(found, found + 1, entries_.end());
    return entries_.back().compiled;
  }
  WC_ASSIGN(std::shared_ptr<const Template> compiled, Template::compile(source));
  if (entries_.size() == kMost) entries_.erase(entries_.begin());
  entries_.push_back({std::string(source), compiled});
  return compiled;
}

}  // namespace wasmchord::chat
