// Inlining that results depend on: speed, never values.
#pragma once

// A tile lives in registers only where everything is inlined into one loop.
#if defined(_MSC_VER)
#define WC_ALWAYS_INLINE __forceinline
#define WC_INLINE_LAMBDA [[msvc::forceinline]]
#define WC_NEVER_INLINE __declspec(noinline)
#else
#define WC_ALWAYS_INLINE inline __attribute__((always_inline))
#define WC_INLINE_LAMBDA __attribute__((always_inline))
#define WC_NEVER_INLINE __attribute__((noinline))
#endif
