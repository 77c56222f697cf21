// What the values of one rendering may take. Exhaustion is a flag that stays up: whoever makes a value need not check,
// gets something small instead, and the renderer fails after the operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "src/chat/limits.h"

namespace wasmchord::chat {

struct Object;

// One rendering, one thread.
class Heap {
 public:
  explicit Heap(const Limits& limits) : limits_(limits) {}
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  // Counts `bytes` as alive; false, with nothing counted, where the limit would be passed.
  bool take(size_t bytes) {
    if (bytes > limits_.max_memory_bytes || live_ > limits_.max_memory_bytes - bytes) {
      exhausted_ = true;
      return false;
    }
    live_ += bytes;
    return true;
  }
  void give_back(size_t bytes) { live_ -= bytes; }
  void work(uint64_t bytes) { steps_ += bytes / 256; }
  void step() { ++steps_; }

  bool exhausted() const { return exhausted_; }
  bool too_many_steps() const { return steps_ > limits_.max_steps; }
  // For loops that make many values.
  bool must_stop() const { return exhausted_ || too_many_steps(); }
  const Limits& limits() const { return limits_; }

  // An object that can hold itself: it is emptied when the rendering ends.
  void keep(std::weak_ptr<Object> object) {
    if (take(kKeptBytes)) mutable_objects_.push_back(std::move(object));
  }
  void empty_kept_objects();

 private:
  static constexpr size_t kKeptBytes = 256;  // what stays of an object as long as it is remembered

  Limits limits_;
  uint64_t live_ = 0;
  uint64_t steps_ = 0;
  bool exhausted_ = false;
  std::vector<std::weak_ptr<Object>> mutable_objects_;
};

// Bytes counted for as long as this lives.
class Charge {
 public:
  Charge() = default;
  ~Charge() { reset(); }
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;

  bool grow(Heap* heap, size_t bytes) {
    if (heap == nullptr) return true;
    if (!heap->take(bytes)) return false;
    heap_ = heap;
    bytes_ += bytes;
    return true;
  }
  void reset() {
    if (heap_ != nullptr) heap_->give_back(bytes_);
    heap_ = nullptr;
    bytes_ = 0;
  }

 private:
  Heap* heap_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace wasmchord::chat
