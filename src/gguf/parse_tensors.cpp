// HeaderParser: the tensor directory.
#include "src/gguf/header_parser.h"
#include "src/gguf/limits.h"
#include "src/gguf/quote.h"

namespace wasmchord::gguf {

HeaderParser::Step HeaderParser::parse_tensor(Cursor& cursor) {
  const auto where = [&] { return "tensor directory entry " + std::to_string(header_->tensors.size() + 1); };
  uint64_t length;
  if (!cursor.count(&length)) return Step::kShort;
  if (length == 0) return fail(Code::kBadTensorName, where() + " has an empty name");
  if (length > kMaxTensorNameBytes) {
    return fail(Code::kBadTensorName, where() + " claims a name of " + std::to_string(length) + " bytes, above " +
                                          std::to_string(kMaxTensorNameBytes));
  }
  TensorInfo info;
  if (!cursor.view(length, &info.name)) return Step::kShort;
  if (info.name.find('\0') != info.name.npos) {
    return fail(Code::kBadTensorName, "tensor name " + quote(info.name) + " contains a NUL byte");
  }
  if (header_->tensor_index.count(info.name) != 0) {
    return fail(Code::kDuplicateTensor, "tensor " + quote(info.name) + " occurs twice");
  }
  if (const Step step = read_dimensions(cursor, &info); step != Step::kTaken) return step;
  uint32_t type_number;
  if (!cursor.u32(&type_number) || !cursor.u64(&info.offset)) return Step::kShort;
  if (const Step step = check_tensor(type_number, &info); step != Step::kTaken) return step;
  info.name = keep(info.name);
  header_->tensor_index.emplace(info.name, header_->tensors.size());
  header_->tensors.push_back(info);
  return Step::kTaken;
}

HeaderParser::Step HeaderParser::read_dimensions(Cursor& cursor, TensorInfo* info) {
  Shape& shape = info->shape;
  if (!cursor.u32(&shape.n_dims)) return Step::kShort;
  if (shape.n_dims == 0 || shape.n_dims > kMaxDims) {
    return fail(Code::kBadDimensions,
                "tensor " + quote(info->name) + " has " + std::to_string(shape.n_dims) + " dimensions, not 1 to 4");
  }
  for (uint32_t i = 0; i < shape.n_dims; ++i) {
    if (!cursor.count(&shape.ne[i])) return Step::kShort;
  }
  return Step::kTaken;
}

HeaderParser::Step HeaderParser::check_tensor(uint32_t type_number, TensorInfo* info) {
  const auto refuse = [&](const char* why) {
    return fail(Code::kBadDimensions, "tensor " + quote(info->name) + " of shape " + info->shape.to_string() + why);
  };
  const DTypeInfo* type = dtype_info(type_number);
  if (type == nullptr) {
    return fail(Code::kUnknownTensorType,
                "tensor " + quote(info->name) + " has unknown type number " + std::to_string(type_number));
  }
  info->dtype = type->dtype;
  for (uint64_t extent : info->shape.ne) {
    if (extent == 0) return refuse(" has no elements");
  }
  uint64_t n_elements;
  if (!element_count(info->shape, &n_elements)) return refuse(" has too many elements for 64 bits");
  if (info->shape.cols() % type->block_len != 0) {
    const std::string why = ": rows are not whole blocks of " + std::to_string(type->block_len) + ", as " +
                            std::string(type->name) + " needs";
    return refuse(why.c_str());
  }
  if (!tensor_bytes(info->shape, info->dtype, &info->n_bytes)) return refuse(" has too many bytes for 64 bits");
  return Step::kTaken;
}

}  // namespace wasmchord::gguf
