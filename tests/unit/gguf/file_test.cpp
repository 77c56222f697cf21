// The mapped way in: errors of the environment, call order, lifetime.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/gguf/reading.h"

namespace wasmchord {
namespace {

using test::Bytes;
using test::GgufBuilder;

void expect_refused(const std::string& path, Code code, const char* mentions) {
  for (const Status& status : {test::read_mapped(path).status, gguf::read_header(path).status()}) {
    EXPECT_EQ(status.code(), code) << status.message();
    EXPECT_NE(status.message().find(mentions), std::string::npos) << status.message();
    EXPECT_NE(status.message().find(path), std::string::npos) << status.message();
  }
}

TEST(GgufFileTest, NamesTheReasonOfTheSystem) {
  const test::TempDir dir;
  expect_refused(dir.path("absent.gguf"), Code::kIo, "No such file");
  expect_refused(dir.path(""), Code::kIo, "is a directory");
  expect_refused(dir.write("empty.gguf", {}), Code::kTruncated, "is empty");
  ASSERT_EQ(::mkfifo(dir.path("fifo.gguf").c_str(), 0600), 0);
  expect_refused(dir.path("fifo.gguf"), Code::kIo, "not a regular file");
  if (::geteuid() != 0) {
    const std::string secret = dir.write("secret.gguf", GgufBuilder().build());
    ASSERT_EQ(::chmod(secret.c_str(), 0), 0);
    expect_refused(secret, Code::kIo, "Permission denied");
  }
  test::RecordingSink sink;
  EXPECT_EQ(gguf::read_file(std::string("a\0b", 3), &sink).code(), Code::kIo);
}

TEST(GgufFileTest, ContainerErrorsNameTheFile) {
  const test::TempDir dir;
  expect_refused(dir.write("bad.gguf", test::GgufFields().raw("nonsense").bytes()), Code::kBadMagic, "not a GGUF");
  expect_refused(dir.write("short.gguf", test::GgufFields().raw("GGUF").bytes()), Code::kTruncated, "fixed header");
  Bytes bytes = GgufBuilder().tensor("a", {2}, {1, 2}).build();
  bytes.pop_back();
  expect_refused(dir.write("cut.gguf", bytes), Code::kTruncated, "'a'");
}

TEST(GgufFileTest, HandsOutMappedTensors) {
  const test::TempDir dir;
  const std::string path = dir.write("m.gguf", GgufBuilder().tensor("a", {2}, {1, 2}).tensor("b", {1}, {3}).build());
  test::RecordingSink sink;
  ASSERT_TRUE(gguf::read_file(path, &sink));
  EXPECT_TRUE(sink.mapped);
  EXPECT_EQ(sink.calls, (std::vector<std::string>{"header", "data a", "data b"}));
}

TEST(GgufFileTest, SinkErrorIsReturned) {
  const test::TempDir dir;
  const std::string path = dir.write("m.gguf", GgufBuilder().tensor("a", {2}, {1, 2}).tensor("b", {1}, {3}).build());
  test::RecordingSink sink;
  sink.fail_at_data = Code::kMemoryLimit;
  EXPECT_EQ(gguf::read_file(path, &sink).code(), Code::kMemoryLimit);
  EXPECT_EQ(sink.calls, (std::vector<std::string>{"header"}));
}

// Keeps the mapping of the first tensor, as a model does that computes from the file.
class KeepingSink : public test::RecordingSink {
 public:
  Status on_mapped(const gguf::TensorInfo&, std::span<const std::byte> bytes, bool,
                   std::shared_ptr<const void> keep_alive) override {
    kept_bytes = bytes;
    kept = std::move(keep_alive);
    return Status::ok();
  }
  std::span<const std::byte> kept_bytes;
  std::shared_ptr<const void> kept;
};

TEST(GgufFileTest, MappingAndHeaderOutliveTheCallAndTheName) {
  const test::TempDir dir;
  KeepingSink sink;
  const std::string path = dir.write("m.gguf", GgufBuilder().kv("k", "value").tensor("a", {1}, {1}).build());
  ASSERT_TRUE(gguf::read_file(path, &sink));
  std::filesystem::remove(path);
  const float one = 1.0f;
  EXPECT_EQ(std::memcmp(sink.kept_bytes.data(), &one, sizeof one), 0);
  sink.kept.reset();
  EXPECT_EQ(*sink.headers[0]->metadata.string("k"), "value");
  EXPECT_EQ(sink.headers[0]->tensors[0].name, "a");
}

TEST(GgufFileTest, ReadHeaderTouchesNoData) {
  const test::TempDir dir;
  const Bytes bytes = GgufBuilder().kv("k", uint8_t{7}).tensor("a", {2}, {1, 2}).build();
  const auto header = gguf::read_header(dir.write("m.gguf", bytes));
  ASSERT_TRUE(header.is_ok()) << header.status().message();
  EXPECT_EQ(test::dump(**header), test::dump(*test::parse(bytes)));
}

}  // namespace
}  // namespace wasmchord
