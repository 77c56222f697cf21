// The weights of a Hugging Face folder: one safetensors file, or several with an index.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "src/gguf/mapped_file.h"
#include "tools/convert/safetensors.h"

namespace wasmchord::tools {

class Checkpoint {
 public:
  // Throws std::runtime_error: files missing or malformed, pickles in place of safetensors.
  explicit Checkpoint(const std::filesystem::path& folder);

  const StoredTensors& tensors() const { return tensors_; }
  // Whether `path` is one of the files.
  bool has_file(const std::filesystem::path& path) const;

 private:
  void open_file(const std::filesystem::path& path);
  void open_index(const std::filesystem::path& folder, const std::string& index);

  std::vector<std::filesystem::path> paths_;
  std::vector<std::shared_ptr<const gguf::MappedFile>> files_;
  StoredTensors tensors_;
};

}  // namespace wasmchord::tools
