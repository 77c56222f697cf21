#include "tests/unit/gguf/reading.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>

namespace wasmchord::test {
namespace {

void dump_value(const gguf::Value& value, std::ostream& out) {
  out << gguf::value_type_name(value.type) << ' ';
  if (value.type == gguf::ValueType::kString) {
    out << value.s.size() << ':' << value.s;
  } else if (value.type == gguf::ValueType::kArray) {
    const gguf::Array& array = *value.array;
    out << "of " << gguf::value_type_name(array.type) << " x" << array.size << " [";
    for (std::byte b : array.numbers) out << static_cast<int>(b) << ' ';
    for (std::string_view s : array.strings) out << s.size() << ':' << s << ' ';
    for (const gguf::Value& nested : array.nested) dump_value(nested, out);
    out << ']';
  } else {
    out << value.u << ' ' << value.i << ' ' << std::hexfloat << value.f << std::defaultfloat;
  }
}

}  // namespace

std::string dump(const gguf::Header& header) {
  std::ostringstream out;
  out << "version " << header.version << " big " << header.big_endian << " alignment " << header.alignment
      << " data at " << header.data_offset << '\n';
  for (const auto& entry : header.metadata.entries()) {
    out << entry.key << " = ";
    dump_value(entry.value, out);
    out << '\n';
  }
  for (const gguf::TensorInfo& t : header.tensors) {
    out << t.name << ' ' << dtype_info(t.dtype).name << t.shape.to_string() << " at " << t.offset << " bytes "
        << t.n_bytes << " split " << t.split << '\n';
  }
  return out.str();
}

Status RecordingSink::on_header(std::shared_ptr<const gguf::Header> header) {
  calls.push_back("header");
  headers.push_back(std::move(header));
  return fail_at_header == Code::kOk ? Status::ok() : Status(fail_at_header, "refused by the sink");
}

Status RecordingSink::on_split_header(std::shared_ptr<const gguf::Header> header, uint32_t split) {
  calls.push_back("split " + std::to_string(split));
  headers.push_back(std::move(header));
  return Status::ok();
}

Status RecordingSink::on_data(const gguf::TensorInfo& info, uint64_t offset, std::span<const std::byte> bytes,
                              bool big_endian) {
  if (fail_at_data != Code::kOk) return {fail_at_data, "refused by the sink"};
  if (offset == 0) {
    calls.push_back("data " + std::string(info.name));
    tensors.push_back({std::string(info.name), info.split, big_endian, {}});
  }
  Tensor& tensor = tensors.back();
  EXPECT_EQ(tensor.name, info.name) << "bytes of two tensors interleave";
  EXPECT_EQ(tensor.bytes.size(), offset);
  tensor.bytes.insert(tensor.bytes.end(), bytes.begin(), bytes.end());
  EXPECT_LE(tensor.bytes.size(), info.n_bytes);
  return Status::ok();
}

Status RecordingSink::on_mapped(const gguf::TensorInfo& info, std::span<const std::byte> bytes, bool big_endian,
                                std::shared_ptr<const void> keep_alive) {
  mapped = true;
  EXPECT_NE(keep_alive, nullptr);
  EXPECT_EQ(bytes.size(), info.n_bytes);
  return TensorSink::on_mapped(info, bytes, big_endian, std::move(keep_alive));
}

std::string RecordingSink::log() const {
  std::ostringstream out;
  for (const auto& header : headers) out << dump(*header) << "--\n";
  for (const Tensor& t : tensors) {
    out << t.name << " split " << t.split << " big " << t.big_endian << ':';
    for (std::byte b : t.bytes) out << ' ' << static_cast<int>(b);
    out << '\n';
  }
  return out.str();
}

Chunker whole() {
  return [](size_t left) { return left; };
}
Chunker fixed(size_t size) {
  return [size](size_t) { return size; };
}
Chunker random_sizes(uint32_t seed) {
  return [rng = std::mt19937(seed)](size_t) mutable { return 1 + rng() % 61; };
}

Outcome push(const std::vector<Bytes>& files, const Chunker& chunker, bool announce) {
  RecordingSink sink;
  const auto length = [&](size_t i) { return announce ? files[i].size() : size_t{0}; };
  gguf::PushReader reader(&sink, length(0));
  Status status;
  for (size_t i = 0; i < files.size() && status; ++i) {
    if (i > 0) status = reader.next_file(length(i));
    std::span<const std::byte> left(files[i]);
    while (!left.empty() && status) {
      const size_t n = std::min(chunker(left.size()), left.size());
      // A copy of its own, so that a sanitizer sees any view kept beyond the call.
      const Bytes chunk(left.begin(), left.begin() + n);
      status = reader.feed(chunk);
      left = left.subspan(n);
    }
  }
  if (status) status = reader.finish();
  return {status, sink.log()};
}

Outcome push(const Bytes& file, const Chunker& chunker, bool announce) {
  return push(std::vector<Bytes>{file}, chunker, announce);
}

TempDir::TempDir() {
  static int counter = 0;
  root_ = std::filesystem::path(testing::TempDir()) /
          ("wc_gguf_" + std::to_string(::getpid()) + "_" + std::to_string(counter++));
  std::filesystem::create_directories(root_);
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string TempDir::write(const std::string& name, const Bytes& bytes) const {
  std::ofstream out(root_ / name, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  return path(name);
}

Bytes read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return GgufFields().raw(text).bytes();
}

Outcome read_mapped(const std::string& path) {
  RecordingSink sink;
  Status status = gguf::read_file(path, &sink);
  return {status, sink.log()};
}

std::shared_ptr<const gguf::Header> parse(const Bytes& bytes) {
  RecordingSink sink;
  gguf::PushReader reader(&sink, bytes.size());
  Status status = reader.feed(bytes);
  if (status) status = reader.finish();
  EXPECT_TRUE(status) << status.message();
  return sink.headers.empty() ? std::make_shared<gguf::Header>() : sink.headers[0];
}

}  // namespace wasmchord::test
