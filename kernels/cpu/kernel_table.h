// The CPU kernels of one ISA as a table of functions: the only header of kernels/ besides select.h that src/ may
// include.
//
// Every kernel is single-threaded, allocates nothing and takes a range, so that threading stays with the caller and any
// split of the range gives the same bits. Every kernel follows one canonical order of floating-point operations (see
// README.md): the result is bit-identical on every ISA, for any number of tokens in a call and any split of rows.
// Pointers need the alignment of their element type only. f16 and bf16 are carried as uint16_t.
#pragma once

#include <cstddef>
#include <cstdint>

namespace wasmchord::kernels {

// How a weight format wants its activations.
enum class ActivationKind : uint32_t {
  kF32 = 0,  // plain floats
  kQ8 = 1,   // one row = kernels::q8_row_bytes(cols) bytes made by quantize_q8
};

// A row of `cols` activations in 8 bits: blocks of 32 with scale and sums, arrays apart:
//   float   d[cols/32]      scale: x = d * q, d = max|x| / 127 rounded to 11 bits
//   int16_t sum[cols/32][2] sums of q over the halves of the block, 16 elements each: what an offset of the weights
//                           is multiplied by (unsigned nibbles, minima)
//   int8_t  q[cols]         round-half-to-even(x / d), in -127..127
// `cols` is a multiple of 32.
inline constexpr uint32_t kQ8BlockLen = 32;
constexpr size_t q8_row_bytes(size_t cols) { return cols / kQ8BlockLen * 8 + cols; }

// y[t * y_stride + r - y_row] = sum_c w[r, c] * x[t, c] for r in [row_begin, row_end), t in [0, n_tokens).
struct MatmulArgs {
  // Rows below packed_rows lie in slabs of FormatKernels::slab_rows, the one of row r at w + r / slab_rows * slab_rows
  // * w_row_bytes; the others in the file's own block layout, row r at w + r * w_row_bytes.
  const void* w = nullptr;
  size_t w_row_bytes = 0;
  const void* x = nullptr;  // row t starts at x + t * x_row_bytes: floats or q8 rows, by the format's ActivationKind
  size_t x_row_bytes = 0;
  float* y = nullptr;   // [n_tokens, y_stride]
  size_t y_stride = 0;  // floats
  uint32_t y_row = 0;   // the row whose results are column 0 of y; at most row_begin
  uint32_t cols = 0;    // whole blocks of the format (and of 32 for kQ8)
  uint32_t row_begin = 0, row_end = 0;
  uint32_t packed_rows = 0;  // whole slabs; 0: all rows as in the file
  uint32_t n_tokens = 0;
};

struct FormatKernels {
  ActivationKind activation = ActivationKind::kF32;
  void (*matmul)(const MatmulArgs& args) = nullptr;
  // out[0..n) from whole blocks. Exactly the format's decode formula.
  void (*dequantize)(const void* blocks, float* out, size_t n) = nullptr;

  // A slab is so many rows interleaved, as long as they were, for matmul to read faster; 0: the format has no such
  // layout on this ISA, and the functions are null. `slab` does not overlap the rows.
  uint32_t slab_rows = 0;
  void (*pack)(const void* rows, size_t row_bytes, void* slab) = nullptr;
  // Row `row` of the slab as it was.
  void (*unpack_row)(const void* slab, size_t row_bytes, uint32_t row, void* out) = nullptr;
};

// Type of K and V in the cache: floats, or blocks of 32 as in formats/q8_0.h and formats/q4_0.h.
enum class KvType : uint32_t { kF32 = 0, kF16 = 1, kQ8_0 = 2, kQ4_0 = 3 };
inline constexpr uint32_t kKvTypes = 4;

// Positions that attention takes together, counted from position 0. A range gives the same bits in one call or in
// several, one after another into the same state, as long as it is split at multiples of this.
inline constexpr uint32_t kAttentionTile = 32;

// Positions whose states are computed apart and merged in order (see README.md, Attention). A multiple of the tile.
inline constexpr uint32_t kAttentionRange = 128;

// The query heads that share one K/V head, of some tokens one after another, against the positions [begin, end),
// accumulated into one online-softmax state per token and head, so that ranges can be taken one after another or apart
// and merged:
//   m = max score, l = sum exp(score - m), acc = sum exp(score - m) * v.
// Token t stands at position + t and sees nothing after itself; each state gets the bits that it would get alone.
struct AttentionArgs {
  const float* q = nullptr;     // head h of token t: [head_dim] at q + t * q_stride + h * head_dim
  size_t q_stride = 0;          // floats
  const void* k = nullptr;      // from position `begin` on as kv_store_key laid them out, whole tiles
  const void* v = nullptr;      // [end - begin, head_dim_v] from position `begin` on, contiguous, KvType
  uint32_t begin = 0, end = 0;  // positions; begin is a multiple of kAttentionTile
  uint32_t position = 0;        // of token 0
  uint32_t window = 0;          // a token sees itself and the window - 1 positions before it; 0: all before it
  uint32_t n_tokens = 0, n_heads = 0;
  uint32_t head_dim = 0, head_dim_v = 0;  // multiples of 32 for the types in blocks
  float scale = 1.0f;                     // score = scale * q.k, then
  float softcap = 0.0f;                   // cap * tanh(score / cap), unless 0, then
  const float* slopes = nullptr;          // [n_heads] score - slope * distance of the positions (ALiBi), unless null
  float* m = nullptr;                     // [n_tokens, n_heads]; start a state with m = -infinity, l = 0, acc = 0
  float* l = nullptr;                     // [n_tokens, n_heads]
  float* acc = nullptr;                   // [n_tokens, n_heads, head_dim_v]
  float* scratch = nullptr;               // [kAttentionTile, head_dim + max(head_dim, head_dim_v)]
};

// The state of one query head, as above.
struct AttentionState {
  float* m = nullptr;
  float* l = nullptr;
  float* acc = nullptr;  // [head_dim_v]
};

// RoPE over the first n_rot elements of a head: pairs (i, i + 1) when `interleaved`, else (i, i + n_rot / 2).
// cos_sin[2 * j], cos_sin[2 * j + 1] = cos, sin of pair j's angle, magnitude factor (YaRN) multiplied in.
struct RopeArgs {
  float* x = nullptr;              // [n_heads, head_dim], in place
  const float* cos_sin = nullptr;  // [n_rot / 2, 2]
  uint32_t n_heads = 0, head_dim = 0, n_rot = 0;
  bool interleaved = false;
};

inline constexpr uint32_t kMaxFormatId = 64;

struct KernelTable {
  const char* name = nullptr;                // "scalar", "avx2", as in isa.def
  FormatKernels formats[kMaxFormatId] = {};  // by GGUF type number; matmul is null for a type that is not computed

  // out: q8_row_bytes(n) bytes; n a multiple of 32.
  void (*quantize_q8)(const float* x, size_t n, void* out) = nullptr;
  // y = x / sqrt(mean(x^2) + eps) * w; w may be null (all ones). y may be x.
  void (*rms_norm)(const float* x, const float* w, float eps, size_t n, float* y) = nullptr;
  // y = (x - mean) / sqrt(var + eps) * w + b; b may be null.
  void (*layer_norm)(const float* x, const float* w, const float* b, float eps, size_t n, float* y) = nullptr;
  void (*add)(const float* a, const float* b, size_t n, float* y) = nullptr;  // y = a + b
  void (*mul)(const float* a, const float* b, size_t n, float* y) = nullptr;  // y = a * b
  void (*add_scaled)(const float* a, float s, size_t n, float* y) = nullptr;  // y += s * a
  void (*scale)(const float* x, float s, size_t n, float* y) = nullptr;       // y = s * x
  void (*silu_mul)(const float* gate, const float* up, size_t n,
                   float* y) = nullptr;  // y = gate / (1 + exp(-gate)) * up
  // y = gelu(gate) * up, gelu(x) = x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))); up may be null (all ones).
  void (*gelu_mul)(const float* gate, const float* up, size_t n, float* y) = nullptr;
  // y = g / (1 + exp(-1.702 g)) * (u + 1), g = min(gate, 7), u = up limited to -7..7.
  void (*clamped_swiglu)(const float* gate, const float* up, size_t n, float* y) = nullptr;
  void (*sigmoid)(const float* x, size_t n, float* y) = nullptr;             // y = 1 / (1 + exp(-x))
  void (*softcap)(const float* x, float cap, size_t n, float* y) = nullptr;  // y = cap * tanh(x / cap)
  void (*softmax)(float* x, size_t n) = nullptr;                             // in place, stable
  void (*rope)(const RopeArgs& args) = nullptr;
  void (*attention[kKvTypes])(const AttentionArgs& args) = {};  // by KvType
  // n floats as KvType at `out`; n is a multiple of 32 for the types in blocks. F32: a copy.
  void (*kv_store[kKvTypes])(const float* x, size_t n, void* out) = {};
  // The key x, n = head_dim floats, of position pos of a head whose keys begin at `keys`. Floats and halves lie in
  // tiles, [head_dim, kAttentionTile] each, so that a vector holds one element of many positions; blocks in rows as
  // kv_store makes them. A tile takes the bytes of kAttentionTile rows.
  void (*kv_store_key[kKvTypes])(const float* x, size_t n, size_t pos, void* keys) = {};
  // into = the state of both ranges. Not the bits of one range after the other: merge at fixed places.
  void (*attention_merge)(const AttentionState& from, const AttentionState& into, uint32_t head_dim_v) = nullptr;
  // One more score without a value, which only takes weight from the others (an attention sink).
  void (*attention_sink)(float score, const AttentionState& into, uint32_t head_dim_v) = nullptr;
  // y = acc / l; zeros where l is 0 (no position, or all masked). y may be acc.
  void (*attention_finish)(const AttentionState& state, uint32_t head_dim_v, float* y) = nullptr;
  void (*f32_to_f16)(const float* x, size_t n, uint16_t* y) = nullptr;  // round half to even, IEEE
  void (*f16_to_f32)(const uint16_t* x, size_t n, float* y) = nullptr;
};

}  // namespace wasmchord::kernels
