#include <cmath>

#include "src/capi/inspect.h"
#include "src/capi/loader.h"
#include "src/capi/marshal.h"

using namespace wasmchord;
using namespace wasmchord::capi;

namespace {

using gguf::ValueType;

enum class Kind { kUnsigned, kSigned, kFloat, kBool, kOther };

Kind kind_of(ValueType type) {
  switch (type) {
    case ValueType::kU8:
    case ValueType::kU16:
    case ValueType::kU32:
    case ValueType::kU64:
      return Kind::kUnsigned;
    case ValueType::kI8:
    case ValueType::kI16:
    case ValueType::kI32:
    case ValueType::kI64:
      return Kind::kSigned;
    case ValueType::kF32:
    case ValueType::kF64:
      return Kind::kFloat;
    case ValueType::kBool:
      return Kind::kBool;
    case ValueType::kString:
    case ValueType::kArray:
      break;
  }
  return Kind::kOther;
}

Result<const gguf::Value*> find_value(const wc_model* model, const char* key, size_t key_size) {
  std::string_view name;
  WC_TRY(read_text(key, key_size, &name));
  const gguf::Value* value = model->model->header().metadata.find(name);
  if (value == nullptr) return Status(Code::kNotFound, "the metadata has no key " + std::string(name));
  return value;
}

Status wrong_type(std::string_view key, const gguf::Value& value, const char* wanted) {
  return Status(Code::kWrongKeyType,
                std::string(key) + " is of type " + std::string(gguf::value_type_name(value.type)) + ", not " + wanted);
}

// The fields that need the model's configuration.
void fill_config(const Model& model, wc_model_info* info) {
  const ModelConfig& config = model.config();
  info->n_layers = config.n_layers;
  info->n_embd = config.n_embd;
  info->n_heads = config.n_heads;
  info->n_kv_heads = config.n_kv_heads;
  info->n_ctx_train = config.n_ctx_train;
  info->n_experts = config.n_experts;
  info->n_vocab = model.vocab_only() ? model.tokenizer().vocab_size() : config.n_vocab;
}

}  // namespace

wc_status wc_model_load_file(wc_context* context, const char* path, size_t path_size, const wc_load_options* options,
                             wc_model** out) {
  return guarded(context, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    std::string path_text;
    WC_TRY(read_path(path, path_size, &path_text));
    LoadRequest request;
    WC_TRY(read_load_request(*context->state, options, &request));
    WC_ASSIGN(std::shared_ptr<const Model> model,
              load_model_file(path_text, std::move(request.backend), request.options));
    *out = new_model_handle(context->state, std::move(model));
    return Status::ok();
  });
}

void wc_model_destroy(wc_model* model) { delete model; }

wc_status wc_model_get_info(const wc_model* model, wc_model_info* out) {
  return guarded(model, [&]() -> Status {
    WC_TRY(check_out_struct(out));
    wc_model_info info = WC_MODEL_INFO_INIT;
    fill_config(*model->model, &info);
    const ModelStats& stats = model->model->stats();
    info.n_params = stats.n_params;
    info.weights_bytes = stats.weights_bytes;
    info.bytes_per_token = stats.bytes_per_token;
    const gguf::Metadata& metadata = model->model->header().metadata;
    info.architecture = to_wc_string(text_or_empty(metadata, "general.architecture"));
    info.name = to_wc_string(text_or_empty(metadata, "general.name"));
    info.file_type = to_wc_string(stats.file_type);
    write_struct(out, info);
    return Status::ok();
  });
}

size_t wc_model_metadata_count(const wc_model* model) {
  return model == nullptr ? 0 : model->model->header().metadata.entries().size();
}

wc_status wc_model_metadata_key(const wc_model* model, size_t index, wc_string* key) {
  return guarded(model, [&]() -> Status {
    if (key == nullptr) return invalid_argument("key is NULL");
    const auto& entries = model->model->header().metadata.entries();
    if (index >= entries.size()) {
      return Status(Code::kNotFound, "the metadata has " + std::to_string(entries.size()) + " keys");
    }
    *key = to_wc_string(entries[index].key);
    return Status::ok();
  });
}

wc_status wc_model_metadata_string(const wc_model* model, const char* key, size_t key_size, wc_string* out) {
  return guarded(model, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    WC_ASSIGN(const gguf::Value* value, find_value(model, key, key_size));
    if (value->type != ValueType::kString) return wrong_type({key, key_size}, *value, "a string");
    *out = to_wc_string(value->s);
    return Status::ok();
  });
}

wc_status wc_model_metadata_i64(const wc_model* model, const char* key, size_t key_size, int64_t* out) {
  return guarded(model, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    WC_ASSIGN(const gguf::Value* value, find_value(model, key, key_size));
    switch (kind_of(value->type)) {
      case Kind::kUnsigned:
      case Kind::kBool:
        if (value->u > INT64_MAX) {
          return Status(Code::kBadKeyValue, std::string(key, key_size) + " does not fit a signed 64-bit integer");
        }
        *out = static_cast<int64_t>(value->u);
        return Status::ok();
      case Kind::kSigned:
        *out = value->i;
        return Status::ok();
      case Kind::kFloat:
      case Kind::kOther:
        break;
    }
    return wrong_type({key, key_size}, *value, "an integer");
  });
}

wc_status wc_model_metadata_f64(const wc_model* model, const char* key, size_t key_size, double* out) {
  return guarded(model, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    WC_ASSIGN(const gguf::Value* value, find_value(model, key, key_size));
    switch (kind_of(value->type)) {
      case Kind::kUnsigned:
        *out = static_cast<double>(value->u);
        return Status::ok();
      case Kind::kSigned:
        *out = static_cast<double>(value->i);
        return Status::ok();
      case Kind::kFloat:
        *out = value->f;
        return Status::ok();
      case Kind::kBool:
      case Kind::kOther:
        break;
    }
    return wrong_type({key, key_size}, *value, "a number");
  });
}

wc_status wc_model_metadata_json(const wc_model* model, const char* key, size_t key_size, char* buffer, size_t capacity,
                                 size_t* needed) {
  return guarded(model, [&]() -> Status {
    WC_TRY(check_buffer(buffer, capacity, needed));
    WC_ASSIGN(const gguf::Value* value, find_value(model, key, key_size));
    const std::string text = to_json(*value);
    return copy_out(std::span<const char>(text), buffer, capacity, needed);
  });
}

wc_status wc_model_chat_template(const wc_model* model, const char* name, size_t name_size, wc_string* out) {
  return guarded(model, [&]() -> Status {
    if (out == nullptr) return invalid_argument("out is NULL");
    std::string_view variant;
    WC_TRY(read_text(name, name_size, &variant));
    std::string key = "tokenizer.chat_template";
    if (!variant.empty()) key.append(".").append(variant);
    WC_ASSIGN(const gguf::Value* value, find_value(model, key.data(), key.size()));
    if (value->type != ValueType::kString) return wrong_type(key, *value, "a string");
    *out = to_wc_string(value->s);
    return Status::ok();
  });
}

const wc_tokenizer* wc_model_tokenizer(const wc_model* model) { return model == nullptr ? nullptr : &model->tokenizer; }
