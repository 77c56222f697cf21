// What a WebAssembly module adds to the library: its allocator, its answer to an exhausted heap, and its threads.
//
// Threads are workers that hold instances of this module over one shared memory. The script that starts them gives each
// a stack and calls wasm_run_thread, which never returns; the thread inside the library then only writes to memory, so
// nothing has to pass through a worker's event loop.
#include <wasmchord/wasmchord.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "bindings/wasm/abi_layout.h"

#define WC_EXPORT extern "C" __attribute__((used, visibility("default")))

// Throws in JavaScript; the instance cannot be used after it.
extern "C" {
[[noreturn]] void wasm_out_of_memory(size_t bytes)
    __attribute__((import_module("env"), import_name("wasm_out_of_memory")));
}

namespace {

void* allocate(void*, size_t bytes, size_t alignment) {
  void* ptr = nullptr;
  return posix_memalign(&ptr, alignment, bytes) == 0 ? ptr : nullptr;
}
void release(void*, void* ptr, size_t) { std::free(ptr); }

void* allocate_or_throw(size_t bytes, size_t alignment) {
  void* ptr = alignment <= alignof(std::max_align_t) ? std::malloc(bytes) : allocate(nullptr, bytes, alignment);
  if (ptr == nullptr) wasm_out_of_memory(bytes);
  return ptr;
}

}  // namespace

// Without exceptions the C++ heap's own would end the program without saying why.
void* operator new(size_t bytes) { return allocate_or_throw(bytes, 0); }
void* operator new[](size_t bytes) { return allocate_or_throw(bytes, 0); }
void* operator new(size_t bytes, std::align_val_t alignment) {
  return allocate_or_throw(bytes, static_cast<size_t>(alignment));
}
void* operator new[](size_t bytes, std::align_val_t alignment) {
  return allocate_or_throw(bytes, static_cast<size_t>(alignment));
}

#if defined(__wasm_atomics__)

namespace {

constexpr int kSpins = 20'000;  // some 20 microseconds of reads before a thread sleeps

// One run at a time: the thread inside the library sets the task and raises `epoch`; every thread of the pool wakes,
// works if it is wanted, and lowers `running`.
struct Pool {
  alignas(64) std::atomic<uint32_t> epoch{0};
  alignas(64) std::atomic<uint32_t> running{0};
  alignas(64) uint32_t size = 0;  // threads that wait in wasm_run_thread, set before the first run
  uint32_t n = 0;                 // of them and the caller, how many the run wants
  void (*task)(void* data, uint32_t index) = nullptr;
  void* data = nullptr;
};
Pool pool;

uint32_t wait_while_equal(std::atomic<uint32_t>& value, uint32_t old) {
  for (int i = 0; i < kSpins; ++i) {
    const uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
  }
  for (;;) {
    const uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    __builtin_wasm_memory_atomic_wait32(reinterpret_cast<int*>(&value), static_cast<int>(old), -1);
  }
}

void wake_all(std::atomic<uint32_t>& value) {
  __builtin_wasm_memory_atomic_notify(reinterpret_cast<int*>(&value), UINT32_MAX);
}

void run_on_pool(void*, uint32_t n, void (*task)(void*, uint32_t), void* data) {
  pool.n = n;
  pool.task = task;
  pool.data = data;
  pool.running.store(pool.size, std::memory_order_relaxed);
  pool.epoch.fetch_add(1, std::memory_order_acq_rel);
  wake_all(pool.epoch);
  task(data, 0);
  for (uint32_t left; (left = pool.running.load(std::memory_order_acquire)) != 0;) wait_while_equal(pool.running, left);
}

}  // namespace

extern "C" void __wasm_init_tls(void*);  // the linker's

// wasm_set_stack_pointer(top): the first call into a thread's instance, since every other function may use the stack
// that the instance begins with, which is the first thread's.
#if defined(__wasm64__)
#define WC_POINTER "i64"
#else
#define WC_POINTER "i32"
#endif
__asm__(".globaltype __stack_pointer, " WC_POINTER
        "\n"
        ".section .text.wasm_set_stack_pointer,\"\",@\n"
        ".globl wasm_set_stack_pointer\n"
        ".export_name wasm_set_stack_pointer, wasm_set_stack_pointer\n"
        ".no_dead_strip wasm_set_stack_pointer\n"
        "wasm_set_stack_pointer:\n"
        ".functype wasm_set_stack_pointer (" WC_POINTER
        ") -> ()\n"
        "local.get 0\n"
        "global.set __stack_pointer\n"
        "end_function\n");

// Threads that the pool has besides the caller; all of them must have been started before the library runs.
WC_EXPORT void wasm_set_pool_size(uint32_t size) { pool.size = size; }

// Thread `index` (from 1 on) in its own instance. The bytes at `stack`, the lowest of its stack, become the thread's
// own variables. Never returns.
WC_EXPORT void wasm_run_thread(uint32_t index, char* stack) {
  __wasm_init_tls(stack);
  for (uint32_t seen = 0;;) {
    seen = wait_while_equal(pool.epoch, seen);
    if (index < pool.n) pool.task(pool.data, index);
    if (pool.running.fetch_sub(1, std::memory_order_acq_rel) == 1) wake_all(pool.running);
  }
}

#endif

// Fills the hooks of `options`.
WC_EXPORT void wasm_set_host_hooks(wc_context_options* options) {
  options->allocator = {allocate, release, nullptr};
#if defined(__wasm_atomics__)
  options->runner = {run_on_pool, nullptr};
#endif
}
