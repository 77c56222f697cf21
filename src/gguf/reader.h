// Two ways from bytes to a model: the push reader (any chunking) and the file reader (mmap). Both talk to one sink.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "src/base/status.h"
#include "src/gguf/gguf.h"

namespace wasmchord::gguf {

// What a reader tells the one who builds the model. on_header comes first. The file reader then reports the headers of
// all other files of a split model before any data; the push reader reports each as it arrives, after the data of the
// files before. Tensors come in the order of their offsets, file by file. A failing Status stops the reader and is
// returned by it.
class TensorSink {
 public:
  virtual ~TensorSink() = default;

  // The metadata of the (first) file and the tensors of that file. Nothing large has been allocated yet. Sizes have
  // been checked against the length of the file only where that is known.
  virtual Status on_header(std::shared_ptr<const Header> header) = 0;

  // The header of split file `split` >= 1 (its `tensors` carry that number). Split 0 comes through on_header.
  virtual Status on_split_header(std::shared_ptr<const Header> header, uint32_t split) = 0;

  // `bytes` of tensor `info` starting at byte `offset` of it, in file byte order. Bytes of one tensor arrive in order
  // and whole tensors one after another. The span is valid during the call only.
  virtual Status on_data(const TensorInfo& info, uint64_t offset, std::span<const std::byte> bytes,
                         bool big_endian) = 0;

  // The whole tensor at once, in memory that `keep_alive` holds (an mmapped file). Default: on_data.
  virtual Status on_mapped(const TensorInfo& info, std::span<const std::byte> bytes, bool big_endian,
                           std::shared_ptr<const void> keep_alive);
};

struct Progress {
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;  // of the files begun so far; 0 while unknown
  uint32_t tensors_done = 0;
  uint32_t tensors_total = 0;  // over all files of a split model; 0 before the first header is complete
};

// Parses one GGUF stream (or, fed one after another, the files of a split model) as bytes arrive.
// Not thread-safe. After the first error every call returns that error.
class PushReader {
 public:
  // `total_bytes`: the length of the (first) file if known, else 0; known lengths let lying counts be refused at once.
  PushReader(TensorSink* sink, uint64_t total_bytes);
  ~PushReader();

  // Takes all of `bytes`. kInvalidArgument beyond the announced length.
  Status feed(std::span<const std::byte> bytes);

  // End of one file of a split model: the next feed() starts the next file, in the order of their numbers. Not needed
  // before finish(). kTruncated where the file is incomplete, kBadSplit where the model has no further file.
  Status next_file(uint64_t total_bytes);

  // kTruncated unless everything the directory promised has arrived, of every split.
  Status finish();

  Progress progress() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Maps `path` (and, where its metadata says it is split, its siblings "-0000k-of-0000n.gguf") and reports every tensor
// through on_mapped. kIo names the path and the system's reason; every other message of the container starts with the
// path. `path` must be the first file of a split model: kBadSplit names it where another is given.
Status read_file(const std::string& path, TensorSink* sink);

// The header alone, for inspection: of the file and of its splits' directories merged. Touches no tensor data.
Result<std::shared_ptr<const Header>> read_header(const std::string& path);

}  // namespace wasmchord::gguf
