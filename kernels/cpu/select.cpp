#include "kernels/cpu/select.h"

#include <cstdint>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif defined(_M_X64) || defined(_M_IX86)
#include <immintrin.h>
#include <intrin.h>
#endif
#if defined(WC_HAVE_NEON)
#if defined(__linux__)
#include <sys/auxv.h>
#elif defined(__APPLE__)
#include <sys/sysctl.h>
#endif
#endif

#include "kernels/cpu/core.h"

namespace wasmchord::kernels {

#define WC_ISA(name)                 \
  namespace name {                   \
  const KernelTable* kernel_table(); \
  }
#include "kernels/cpu/isa.def"
#undef WC_ISA

namespace {

#if defined(WC_HAVE_AVX2)
struct CpuidRegisters {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// All zero where the CPU has no such leaf.
CpuidRegisters cpuid(uint32_t leaf, uint32_t subleaf = 0) {
  CpuidRegisters r;
#if defined(__GNUC__)
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
#else
  int values[4];
  __cpuid(values, 0);
  if (static_cast<uint32_t>(values[0]) < leaf) return r;
  __cpuidex(values, static_cast<int>(leaf), static_cast<int>(subleaf));
  r.eax = values[0], r.ebx = values[1], r.ecx = values[2], r.edx = values[3];
#endif
  return r;
}

// XCR0: which register states the operating system saves.
uint64_t enabled_states() {
#if defined(__GNUC__)
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t{high} << 32) | low;
#else
  return _xgetbv(0);
#endif
}

// AVX2 and F16C by the CPU, 256-bit registers by the operating system.
bool avx2_supported() {
  constexpr uint32_t kOsxsave = 1u << 27, kAvx = 1u << 28, kF16c = 1u << 29;  // leaf 1, ecx
  constexpr uint32_t kAvx2 = 1u << 5;                                         // leaf 7, ebx
  constexpr uint64_t kXmmYmm = 6;
  const uint32_t wanted = kOsxsave | kAvx | kF16c;
  if ((cpuid(1).ecx & wanted) != wanted) return false;
  return (enabled_states() & kXmmYmm) == kXmmYmm && (cpuid(7).ebx & kAvx2) != 0;
}

// A build may lack this set and the next (WC_ISAS).
[[maybe_unused]] bool avx_vnni_supported() {
  constexpr uint32_t kAvxVnni = 1u << 4;  // leaf 7, subleaf 1, eax
  return avx2_supported() && (cpuid(7, 1).eax & kAvxVnni) != 0;
}

// F, DQ, BW, VL and VNNI of AVX-512 by the CPU, 512-bit and mask registers by the operating system.
[[maybe_unused]] bool avx512_supported() {
  constexpr uint32_t kFoundation = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;  // leaf 7, ebx
  constexpr uint32_t kVnni = 1u << 11;                                         // leaf 7, ecx
  constexpr uint64_t kZmmAndMasks = 0xe0;
  if (!avx2_supported() || (enabled_states() & kZmmAndMasks) != kZmmAndMasks) return false;
  const CpuidRegisters leaf = cpuid(7);
  return (leaf.ebx & kFoundation) == kFoundation && (leaf.ecx & kVnni) != 0;
}
#endif

#if defined(WC_HAVE_NEON)
struct ArmFeatures {
  bool simd = true;  // part of every 64-bit profile but that of some microcontrollers
  bool dot_products = false, matrix_products = false;
};

// The numbers are those of Linux, arch/arm64/include/uapi/asm/hwcap.h; C libraries know the newer ones only since 2020.
ArmFeatures arm_features() {
  ArmFeatures has;
#if defined(__linux__)
  constexpr unsigned long kHwcap = 16, kHwcap2 = 26;                                   // types of entries
  constexpr unsigned long kAsimd = 1ul << 1, kAsimdDp = 1ul << 20, kI8mm = 1ul << 13;  // the last is of kHwcap2
  has.simd = (getauxval(kHwcap) & kAsimd) != 0;
  has.dot_products = (getauxval(kHwcap) & kAsimdDp) != 0;
  has.matrix_products = (getauxval(kHwcap2) & kI8mm) != 0;
#elif defined(__APPLE__)
  const auto is_set = [](const char* name) {
    int value = 0;
    size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, nullptr, 0) == 0 && value != 0;
  };
  has.dot_products = is_set("hw.optional.arm.FEAT_DotProd");
  has.matrix_products = is_set("hw.optional.arm.FEAT_I8MM");
#endif
  return has;
}

bool neon_supported() { return arm_features().simd; }
bool neon_dotprod_supported() { return neon_supported() && arm_features().dot_products; }
bool neon_i8mm_supported() { return neon_dotprod_supported() && arm_features().matrix_products; }
#endif

// An engine that lacks a feature refuses the whole module, so what was loaded is supported.
#if defined(WC_HAVE_WASM_SIMD)
bool wasm_simd_supported() { return true; }
#endif
#if defined(WC_HAVE_WASM_RELAXED)
bool wasm_relaxed_supported() { return true; }
#endif

[[maybe_unused]] bool scalar_supported() { return true; }

constexpr IsaInfo kIsas[] = {
#define WC_ISA(name) {#name, name##_supported, name::kernel_table},
#include "kernels/cpu/isa.def"
#undef WC_ISA
};
constexpr size_t kIsaCount = sizeof kIsas / sizeof kIsas[0];

}  // namespace

size_t isa_count() { return kIsaCount; }

const IsaInfo& isa_at(size_t index) { return kIsas[index]; }

const KernelTable* best_table() {
  static const KernelTable* const best = [] {
    for (const IsaInfo& isa : kIsas) {
      if (isa.supported()) return isa.table();
    }
    return kIsas[kIsaCount - 1].table();
  }();
  return best;
}

bool core_foresees_streams() {
#if defined(WC_HAVE_AVX2)
  // The vendor's name is in ebx, edx, ecx of leaf 0: "AuthenticAMD".
  static const bool amd = [] {
    const CpuidRegisters r = cpuid(0);
    return r.ebx == 0x68747541u && r.edx == 0x69746e65u && r.ecx == 0x444d4163u;
  }();
  return amd;
#else
  return false;
#endif
}

const KernelTable* find_table(std::string_view name) {
  for (const IsaInfo& isa : kIsas) {
    if (isa.name == name) return isa.supported() ? isa.table() : nullptr;
  }
  return nullptr;
}

}  // namespace wasmchord::kernels
