#include <gtest/gtest.h>

#include "src/backend/registry.h"
#include "tests/golden/plans.h"

namespace wasmchord::test {
namespace {

bool names(const Status& status, std::string_view what) { return status.message().find(what) != std::string::npos; }

TEST(Registry, KnowsTheCpu) {
  ASSERT_GE(backend_count(), 1u);
  EXPECT_EQ(backend_name(0), "cpu");
  const auto backend = cpu_backend();
  EXPECT_EQ(backend->name(), "cpu");
  EXPECT_EQ(backend->isa(), *resolve_cpu_isa(""));
}

TEST(Registry, NamesABackendThatIsNotThere) {
  const auto refused = create_backend("abacus", {});
  EXPECT_EQ(refused.status().code(), Code::kBackendUnavailable);
  EXPECT_TRUE(names(refused.status(), "abacus"));
}

TEST(Registry, NamesAnIsaThatIsNotThereAndThoseThatAre) {
  BackendOptions options;
  options.isa = "avx2048";
  const auto refused = create_backend("cpu", options);
  EXPECT_EQ(refused.status().code(), Code::kIsaUnavailable);
  EXPECT_TRUE(names(refused.status(), "avx2048"));
  EXPECT_TRUE(names(refused.status(), "scalar"));
  EXPECT_EQ(resolve_cpu_isa("avx2048").status().code(), Code::kIsaUnavailable);
  EXPECT_EQ(*resolve_cpu_isa("scalar"), "scalar");
}

TEST(Weights, AreWrittenInPartsToTheirPlace) {
  const auto backend = cpu_backend();
  const auto id = backend->create_weight({"w", DType::kF32, Shape::of(4, 3)});
  ASSERT_TRUE(id.is_ok());
  const std::vector<float> numbers = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const Bytes bytes = bytes_of(numbers);
  ASSERT_TRUE(backend->write_weight(*id, 0, std::span(bytes).first(7)).is_ok());
  ASSERT_TRUE(backend->write_weight(*id, 7, std::span(bytes).subspan(7)).is_ok());
  const auto stored = backend->weight_bytes(*id);
  EXPECT_EQ(floats(Bytes(stored.begin(), stored.end())), numbers);
}

TEST(Weights, AreNotWrittenPastTheirEnd) {
  const auto backend = cpu_backend();
  const auto id = backend->create_weight({"w", DType::kF32, Shape::of(4)});
  ASSERT_TRUE(id.is_ok());
  const Bytes bytes(16);
  EXPECT_EQ(backend->write_weight(*id, 1, bytes).code(), Code::kInternal);
  EXPECT_EQ(backend->write_weight(*id, 17, {}).code(), Code::kInternal);
  EXPECT_EQ(backend->write_weight(*id, UINT64_MAX, bytes).code(), Code::kInternal);
  EXPECT_TRUE(backend->write_weight(*id, 16, {}).is_ok());
}

TEST(Weights, MappedAreNeitherCopiedNorWritable) {
  const auto backend = cpu_backend();
  const auto bytes = std::make_shared<const Bytes>(Bytes(16));
  const std::weak_ptr<const Bytes> watch = bytes;
  const auto id = backend->map_weight({"w", DType::kF32, Shape::of(4)}, *bytes, bytes);
  ASSERT_TRUE(id.is_ok());
  EXPECT_TRUE(backend->weight_bytes(*id).empty());
  EXPECT_EQ(watch.use_count(), 2) << "the backend keeps the mapping alive";
}

TEST(Weights, MappedMustHaveTheirSize) {
  const auto backend = cpu_backend();
  const Bytes bytes(15);
  const auto refused = backend->map_weight({"short one", DType::kF32, Shape::of(4)}, bytes, nullptr);
  EXPECT_EQ(refused.status().code(), Code::kTruncated);
  EXPECT_TRUE(names(refused.status(), "short one"));
}

TEST(Weights, OfATypeWithoutKernelsAreRefusedByName) {
  const auto backend = cpu_backend();
  for (DType dtype : {DType::kI8, DType::kI32, DType::kF64}) {
    EXPECT_FALSE(backend->supports(dtype));
    const auto refused = backend->create_weight({"blk.0.odd.weight", dtype, Shape::of(32)});
    EXPECT_EQ(refused.status().code(), Code::kUnsupportedTensorType);
    EXPECT_TRUE(names(refused.status(), "blk.0.odd.weight"));
    EXPECT_TRUE(names(refused.status(), dtype_info(dtype).name));
  }
  for (DType dtype : {DType::kF32, DType::kF16, DType::kQ8_0, DType::kQ4_0}) EXPECT_TRUE(backend->supports(dtype));
}

TEST(Weights, WhoseSizeOverflowsAreRefusedByName) {
  const auto refused = cpu_backend()->create_weight({"vast", DType::kF32, Shape::of(1ull << 33, 1ull << 33)});
  EXPECT_EQ(refused.status().code(), Code::kBadDimensions);
  EXPECT_TRUE(names(refused.status(), "vast"));
}

TEST(Weights, AboveTheMemoryLimitAreRefusedByName) {
  const auto memory = std::make_shared<Memory>(AllocatorHooks(), 1000);
  const auto backend = cpu_backend("", memory);
  EXPECT_TRUE(backend->create_weight({"first", DType::kF32, Shape::of(200)}).is_ok());
  const auto refused = backend->create_weight({"second", DType::kF32, Shape::of(200)});
  EXPECT_EQ(refused.status().code(), Code::kMemoryLimit);
  EXPECT_TRUE(names(refused.status(), "second"));
  EXPECT_EQ(memory->live_bytes(), 800u);
}

}  // namespace
}  // namespace wasmchord::test
