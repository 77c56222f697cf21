#include "src/gguf/splits.h"

#include "src/gguf/quote.h"

namespace wasmchord::gguf {
namespace {

std::string five_digits(uint32_t number) {
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < 5 ? 5 - digits.size() : 0, '0').append(digits);
}

std::string suffix(uint32_t index, uint32_t count) {
  std::string text("-");
  text.append(five_digits(index + 1)).append("-of-").append(five_digits(count)).append(".gguf");
  return text;
}

std::string renamed(const std::string& path, uint32_t from, uint32_t to, uint32_t count) {
  const std::string old_suffix = suffix(from, count);
  if (!path.ends_with(old_suffix)) return {};
  return path.substr(0, path.size() - old_suffix.size()) + suffix(to, count);
}

}  // namespace

std::string split_path(const std::string& first, uint32_t index, uint32_t count) {
  return renamed(first, 0, index, count);
}

std::string first_split_path(const std::string& path, uint32_t index, uint32_t count) {
  return renamed(path, index, 0, count);
}

Status SplitSet::add(std::unique_ptr<Header> header) {
  const auto index = static_cast<uint32_t>(headers_.size());
  WC_TRY(index == 0 ? read_first(header->metadata) : check_member(header->metadata));
  n_tensors_ += header->tensors.size();
  for (TensorInfo& info : header->tensors) {
    info.split = index;
    if (count_ > 1 && !names_.insert(info.name).second) {
      return {Code::kBadSplit, "tensor " + quote(info.name) + " occurs in more than one file of the split model"};
    }
  }
  headers_.push_back(std::move(header));
  const bool last = headers_.size() == count_;
  if (promised_tensors_ != 0 && (n_tensors_ > promised_tensors_ || (last && n_tensors_ != promised_tensors_))) {
    return {Code::kBadSplit, "the files of the split model hold " + std::to_string(n_tensors_) +
                                 " tensors, split.tensors.count is " + std::to_string(promised_tensors_)};
  }
  return Status::ok();
}

// A merged file keeps the keys with a count of 0.
Status SplitSet::read_first(const Metadata& metadata) {
  WC_ASSIGN(const uint32_t count, metadata.u32_or("split.count", 0));
  if (count <= 1) return Status::ok();
  if (count > UINT16_MAX) return {Code::kBadSplit, "split.count is " + std::to_string(count) + ", above 65535"};
  WC_ASSIGN(const uint32_t number, metadata.u32("split.no"));
  if (number != 0) {
    return {Code::kBadSplit, "this is file " + std::to_string(number + uint64_t{1}) + " of " + std::to_string(count) +
                                 " of a split model; start with file 1"};
  }
  if (metadata.has("split.tensors.count")) {
    WC_ASSIGN(promised_tensors_, metadata.u64("split.tensors.count"));
  }
  count_ = count;
  return Status::ok();
}

Status SplitSet::check_member(const Metadata& metadata) const {
  if (headers_.size() >= count_) {
    return {Code::kBadSplit, "the model has only " + std::to_string(count_) + " file(s), another was given"};
  }
  WC_ASSIGN(const uint32_t number, metadata.u32("split.no"));
  WC_ASSIGN(const uint32_t count, metadata.u32("split.count"));
  if (number != headers_.size() || count != count_) {
    return {Code::kBadSplit, "expected file " + std::to_string(headers_.size() + 1) + " of " + std::to_string(count_) +
                                 " of the split model, got file " + std::to_string(number + uint64_t{1}) + " of " +
                                 std::to_string(count)};
  }
  return Status::ok();
}

Status SplitSet::check_complete() const {
  if (headers_.size() == count_) return Status::ok();
  return {Code::kTruncated, "only " + std::to_string(headers_.size()) + " of the " + std::to_string(count_) +
                                " files of the split model arrived"};
}

}  // namespace wasmchord::gguf
