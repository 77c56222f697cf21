#include "src/capi/inspect.h"

#include <cstring>

#include "src/capi/json.h"
#include "src/model/model.h"
#include "src/tensor/shape.h"

namespace wasmchord::capi {
namespace {

using gguf::Array;
using gguf::Header;
using gguf::Value;
using gguf::ValueType;
using Json = nlohmann::ordered_json;

constexpr uint64_t kLongArray = 64;  // elements; a longer array is shown by its beginning
constexpr uint64_t kNoLimit = UINT64_MAX;

template <typename T>
Json number_at(const Array& array, uint64_t index) {
  T number;
  std::memcpy(&number, array.numbers.data() + index * sizeof(T), sizeof(T));
  return number;
}

Json value_json(const Value& value, uint64_t max_elements);

Json element_json(const Array& array, uint64_t i, uint64_t max_elements) {
  switch (array.type) {
    case ValueType::kU8:
      return number_at<uint8_t>(array, i);
    case ValueType::kI8:
      return number_at<int8_t>(array, i);
    case ValueType::kU16:
      return number_at<uint16_t>(array, i);
    case ValueType::kI16:
      return number_at<int16_t>(array, i);
    case ValueType::kU32:
      return number_at<uint32_t>(array, i);
    case ValueType::kI32:
      return number_at<int32_t>(array, i);
    case ValueType::kF32:
      return number_at<float>(array, i);
    case ValueType::kBool:
      return number_at<uint8_t>(array, i) != 0;
    case ValueType::kString:
      return array.strings[i];
    case ValueType::kArray:
      return value_json(array.nested[i], max_elements);
    case ValueType::kU64:
      return number_at<uint64_t>(array, i);
    case ValueType::kI64:
      return number_at<int64_t>(array, i);
    case ValueType::kF64:
      return number_at<double>(array, i);
  }
  return nullptr;
}

Json array_json(const Array& array, uint64_t max_elements) {
  Json elements = Json::array();
  for (uint64_t i = 0; i < std::min(array.size, max_elements); ++i) {
    elements.push_back(element_json(array, i, max_elements));
  }
  if (array.size <= max_elements) return elements;
  return {{"type", value_type_name(array.type)}, {"size", array.size}, {"first", std::move(elements)}};
}

Json value_json(const Value& value, uint64_t max_elements) {
  switch (value.type) {
    case ValueType::kU8:
    case ValueType::kU16:
    case ValueType::kU32:
    case ValueType::kU64:
      return value.u;
    case ValueType::kI8:
    case ValueType::kI16:
    case ValueType::kI32:
    case ValueType::kI64:
      return value.i;
    case ValueType::kF32:
    case ValueType::kF64:
      return value.f;
    case ValueType::kBool:
      return value.u != 0;
    case ValueType::kString:
      return value.s;
    case ValueType::kArray:
      return array_json(*value.array, max_elements);
  }
  return nullptr;
}

Json text_or_null(const gguf::Metadata& metadata, std::string_view key) {
  const Value* value = metadata.find(key);
  return value != nullptr && value->type == ValueType::kString ? Json(value->s) : Json(nullptr);
}

Json metadata_json(const gguf::Metadata& metadata) {
  Json object = Json::object();
  // Keys are unique, so that nothing needs to look for a previous one (which is linear in an ordered object).
  auto& members = object.get_ref<Json::object_t&>();
  for (const auto& [key, value] : metadata.entries()) {
    members.Json::object_t::Container::emplace_back(std::string(key), value_json(value, kLongArray));
  }
  return object;
}

struct TensorSummary {
  Json list = Json::array();
  Json types = Json::object();
  uint64_t n_params = 0;
};

TensorSummary summarize_tensors(const Header& header) {
  TensorSummary summary;
  for (const gguf::TensorInfo& info : header.tensors) {
    const std::string_view type = dtype_info(info.dtype).name;
    Json shape = Json::array();
    for (uint32_t i = 0; i < info.shape.n_dims; ++i) shape.push_back(info.shape.ne[i]);
    summary.list.push_back({{"name", info.name},
                            {"type", type},
                            {"shape", std::move(shape)},
                            {"offset", info.offset},
                            {"bytes", info.n_bytes},
                            {"split", info.split}});
    Json& total = summary.types[std::string(type)];
    if (total.is_null()) total = {{"tensors", uint64_t{0}}, {"bytes", uint64_t{0}}};
    total["tensors"] = total["tensors"].get<uint64_t>() + 1;
    total["bytes"] = total["bytes"].get<uint64_t>() + info.n_bytes;
    uint64_t n_elements = 0;
    if (element_count(info.shape, &n_elements)) summary.n_params += n_elements;
  }
  return summary;
}

Json memory_json(const Header& header, uint32_t n_ctx) {
  const Result<MemoryEstimate> estimate = estimate_memory(header, n_ctx);
  if (!estimate) return nullptr;
  return {{"n_ctx", estimate->n_ctx},
          {"weights_bytes", estimate->weights_bytes},
          {"kv_bytes", estimate->kv_bytes},
          {"activation_bytes", estimate->activation_bytes},
          {"total_bytes", estimate->weights_bytes + estimate->kv_bytes + estimate->activation_bytes}};
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string describe(const Header& header, uint64_t file_bytes, uint32_t n_ctx) {
  TensorSummary tensors = summarize_tensors(header);
  const std::vector<std::string> unsupported = unsupported_parts(header);
  Json object = {
      {"version", header.version},
      {"big_endian", header.big_endian},
      {"alignment", header.alignment},
      {"data_offset", header.data_offset},
      {"file_bytes", file_bytes != 0 ? Json(file_bytes) : Json(nullptr)},
      {"architecture", text_or_null(header.metadata, "general.architecture")},
      {"name", text_or_null(header.metadata, "general.name")},
      {"parameters", tensors.n_params},
  };
  object["metadata"] = metadata_json(header.metadata);
  object["tensors"] = std::move(tensors.list);
  object["types"] = std::move(tensors.types);
  object["runnable"] = unsupported.empty();
  object["unsupported"] = unsupported;
  object["memory"] = memory_json(header, n_ctx);
  return dump(object);
}

std::string to_json(const Value& value) { return dump(value_json(value, kNoLimit)); }

std::string_view text_or_empty(const gguf::Metadata& metadata, std::string_view key) {
  const Value* value = metadata.find(key);
  return value != nullptr && value->type == ValueType::kString ? value->s : std::string_view();
}

}  // namespace wasmchord::capi
