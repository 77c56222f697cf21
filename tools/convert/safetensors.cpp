#include "tools/convert/safetensors.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "src/base/checked.h"
#include "src/gguf/quote.h"
#include "tools/convert/json_file.h"

namespace wasmchord::tools {
namespace {

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the limit of the reference implementation
constexpr size_t kMaxDims = 8;
constexpr std::string_view kMetadataKey = "__metadata__";

struct StoredType {
  std::string_view name;
  uint64_t bytes;
  std::optional<DType> dtype;
};
constexpr StoredType kTypes[] = {
    {"F32", 4, DType::kF32}, {"F16", 2, DType::kF16}, {"BF16", 2, DType::kBF16},
    {"F64", 8, {}},          {"I64", 8, {}},          {"U64", 8, {}},
    {"I32", 4, {}},          {"U32", 4, {}},          {"I16", 2, {}},
    {"U16", 2, {}},          {"I8", 1, {}},           {"U8", 1, {}},
    {"BOOL", 1, {}},         {"F8_E4M3", 1, {}},      {"F8_E5M2", 1, {}},
};

class Parser {
 public:
  Parser(const std::string& file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  StoredTensors parse() {
    const Json header = read_header();
    StoredTensors tensors;
    for (const auto& [name, entry] : header.items()) {
      if (name != kMetadataKey) tensors.emplace(name, parse_tensor(name, entry));
    }
    check_layout(tensors);
    return tensors;
  }

 private:
  Json read_header() {
    uint64_t length = 0;
    if (bytes_.size() < kLengthBytes) fail_in(file_, "is too short for a safetensors file");
    for (size_t i = 0; i < kLengthBytes; ++i) length |= std::to_integer<uint64_t>(bytes_[i]) << (8 * i);
    if (length > kMaxHeaderBytes || length > bytes_.size() - kLengthBytes) {
      fail_in(file_, "is no safetensors file: its header would have " + std::to_string(length) + " bytes");
    }
    data_ = bytes_.subspan(kLengthBytes + length);
    const auto* text = reinterpret_cast<const char*>(bytes_.data()) + kLengthBytes;
    return parse_json_object(file_, {text, static_cast<size_t>(length)});
  }

  [[noreturn]] void fail(const std::string& name, const std::string& what) const {
    fail_in(file_, "tensor " + gguf::quote(name) + " " + what);
  }

  std::vector<uint64_t> counts(const std::string& name, const Json& entry, const char* key) const {
    const auto found = entry.find(key);
    if (found == entry.end() || !found->is_array()) fail(name, std::string("has no list ") + key);
    std::vector<uint64_t> values;
    for (const Json& value : *found) {
      if (!value.is_number_unsigned()) fail(name, std::string("has something in ") + key + " that is no count");
      values.push_back(value.get<uint64_t>());
    }
    return values;
  }

  StoredTensor parse_tensor(const std::string& name, const Json& entry) const {
    if (!entry.is_object()) fail(name, "has no object");
    const auto type_name = entry.find("dtype");
    if (type_name == entry.end() || !type_name->is_string()) fail(name, "has no dtype");
    StoredTensor tensor{file_, type_name->get<std::string>(), {}, counts(name, entry, "shape"), {}};
    const auto* const type = std::ranges::find(kTypes, tensor.type, &StoredType::name);
    if (type == std::end(kTypes)) fail(name, "has the unknown dtype " + gguf::quote(tensor.type));
    tensor.dtype = type->dtype;
    const std::vector<uint64_t> offsets = counts(name, entry, "data_offsets");
    if (offsets.size() != 2) fail(name, "needs two data_offsets");
    const uint64_t begin = offsets[0], end = offsets[1];
    if (begin > end || end > data_.size()) fail(name, "lies outside of the file");
    uint64_t n_bytes = type->bytes;
    if (tensor.shape.size() > kMaxDims) fail(name, "has too many dimensions");
    for (const uint64_t extent : tensor.shape) {
      if (!checked_mul(n_bytes, extent, &n_bytes)) fail(name, "has a shape that overflows");
    }
    if (n_bytes != end - begin) {
      fail(name, "has " + std::to_string(end - begin) + " bytes, its shape needs " + std::to_string(n_bytes));
    }
    tensor.bytes = data_.subspan(begin, n_bytes);
    return tensor;
  }

  // One behind the other from the first byte to the last, as the format demands.
  void check_layout(const StoredTensors& tensors) const {
    std::vector<std::pair<const std::byte*, const StoredTensors::value_type*>> order;
    for (const auto& entry : tensors) order.emplace_back(entry.second.bytes.data(), &entry);
    std::ranges::sort(order, [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : a.second->second.bytes.size() < b.second->second.bytes.size();
    });
    const std::byte* end = data_.data();
    for (const auto& [begin, entry] : order) {
      if (begin < end) fail(entry->first, "overlaps another");
      if (begin > end) fail(entry->first, "has a gap before it");
      end = begin + entry->second.bytes.size();
    }
    if (end != data_.data() + data_.size()) fail_in(file_, "has bytes that belong to no tensor");
  }

  const std::string& file_;
  std::span<const std::byte> bytes_;
  std::span<const std::byte> data_;
};

}  // namespace

StoredTensors parse_safetensors(const std::string& file, std::span<const std::byte> bytes) {
  return Parser(file, bytes).parse();
}

}  // namespace wasmchord::tools
