// Decoding one token allocates nothing while the string has room.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "tests/unit/tokenizer/tokenizers.h"

namespace {
std::atomic<uint64_t> allocations{0};
}

// Never inlined, or the compiler sees free() meet new.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  void* place = std::malloc(size);
  if (place == nullptr) std::abort();
  return place;
}
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* place) noexcept { std::free(place); }
[[gnu::noinline]] void operator delete(void* place, size_t) noexcept { std::free(place); }
[[gnu::noinline]] void operator delete(void* place, const std::nothrow_t&) noexcept { std::free(place); }

namespace wasmchord::test {
namespace {

void decode_everything(const Tokenizer& tokenizer) {
  std::string text;
  text.reserve(1 << 16);
  StreamDecoder decoder(&tokenizer, true);
  for (TokenId id = 0; id < static_cast<TokenId>(tokenizer.vocab_size()); ++id) {
    text.clear();
    ASSERT_TRUE(decoder.push(id, &text).is_ok());  // lets the decoder's own buffer grow
  }
  const uint64_t before = allocations;
  bool ok = true;
  for (TokenId id = 0; id < static_cast<TokenId>(tokenizer.vocab_size()); ++id) {
    text.clear();
    ok = tokenizer.decode_token(id, true, &text).is_ok() && decoder.push(id, &text).is_ok() && ok;
  }
  const uint64_t after = allocations;
  EXPECT_TRUE(ok);
  EXPECT_EQ(after, before);
}

TEST(Allocation, DecodingATokenAllocatesNothing) {
  decode_everything(**create(micro_spm().builder()));
  decode_everything(**create(micro_bpe("gpt-2").builder()));
}

}  // namespace
}  // namespace wasmchord::test
