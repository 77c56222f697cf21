// The templates of one model, each compiled once.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "src/chat/template.h"

namespace wasmchord::chat {

// Thread-safe.
class TemplateCache {
 public:
  // As Template::compile(). Keeps the templates that were asked for last.
  Result<std::shared_ptr<const Template>> get(std::string_view source);

 private:
  static constexpr size_t kMost = 8;
  struct Entry {
    std::string source;
    std::shared_ptr<const Template> compiled;
  };
  std::mutex mutex_;
  std::vector<Entry> entries_;  // latest last
};

}  // namespace wasmchord::chat
