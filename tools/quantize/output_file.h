// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace wasmchord::tools {

// Bytes go to a new file beside `path`, which takes the place of `path` at commit(); without commit() it is removed.
// Everything throws std::runtime_error with the path and the system's reason.
class OutputFile {
 public:
  // A symbolic link is followed: the file it names is replaced. What is there and no regular file is refused.
  explicit OutputFile(const std::string& path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::span<const std::byte> bytes);
  uint64_t position() const { return position_; }
  // Everything is on disk, and only then under its name.
  void commit();

 private:
  void flush();

  std::string path_;
  std::string temporary_;
  int descriptor_ = -1;
  uint64_t position_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace wasmchord::tools
