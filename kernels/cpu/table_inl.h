// The table of an ISA from the shared algorithms alone. Included after the ISA's vec.h; its table.cpp then replaces the
// entries for which it has something faster.
#pragma once

#include "kernels/cpu/kernel_table.h"
#include "kernels/cpu/lanes_inl.h"
//
#include "kernels/cpu/exp_inl.h"
#include "kernels/cpu/norm_inl.h"
//
#include "kernels/cpu/elementwise_inl.h"
#include "kernels/cpu/matmul_block_inl.h"
#include "kernels/cpu/matmul_float_inl.h"
#include "kernels/cpu/rope_inl.h"
//
#include "wasmchord_formats.h"  // generated from formats.def: includes every format's header
//
#include "kernels/cpu/attention_tile_inl.h"
//
#include "kernels/cpu/attention_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

template <class Row>
void dequantize_float(const void* blocks, float* out, size_t n) {
  const auto* row = static_cast<const uint8_t*>(blocks);
  size_t i = 0;
  for (; i + 8 <= n; i += 8) store(out + i, Row::load8(row, i));
  if (i < n) store_n(out + i, load_tail<Row>(row, i, n - i), n - i);
}

template <class Format>
constexpr FormatKernels format_kernels() {
  return {ActivationKind::kQ8, matmul_unpacked<Format>, dequantize<Format>};
}
template <>
constexpr FormatKernels format_kernels<F32>() {
  return {ActivationKind::kF32, matmul_float<F32Row>, dequantize_float<F32Row>};
}
template <>
constexpr FormatKernels format_kernels<F16>() {
  return {ActivationKind::kF32, matmul_float<F16Row>, dequantize_float<F16Row>};
}
template <>
constexpr FormatKernels format_kernels<BF16>() {
  return {ActivationKind::kF32, matmul_float<BF16Row>, dequantize_float<BF16Row>};
}

// The index of a format in KernelTable::formats: kFormatQ4_0 and so on.
enum FormatId : uint32_t {
#define WC_FORMAT(format, id, block_len, block_bytes, stem) kFormat##format = id,
#include "kernels/formats/formats.def"
#undef WC_FORMAT
};

constexpr KernelTable make_table(const char* name) {
  KernelTable table;
  table.name = name;
#define WC_FORMAT(format, id, block_len, block_bytes, stem) table.formats[kFormat##format] = format_kernels<format>();
#include "kernels/formats/formats.def"
#undef WC_FORMAT
  table.quantize_q8 = quantize_q8;
  table.rms_norm = rms_norm;
  table.layer_norm = layer_norm;
  table.add = add;
  table.mul = mul;
  table.add_scaled = add_scaled;
  table.scale = scale;
  table.silu_mul = silu_mul;
  table.gelu_mul = gelu_mul;
  table.clamped_swiglu = clamped_swiglu;
  table.sigmoid = sigmoid;
  table.softcap = softcap;
  table.softmax = softmax;
  table.rope = rope;
  set_attention<Attention8>(table);
  set_kv_store<F32Row>(table, KvType::kF32);
  set_kv_store<F16Row>(table, KvType::kF16);
  set_kv_store<BlockRow<Q8_0>>(table, KvType::kQ8_0);
  set_kv_store<BlockRow<Q4_0>>(table, KvType::kQ4_0);
  table.attention_merge = attention_merge;
  table.attention_sink = attention_sink;
  table.attention_finish = attention_finish;
  table.f32_to_f16 = f32_to_f16_row;
  table.f16_to_f32 = f16_to_f32_row;
  return table;
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
