#include <algorithm>
#include <optional>
#include <vector>

#include "src/gguf/directory.h"
#include "src/gguf/header_parser.h"
#include "src/gguf/quote.h"
#include "src/gguf/reader.h"
#include "src/gguf/splits.h"

namespace wasmchord::gguf {

struct PushReader::Impl {
  Impl(TensorSink* the_sink, uint64_t length) : sink(the_sink) { begin_file(length); }

  void begin_file(uint64_t length);
  Status feed(std::span<const std::byte> bytes);
  Status take_header();
  size_t take_data(std::span<const std::byte> bytes);
  Status check_file_complete() const;
  Status stick(Status outcome);
  Progress progress() const;

  TensorSink* sink;
  SplitSet splits;
  std::optional<HeaderParser> parser;  // while the header of the current file is incomplete
  uint64_t file_length = 0;            // of the current file; 0 if unknown
  uint64_t file_position = 0;          // bytes of the current file taken
  uint64_t file_data_end = 0;
  std::vector<uint32_t> order;  // of the current file
  size_t current = 0;           // into order
  uint64_t bytes_before = 0;    // bytes of the files before
  uint32_t tensors_done = 0;
  bool finished = false;
  Status status;
};

void PushReader::Impl::begin_file(uint64_t length) {
  parser.emplace(length);
  bytes_before += file_position;
  file_length = length;
  file_position = 0;
  file_data_end = 0;
  order.clear();
  current = 0;
}

Status PushReader::Impl::feed(std::span<const std::byte> bytes) {
  if (file_length != 0 && bytes.size() > file_length - file_position) {
    return {Code::kInvalidArgument, "more bytes arrived than the " + std::to_string(file_length) + " announced"};
  }
  if (parser) {
    WC_ASSIGN(const size_t used, parser->feed(bytes));
    file_position += used;
    bytes = bytes.subspan(used);
    if (!parser->done()) return Status::ok();
    WC_TRY(take_header());
  }
  while (!bytes.empty()) {
    const size_t used = take_data(bytes);
    if (!status) return status;
    file_position += used;
    bytes = bytes.subspan(used);
  }
  return Status::ok();
}

Status PushReader::Impl::take_header() {
  const auto index = static_cast<uint32_t>(splits.headers().size());
  WC_TRY(splits.add(parser->release()));
  parser.reset();
  const auto& header = splits.headers().back();
  order = offset_order(*header);
  file_data_end = data_end(*header);
  return index == 0 ? sink->on_header(header) : sink->on_split_header(header, index);
}

// Takes the part of `bytes` that is padding before the next tensor, or belongs to it, or follows the last one.
size_t PushReader::Impl::take_data(std::span<const std::byte> bytes) {
  if (current == order.size()) return bytes.size();
  const Header& header = *splits.headers().back();
  const TensorInfo& info = header.tensors[order[current]];
  const uint64_t start = header.data_offset + info.offset;
  if (file_position < start) return static_cast<size_t>(std::min<uint64_t>(bytes.size(), start - file_position));
  const uint64_t offset = file_position - start;
  const auto n = static_cast<size_t>(std::min<uint64_t>(bytes.size(), info.n_bytes - offset));
  status = sink->on_data(info, offset, bytes.first(n), header.big_endian);
  if (offset + n == info.n_bytes) {
    ++current;
    ++tensors_done;
  }
  return n;
}

Status PushReader::Impl::check_file_complete() const {
  const std::string where = "the file ends after " + std::to_string(file_position) + " bytes, inside ";
  if (parser) return {Code::kTruncated, where + parser->position()};
  if (current == order.size()) return Status::ok();
  const TensorInfo& info = splits.headers().back()->tensors[order[current]];
  return {Code::kTruncated, where + "or before tensor " + quote(info.name)};
}

Status PushReader::Impl::stick(Status outcome) {
  if (!outcome) status = std::move(outcome);
  return status;
}

Progress PushReader::Impl::progress() const {
  Progress now;
  const uint64_t length = file_length != 0 ? file_length : std::max(file_data_end, parser ? 0 : file_position);
  now.bytes_done = bytes_before + file_position;
  now.bytes_total = length == 0 ? 0 : bytes_before + length;
  now.tensors_done = tensors_done;
  now.tensors_total = static_cast<uint32_t>(splits.n_tensors());
  return now;
}

PushReader::PushReader(TensorSink* sink, uint64_t total_bytes) : impl_(std::make_unique<Impl>(sink, total_bytes)) {}
PushReader::~PushReader() = default;

Status PushReader::feed(std::span<const std::byte> bytes) {
  if (!impl_->status) return impl_->status;
  if (impl_->finished) return {Code::kInvalidState, "the reader has finished"};
  return impl_->stick(impl_->feed(bytes));
}

Status PushReader::next_file(uint64_t total_bytes) {
  if (!impl_->status) return impl_->status;
  if (impl_->finished) return {Code::kInvalidState, "the reader has finished"};
  WC_TRY(impl_->stick(impl_->check_file_complete()));
  if (impl_->splits.headers().size() == impl_->splits.count()) {
    return impl_->stick({Code::kBadSplit, "the model has only " + std::to_string(impl_->splits.count()) + " file(s)"});
  }
  impl_->begin_file(total_bytes);
  return Status::ok();
}

Status PushReader::finish() {
  if (!impl_->status || impl_->finished) return impl_->status;
  WC_TRY(impl_->stick(impl_->check_file_complete()));
  WC_TRY(impl_->stick(impl_->splits.check_complete()));
  impl_->finished = true;
  return Status::ok();
}

Progress PushReader::progress() const { return impl_->progress(); }

}  // namespace wasmchord::gguf
