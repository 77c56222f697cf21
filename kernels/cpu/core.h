// What kernels must know of the core that runs them beyond its ISA.
#pragma once

namespace wasmchord::kernels {

// Whether the core's own prefetchers read one stream of memory as fast as memory gives it, so that prefetch
// instructions only take load slots away. AMD's do: Zen 4 reads Q8_0 in AVX-512 slabs at 30 GB/s without them, at 20
// with. Intel's Sapphire Rapids needs them: Q4_0 at 9 GB/s without, at 14 with. Thread-safe.
bool core_foresees_streams();

}  // namespace wasmchord::kernels
