// Any bytes through the push reader: no crash, no view that dangles, and a verdict that depends neither on the chunking
// nor, as far as accepting goes, on knowing the length.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>

#include "src/gguf/reader.h"

namespace wasmchord {
namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

// FNV-1a.
class Hash {
 public:
  void bytes(std::span<const std::byte> data) {
    for (std::byte b : data) state_ = (state_ ^ static_cast<uint64_t>(b)) * 0x100000001b3;
  }
  void text(std::string_view s) { bytes(std::as_bytes(std::span(s.data(), s.size()))); }
  void number(uint64_t n) { bytes(std::as_bytes(std::span(&n, 1))); }
  uint64_t value() const { return state_; }

 private:
  uint64_t state_ = 0xcbf29ce484222325;
};

// Reads all that it is told, so that a sanitizer sees a bad view, and checks the promises of TensorSink.
class ReadingSink : public gguf::TensorSink {
 public:
  Status on_header(std::shared_ptr<const gguf::Header> header) override {
    require(!header_, "on_header comes once");
    header_ = std::move(header);
    return Status::ok();
  }
  Status on_split_header(std::shared_ptr<const gguf::Header>, uint32_t) override {
    require(false, "one file has no second header");
    return Status::ok();
  }
  Status on_data(const gguf::TensorInfo& info, uint64_t offset, std::span<const std::byte> bytes, bool) override {
    require(header_ != nullptr, "the header comes before data");
    require(&info == current_ ? offset == next_ : offset == 0, "bytes of a tensor come in order");
    require(!bytes.empty() && bytes.size() <= info.n_bytes - offset, "bytes lie within the tensor");
    current_ = &info;
    next_ = offset + bytes.size();
    hash_.bytes(bytes);
    if (next_ == info.n_bytes) ++n_complete_;
    return Status::ok();
  }

  uint64_t digest() {
    if (!header_) return 0;
    for (const auto& entry : header_->metadata.entries()) {
      hash_.text(entry.key);
      add(entry.value);
    }
    for (const auto& tensor : header_->tensors) {
      hash_.text(tensor.name);
      hash_.number(tensor.offset);
      require(header_->find_tensor(tensor.name) == &tensor, "the index finds the tensor");
    }
    return hash_.value();
  }
  bool all_tensors() const { return header_ && n_complete_ == header_->tensors.size(); }

 private:
  void add(const gguf::Value& value) {
    hash_.number(static_cast<uint64_t>(value.type));
    hash_.number(value.u);
    hash_.number(static_cast<uint64_t>(value.i));
    hash_.text(value.s);
    if (value.array == nullptr) return;
    require(value.array->numbers.size() + value.array->strings.size() + value.array->nested.size() >= value.array->size,
            "an array has as many elements as it says");
    hash_.bytes(value.array->numbers);
    for (std::string_view s : value.array->strings) hash_.text(s);
    for (const gguf::Value& nested : value.array->nested) add(nested);
  }

  std::shared_ptr<const gguf::Header> header_;
  const gguf::TensorInfo* current_ = nullptr;
  uint64_t next_ = 0;
  uint64_t n_complete_ = 0;
  Hash hash_;
};

struct Verdict {
  Status status;
  uint64_t digest;
};

// `seed` 0: one chunk; else chunks of 1 to 1024 bytes, mostly short.
Verdict read(std::span<const std::byte> bytes, bool announce, uint64_t seed) {
  ReadingSink sink;
  gguf::PushReader reader(&sink, announce ? bytes.size() : 0);
  Status status;
  while (!bytes.empty() && status) {
    seed = seed * 6364136223846793005u + 1442695040888963407u * (seed != 0);  // Knuth's MMIX generator
    const uint64_t size = seed == 0 ? bytes.size() : 1 + (seed >> 32) % (uint64_t{2} << (seed >> 60) % 10);
    const auto chunk = bytes.first(static_cast<size_t>(std::min<uint64_t>(size, bytes.size())));
    const std::string copy(reinterpret_cast<const char*>(chunk.data()), chunk.size());
    status = reader.feed(std::as_bytes(std::span(copy.data(), copy.size())));
    bytes = bytes.subspan(chunk.size());
  }
  if (status) status = reader.finish();
  require(!status || sink.all_tensors(), "an accepted file delivered every tensor");
  return {status, sink.digest()};
}

void require_same(const Verdict& a, const Verdict& b) {
  require(a.status.code() == b.status.code(), "the code does not depend on the chunking");
  require(a.status.message() == b.status.message(), "the message does not depend on the chunking");
  require(a.digest == b.digest, "what was read does not depend on the chunking");
}

}  // namespace
}  // namespace wasmchord

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace wasmchord;
  const std::span<const std::byte> bytes(reinterpret_cast<const std::byte*>(data), size);
  Hash hash;
  hash.bytes(bytes);
  const uint64_t seed = hash.value() | 1;
  const Verdict known = read(bytes, true, 0);
  const Verdict unknown = read(bytes, false, 0);
  require_same(known, read(bytes, true, seed));
  require_same(unknown, read(bytes, false, seed));
  require(known.status.is_ok() == unknown.status.is_ok(), "accepting does not depend on knowing the length");
  return 0;
}
