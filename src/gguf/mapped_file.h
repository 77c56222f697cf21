// A whole file in memory, read-only, for as long as someone holds it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "src/base/status.h"

namespace wasmchord::gguf {

class MappedFile {
 public:
  // kIo with the path and the system's reason; kTruncated for an empty file.
  static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::span<const std::byte> bytes_;
};

}  // namespace wasmchord::gguf
