// The tensors that a model needs, by name and shape, and their numbers in the backend once they are there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/base/status.h"
#include "src/gguf/gguf.h"
#include "src/ops/plan.h"
#include "src/tensor/shape.h"

namespace wasmchord {

struct WeightSpec {
  Shape shape;
  bool required = true;
  bool is_vector = false;   // norm weights and biases: one dimension, F32
  bool on_host = false;     // read by the loader, never given to the backend (RoPE frequency factors)
  float read_share = 1.0f;  // part of it that decoding one token reads
  bool look_up = false;     // single rows of it are read
};

// What an architecture lists. Names are those of the file.
class WeightList {
 public:
  // Where architectures come in two layouts, lists are made for that of the file. Null: none is known.
  explicit WeightList(const gguf::Header* header = nullptr) : header_(header) {}

  // Whether the file has tensor `name` rather than `other`; `usual` where it has neither (a split file's first part
  // may have no tensors).
  bool in_file(const std::string& name, const std::string& other, bool usual) const;

  void matrix(const std::string& name, uint64_t cols, uint64_t rows) { add(name, {Shape::of(cols, rows)}); }
  void optional_matrix(const std::string& name, uint64_t cols, uint64_t rows) {
    add(name, {Shape::of(cols, rows), false});
  }
  void experts(const std::string& name, const Shape& shape, float read_share) {
    add(name, {shape, true, false, false, read_share});
  }
  void vector(const std::string& name, uint64_t n) { add(name, {Shape::of(n), true, true}); }
  // `count` vectors of n side by side.
  void vectors(const std::string& name, uint64_t n, uint64_t count) { add(name, {Shape::of(n, count), true, true}); }
  void lookup_table(const std::string& name, uint64_t cols, uint64_t rows) {
    add(name, {Shape::of(cols, rows), true, false, false, 0.0f, true});
  }
  void optional_vector(const std::string& name, uint64_t n) { add(name, {Shape::of(n), false, true}); }
  void host_vector(const std::string& name, uint64_t n, bool required = false) {
    add(name, {Shape::of(n), required, true, true});
  }

  const WeightSpec* find(std::string_view name) const;
  // kBadTensorShape, kUnsupportedTensorType (of vectors): the message names the tensor.
  Status check(const gguf::TensorInfo& info) const;
  const std::vector<std::pair<std::string, WeightSpec>>& entries() const { return entries_; }

 private:
  const gguf::Header* header_;
  void add(const std::string& name, WeightSpec spec);
  std::vector<std::pair<std::string, WeightSpec>> entries_;
  std::unordered_map<std::string, size_t> index_;
};

}  // namespace wasmchord
