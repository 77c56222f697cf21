// read_file and read_header: the mmap way in.
#include <vector>

#include "src/gguf/directory.h"
#include "src/gguf/header_parser.h"
#include "src/gguf/mapped_file.h"
#include "src/gguf/reader.h"
#include "src/gguf/splits.h"

namespace wasmchord::gguf {
namespace {

struct MappedModel {
  SplitSet splits;
  std::vector<std::shared_ptr<const MappedFile>> files;
};

Status with_path(const std::string& path, const Status& status) {
  return status ? status : Status(status.code(), path + ": " + status.message());
}

Result<std::unique_ptr<Header>> parse_header(const std::shared_ptr<const MappedFile>& file) {
  const std::span<const std::byte> bytes = file->bytes();
  HeaderParser parser(bytes.size(), file);
  WC_TRY(parser.feed(bytes).status());
  if (!parser.done()) return Status(Code::kTruncated, "the file ends inside " + parser.position());
  return parser.release();
}

Status add_file(const std::string& path, MappedModel* model) {
  WC_ASSIGN(auto file, MappedFile::open(path));
  auto header = parse_header(file);
  if (!header) return with_path(path, header.status());
  model->files.push_back(std::move(file));
  return with_path(path, model->splits.add(*std::move(header)));
}

// Someone who opens a later file of a split model is told which one to open.
Status refuse_later_split(const std::string& path, const Metadata& metadata) {
  const auto number = metadata.u32_or("split.no", 0);
  const auto count = metadata.u32_or("split.count", 0);
  if (!number || !count || *number == 0 || *count <= 1) return Status::ok();
  const std::string first = first_split_path(path, *number, *count);
  return {Code::kBadSplit, path + ": this is file " + std::to_string(*number + uint64_t{1}) + " of " +
                               std::to_string(*count) + " of a split model; open the first" +
                               (first.empty() ? std::string() : ", " + first)};
}

Result<MappedModel> open_model(const std::string& path) {
  MappedModel model;
  WC_ASSIGN(auto file, MappedFile::open(path));
  auto header = parse_header(file);
  if (!header) return with_path(path, header.status());
  WC_TRY(refuse_later_split(path, (*header)->metadata));
  model.files.push_back(std::move(file));
  WC_TRY(with_path(path, model.splits.add(*std::move(header))));
  for (uint32_t i = 1; i < model.splits.count(); ++i) {
    const std::string sibling = split_path(path, i, model.splits.count());
    if (sibling.empty()) {
      return Status(Code::kBadSplit, path + ": the first of " + std::to_string(model.splits.count()) +
                                         " split files must be named like x-00001-of-0000n.gguf to find the others");
    }
    WC_TRY(add_file(sibling, &model));
  }
  return model;
}

}  // namespace

Status TensorSink::on_mapped(
    const TensorInfo& info, std::span<const std::byte> bytes, bool big_endian,
    std::shared_ptr<const void> /*keep_alive*/) {  // NOLINT(performance-unnecessary-value-param): others keep it
  return on_data(info, 0, bytes, big_endian);
}

Status read_file(const std::string& path, TensorSink* sink) {
  WC_ASSIGN(const MappedModel model, open_model(path));
  const auto& headers = model.splits.headers();
  WC_TRY(sink->on_header(headers[0]));
  for (uint32_t i = 1; i < headers.size(); ++i) WC_TRY(sink->on_split_header(headers[i], i));
  for (size_t i = 0; i < headers.size(); ++i) {
    const Header& header = *headers[i];
    for (uint32_t index : offset_order(header)) {
      const TensorInfo& info = header.tensors[index];
      const auto start = static_cast<size_t>(header.data_offset + info.offset);
      const auto bytes = model.files[i]->bytes().subspan(start, static_cast<size_t>(info.n_bytes));
      WC_TRY(sink->on_mapped(info, bytes, header.big_endian, model.files[i]));
    }
  }
  return Status::ok();
}

Result<std::shared_ptr<const Header>> read_header(const std::string& path) {
  WC_ASSIGN(const MappedModel model, open_model(path));
  const auto& headers = model.splits.headers();
  if (headers.size() == 1) return headers[0];
  auto merged = std::make_shared<Header>(*headers[0]);
  for (size_t i = 1; i < headers.size(); ++i) {
    for (const TensorInfo& info : headers[i]->tensors) {
      merged->tensor_index.emplace(info.name, merged->tensors.size());
      merged->tensors.push_back(info);
    }
  }
  merged->storage = std::make_shared<std::vector<std::shared_ptr<const Header>>>(headers);
  return std::shared_ptr<const Header>(std::move(merged));
}

}  // namespace wasmchord::gguf
