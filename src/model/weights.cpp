#include "src/model/weights.h"

namespace wasmchord {

void WeightList::add(const std::string& name, WeightSpec spec) {
  if (index_.emplace(name, entries_.size()).second) entries_.emplace_back(name, std::move(spec));
}

bool WeightList::in_file(const std::string& name, const std::string& other, bool usual) const {
  if (header_ == nullptr) return usual;
  if (header_->find_tensor(name) != nullptr) return true;
  return usual && header_->find_tensor(other) == nullptr;
}

const WeightSpec* WeightList::find(std::string_view name) const {
  const auto it = index_.find(std::string(name));
  return it == index_.end() ? nullptr : &entries_[it->second].second;
}

Status WeightList::check(const gguf::TensorInfo& info) const {
  const WeightSpec* spec = find(info.name);
  if (spec == nullptr) return Status::ok();
  const std::string name = "tensor '" + std::string(info.name) + "'";
  if (!info.shape.same_extents(spec->shape)) {
    return Status(Code::kBadTensorShape,
                  name + " has shape " + info.shape.to_string() + ", the model needs " + spec->shape.to_string());
  }
  if (spec->is_vector && info.dtype != DType::kF32) {
    return Status(Code::kUnsupportedTensorType,
                  name + ": type " + std::string(dtype_info(info.dtype).name) + " cannot be computed here, only F32");
  }
  return Status::ok();
}

}  // namespace wasmchord
