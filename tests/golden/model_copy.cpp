#include "tests/golden/model_copy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "kernels/cpu/select.h"
#include "src/gguf/reader.h"

namespace wasmchord::test {
namespace {

// Keeps everything a reader gives.
class Collector final : public gguf::TensorSink {
 public:
  Status on_header(std::shared_ptr<const gguf::Header> header) override {
    header_ = std::move(header);
    for (const gguf::TensorInfo& info : header_->tensors) {
      const auto& ne = info.shape.ne;
      tensors_.push_back({std::string(info.name), std::vector<uint64_t>(ne.begin(), ne.begin() + info.shape.n_dims),
                          static_cast<uint32_t>(info.dtype), Bytes(info.n_bytes)});
    }
    return Status::ok();
  }
  Status on_split_header(std::shared_ptr<const gguf::Header>, uint32_t) override {
    return {Code::kBadSplit, "split files are not copied"};
  }
  Status on_data(const gguf::TensorInfo& info, uint64_t offset, std::span<const std::byte> bytes, bool) override {
    Bytes& data = tensors_[header_->tensor_index.at(info.name)].data;
    std::copy(bytes.begin(), bytes.end(), data.begin() + static_cast<std::ptrdiff_t>(offset));
    return Status::ok();
  }

  std::shared_ptr<const gguf::Header> header_;
  std::vector<GgufBuilder::Tensor> tensors_;
};

template <typename T>
std::vector<T> numbers(const gguf::Array& array) {
  std::vector<T> out(array.size);
  if (!out.empty()) std::memcpy(out.data(), array.numbers.data(), array.numbers.size());
  return out;
}

// Array types that the models under test have.
std::function<void(GgufBuilder&)> array_emitter(const std::string& key, const gguf::Array& array) {
  using gguf::ValueType;
  switch (array.type) {
    case ValueType::kString:
      return [key, v = std::vector<std::string>(array.strings.begin(), array.strings.end())](GgufBuilder& out) {
        out.array(key, v);
      };
    case ValueType::kF32:
      return [key, v = numbers<float>(array)](GgufBuilder& out) { out.array(key, v); };
    case ValueType::kI32:
      return [key, v = numbers<int32_t>(array)](GgufBuilder& out) { out.array(key, v); };
    default:
      throw std::runtime_error("array " + key + " is of a type that is not copied");
  }
}

std::function<void(GgufBuilder&)> emitter(const std::string& key, const gguf::Value& value) {
  using gguf::ValueType;
  switch (value.type) {
    case ValueType::kString:
      return [key, v = std::string(value.s)](GgufBuilder& out) { out.kv(key, v); };
    case ValueType::kU32:
      return [key, v = static_cast<uint32_t>(value.u)](GgufBuilder& out) { out.kv(key, v); };
    case ValueType::kF32:
      return [key, v = static_cast<float>(value.f)](GgufBuilder& out) { out.kv(key, v); };
    case ValueType::kBool:
      return [key, v = value.u != 0](GgufBuilder& out) { out.kv(key, v); };
    case ValueType::kArray:
      return array_emitter(key, *value.array);
    default:
      throw std::runtime_error("key " + key + " is of a type that is not copied");
  }
}

// Where the multi-byte fields lie: `width` bytes at `at` of each block of `block` bytes (format descriptions of ggml).
struct Layout {
  size_t block, at, width;
};

Layout layout(uint32_t type) {
  switch (static_cast<DType>(type)) {
    case DType::kF32:
      return {4, 0, 4};
    case DType::kF16:
      return {2, 0, 2};
    case DType::kQ4_0:
      return {18, 0, 2};
    case DType::kQ8_0:
      return {34, 0, 2};
    default:
      throw std::runtime_error("a tensor of a type that is not copied");
  }
}

Bytes swapped(Bytes data, uint32_t type) {
  const Layout fields = layout(type);
  for (size_t block = 0; block < data.size(); block += fields.block) {
    std::reverse(data.begin() + static_cast<std::ptrdiff_t>(block + fields.at),
                 data.begin() + static_cast<std::ptrdiff_t>(block + fields.at + fields.width));
  }
  return data;
}

void append_half(float x, Bytes* out) {
  uint16_t half = 0;
  kernels::find_table("scalar")->f32_to_f16(&x, 1, &half);
  out->push_back(static_cast<std::byte>(half & 0xff));
  out->push_back(static_cast<std::byte>(half >> 8));
}

// Blocks of 32: q = round(x / d), d = max |x| / 127.
void append_q8_0(const float* x, Bytes* out) {
  float most = 0;
  for (int i = 0; i < 32; ++i) most = std::max(most, std::fabs(x[i]));
  const float d = most / 127.0f;
  append_half(d, out);
  for (int i = 0; i < 32; ++i) {
    out->push_back(static_cast<std::byte>(d == 0 ? 0 : static_cast<int>(std::lround(x[i] / d))));
  }
}

// Blocks of 32: x = d (q - 8), d = -(the x of largest magnitude) / 8; elements i and i + 16 share a byte.
void append_q4_0(const float* x, Bytes* out) {
  float extreme = 0;
  for (int i = 0; i < 32; ++i) extreme = std::fabs(x[i]) > std::fabs(extreme) ? x[i] : extreme;
  const float d = extreme / -8.0f;
  append_half(d, out);
  const auto q = [&](int i) { return d == 0 ? 8 : std::clamp(static_cast<int>(std::lround(x[i] / d)) + 8, 0, 15); };
  for (int i = 0; i < 16; ++i) out->push_back(static_cast<std::byte>(q(i) | q(i + 16) << 4));
}

}  // namespace

std::vector<float> floats(const Bytes& data) {
  std::vector<float> out(data.size() / sizeof(float));
  std::memcpy(out.data(), data.data(), data.size());
  return out;
}

Bytes bytes_of(const std::vector<float>& numbers) {
  Bytes out(numbers.size() * sizeof(float));
  std::memcpy(out.data(), numbers.data(), out.size());
  return out;
}

ModelCopy::ModelCopy(const Bytes& file) {
  Collector sink;
  gguf::PushReader reader(&sink, file.size());
  Status status = reader.feed(file);
  if (status.is_ok()) status = reader.finish();
  if (!status.is_ok()) throw std::runtime_error(status.message());
  for (const auto& entry : sink.header_->metadata.entries()) {
    keys_.emplace_back(entry.key, emitter(std::string(entry.key), entry.value));
  }
  tensors_ = std::move(sink.tensors_);
}

ModelCopy& ModelCopy::put(const std::string& key, Emit emit) {
  const auto it = std::find_if(keys_.begin(), keys_.end(), [&](const auto& entry) { return entry.first == key; });
  if (it == keys_.end()) {
    keys_.emplace_back(key, std::move(emit));
  } else {
    it->second = std::move(emit);
  }
  return *this;
}

ModelCopy& ModelCopy::without(const std::string& key) {
  if (std::erase_if(keys_, [&](const auto& entry) { return entry.first == key; }) == 0) {
    throw std::runtime_error("no key " + key);
  }
  return *this;
}

GgufBuilder::Tensor& ModelCopy::tensor(const std::string& name) {
  for (GgufBuilder::Tensor& t : tensors_) {
    if (t.name == name) return t;
  }
  throw std::runtime_error("no tensor " + name);
}

ModelCopy& ModelCopy::without_tensor(const std::string& name) {
  tensor(name);
  std::erase_if(tensors_, [&](const GgufBuilder::Tensor& t) { return t.name == name; });
  return *this;
}

ModelCopy& ModelCopy::convert(const std::string& name, DType dtype) {
  GgufBuilder::Tensor& t = tensor(name);
  const std::vector<float> x = floats(t.data);
  t.type = static_cast<uint32_t>(dtype);
  t.data.clear();
  for (size_t i = 0; i < x.size(); i += dtype == DType::kF16 ? 1 : 32) {
    if (dtype == DType::kF16) append_half(x[i], &t.data);
    if (dtype == DType::kQ8_0) append_q8_0(&x[i], &t.data);
    if (dtype == DType::kQ4_0) append_q4_0(&x[i], &t.data);
  }
  return *this;
}

ModelCopy& ModelCopy::convert(DType dtype) {
  for (const GgufBuilder::Tensor& t : tensors_) {
    const bool is_vectors = t.name.size() > 5 && t.name.substr(t.name.size() - 5) == ".bias";
    if (t.dims.size() >= 2 && !is_vectors && t.type == static_cast<uint32_t>(DType::kF32)) convert(t.name, dtype);
  }
  return *this;
}

Bytes ModelCopy::build(bool big_endian) const {
  GgufBuilder out(3, big_endian);
  for (const auto& [key, emit] : keys_) emit(out);
  for (GgufBuilder::Tensor t : tensors_) {
    if (big_endian) t.data = swapped(std::move(t.data), t.type);
    out.tensor(std::move(t));
  }
  return out.build();
}

std::vector<Bytes> ModelCopy::split(uint32_t n_files) const {
  std::vector<Bytes> files;
  for (uint32_t k = 0; k < n_files; ++k) {
    GgufBuilder out;
    if (k == 0) {
      for (const auto& [key, emit] : keys_) emit(out);
    }
    out.kv("split.no", static_cast<uint16_t>(k)).kv("split.count", static_cast<uint16_t>(n_files));
    out.kv("split.tensors.count", static_cast<int32_t>(tensors_.size()));
    const size_t begin = tensors_.size() * k / n_files, end = tensors_.size() * (k + 1) / n_files;
    for (size_t i = begin; i < end; ++i) out.tensor(tensors_[i]);
    files.push_back(out.build());
  }
  return files;
}

}  // namespace wasmchord::test
