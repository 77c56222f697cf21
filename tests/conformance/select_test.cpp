#include "kernels/cpu/select.h"

#include <cstdlib>

#include "tests/conformance/kernel_cases.h"

namespace wasmchord::conformance {
namespace {

TEST(IsaSelectTest, ForcedIsaIsTheOneReturned) {
  for (size_t i = 0; i < kernels::isa_count(); ++i) {
    const kernels::IsaInfo& isa = kernels::isa_at(i);
    const KernelTable* table = kernels::find_table(isa.name);
    if (!isa.supported()) {
      EXPECT_EQ(table, nullptr);
      continue;
    }
    ASSERT_NE(table, nullptr);
    EXPECT_EQ(table, isa.table());
    EXPECT_EQ(isa.name, table->name);
  }
}

TEST(IsaSelectTest, EveryIsaHasItsOwnKernels) {
  for (size_t i = 0; i + 1 < kernels::isa_count(); ++i) {
    EXPECT_NE(kernels::isa_at(i).table()->rms_norm, scalar_table().rms_norm) << kernels::isa_at(i).name;
  }
}

TEST(IsaSelectTest, BestIsTheFirstSupported) {
  for (size_t i = 0; i < kernels::isa_count(); ++i) {
    if (!kernels::isa_at(i).supported()) continue;
    EXPECT_EQ(kernels::best_table(), kernels::isa_at(i).table());
    return;
  }
  FAIL() << "no ISA is supported";
}

// Named by a run on an emulated CPU, of which it is known.
TEST(IsaSelectTest, BestIsTheOneThatTheEnvironmentExpects) {
  const char* expected = std::getenv("WC_TEST_BEST_ISA");
  if (!expected) GTEST_SKIP() << "WC_TEST_BEST_ISA names nothing";
  EXPECT_STREQ(kernels::best_table()->name, expected);
}

TEST(IsaSelectTest, ScalarIsLastAndAlwaysSupported) {
  const kernels::IsaInfo& last = kernels::isa_at(kernels::isa_count() - 1);
  EXPECT_EQ(last.name, "scalar");
  EXPECT_TRUE(last.supported());
}

TEST(IsaSelectTest, UnknownNameIsNull) {
  EXPECT_EQ(kernels::find_table("sse9"), nullptr);
  EXPECT_EQ(kernels::find_table(""), nullptr);
}

TEST(IsaSelectTest, TablesAreComplete) {
  for (size_t i = 0; i < kernels::isa_count(); ++i) {
    const KernelTable& t = *kernels::isa_at(i).table();
#define WC_FORMAT(format, id, block_len, block_bytes, stem) \
  EXPECT_TRUE(t.formats[id].matmul&& t.formats[id].dequantize) << t.name << " " << #format;
#undef WC_FORMAT_NAMED  // empty, where another file of the unit has read the list
#define WC_FORMAT_NAMED(format, id, block_len, block_bytes) \
  EXPECT_FALSE(t.formats[id].matmul) << t.name << " " << #format;
#include "kernels/formats/formats.def"
#undef WC_FORMAT
#undef WC_FORMAT_NAMED
    EXPECT_TRUE(t.quantize_q8 && t.rms_norm && t.layer_norm && t.add && t.mul && t.add_scaled && t.scale) << t.name;
    EXPECT_TRUE(t.gelu_mul && t.clamped_swiglu && t.sigmoid && t.softcap && t.attention_sink) << t.name;
    EXPECT_TRUE(t.silu_mul && t.softmax && t.rope && t.attention[0] && t.attention[1]) << t.name;
    EXPECT_TRUE(t.attention_merge && t.attention_finish && t.f32_to_f16 && t.f16_to_f32) << t.name;
  }
}

}  // namespace
}  // namespace wasmchord::conformance
