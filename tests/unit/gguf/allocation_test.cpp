// Hostile counts must not turn into memory before the bytes exist.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "src/gguf/limits.h"
#include "tests/unit/gguf/reading.h"

namespace {
std::atomic<size_t> largest_allocation{0};

void* note_and_allocate(size_t size) {
  size_t seen = largest_allocation.load();
  while (size > seen && !largest_allocation.compare_exchange_weak(seen, size)) {
  }
  return std::malloc(size);
}
}  // namespace

// Never inlined, or the compiler sees free() meet new.
[[gnu::noinline]] void* operator new(size_t size) {
  void* place = note_and_allocate(size);
  if (place == nullptr) std::abort();
  return place;
}
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept { return note_and_allocate(size); }
[[gnu::noinline]] void operator delete(void* place) noexcept { std::free(place); }
[[gnu::noinline]] void operator delete(void* place, size_t) noexcept { std::free(place); }
[[gnu::noinline]] void operator delete(void* place, const std::nothrow_t&) noexcept { std::free(place); }

namespace wasmchord {
namespace {

using gguf::ValueType;
using test::Bytes;
using test::GgufBuilder;

constexpr auto kArray = static_cast<uint32_t>(ValueType::kArray);

class DeafSink : public gguf::TensorSink {
 public:
  Status on_header(std::shared_ptr<const gguf::Header>) override { return Status::ok(); }
  Status on_split_header(std::shared_ptr<const gguf::Header>, uint32_t) override { return Status::ok(); }
  Status on_data(const gguf::TensorInfo&, uint64_t, std::span<const std::byte>, bool) override { return Status::ok(); }
};

// Bytes of the largest single allocation while `bytes` stream in without a known length.
size_t largest_while_feeding(const Bytes& bytes) {
  DeafSink sink;
  gguf::PushReader reader(&sink, 0);
  largest_allocation = 0;
  for (size_t start = 0; start < bytes.size(); start += 1000) {
    const auto chunk = std::span<const std::byte>(bytes).subspan(start, std::min<size_t>(1000, bytes.size() - start));
    if (!reader.feed(chunk)) break;
  }
  return largest_allocation;
}

constexpr size_t kModest = 64 * 1024;  // an arena block or so

TEST(GgufAllocationTest, ArrayPromisesCostNothing) {
  for (ValueType type : {ValueType::kU8, ValueType::kF64, ValueType::kString, ValueType::kArray}) {
    GgufBuilder builder;
    builder.raw_kv("a", kArray).type(type).count(gguf::kMaxArrayLength);
    EXPECT_LT(largest_while_feeding(builder.build()), kModest);
  }
}

TEST(GgufAllocationTest, StringPromisesCostNothing) {
  GgufBuilder builder;
  builder.raw_kv("s", static_cast<uint32_t>(ValueType::kString)).count(gguf::kMaxStringBytes).raw("abc");
  EXPECT_LT(largest_while_feeding(builder.build()), kModest);
}

TEST(GgufAllocationTest, CountsCostNothing) {
  EXPECT_LT(largest_while_feeding(GgufBuilder().claim_keys(gguf::kMaxKeys).build()), kModest);
  EXPECT_LT(largest_while_feeding(GgufBuilder().claim_tensors(gguf::kMaxTensors).build()), kModest);
}

TEST(GgufAllocationTest, TensorSizesCostNothing) {
  const Bytes bytes = GgufBuilder().tensor({"w", {uint64_t{1} << 40}, 0, {}, 0}).header();
  EXPECT_LT(largest_while_feeding(bytes), kModest);
}

TEST(GgufAllocationTest, KnownLengthBoundsArrays) {
  // 1000 strings of no bytes: 16 bytes each to view, from 8 in the file.
  const Bytes bytes = GgufBuilder().array("a", std::vector<std::string>(1000)).build();
  DeafSink sink;
  gguf::PushReader reader(&sink, bytes.size());
  largest_allocation = 0;
  ASSERT_TRUE(reader.feed(bytes));
  EXPECT_LT(largest_allocation, kModest);
}

}  // namespace
}  // namespace wasmchord
