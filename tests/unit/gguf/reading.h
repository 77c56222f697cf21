// Ways to read GGUF bytes in tests, and a sink that records everything it is told.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "src/gguf/reader.h"
#include "tests/support/gguf_builder.h"

namespace wasmchord::test {

// Everything a header says, as text.
std::string dump(const gguf::Header& header);

class RecordingSink : public gguf::TensorSink {
 public:
  Status on_header(std::shared_ptr<const gguf::Header> header) override;
  Status on_split_header(std::shared_ptr<const gguf::Header> header, uint32_t split) override;
  Status on_data(const gguf::TensorInfo& info, uint64_t offset, std::span<const std::byte> bytes,
                 bool big_endian) override;
  Status on_mapped(const gguf::TensorInfo& info, std::span<const std::byte> bytes, bool big_endian,
                   std::shared_ptr<const void> keep_alive) override;

  // Tensors in order of arrival with their bytes, headers dumped, all as text; equal for equal reading.
  std::string log() const;
  size_t n_tensors() const { return tensors.size(); }

  struct Tensor {
    std::string name;
    uint32_t split;
    bool big_endian;
    Bytes bytes;
  };
  std::vector<std::shared_ptr<const gguf::Header>> headers;
  std::vector<Tensor> tensors;
  std::vector<std::string> calls;  // "header", "split 1", "data a", once a tensor
  bool mapped = false;
  Code fail_at_header = Code::kOk;
  Code fail_at_data = Code::kOk;
};

struct Outcome {
  Status status;
  std::string log;
};

// Size of the next chunk, given the bytes left (>= 1).
using Chunker = std::function<size_t(size_t left)>;
Chunker whole();
Chunker fixed(size_t size);
Chunker random_sizes(uint32_t seed);

// Feeds `files` through one PushReader, and finishes. `announce`: give the true lengths.
Outcome push(const std::vector<Bytes>& files, const Chunker& chunker, bool announce);
Outcome push(const Bytes& file, const Chunker& chunker = whole(), bool announce = true);

// A directory that goes away with the object.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();
  std::string path(const std::string& name) const { return (root_ / name).string(); }
  std::string write(const std::string& name, const Bytes& bytes) const;

 private:
  std::filesystem::path root_;
};

Bytes read_bytes(const std::string& path);
Outcome read_mapped(const std::string& path);

// The header of `bytes` as the only result of a push; fails the test where it is refused.
std::shared_ptr<const gguf::Header> parse(const Bytes& bytes);

}  // namespace wasmchord::test
