#include "tools/quantize/output_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace wasmchord::tools {
namespace {

namespace fs = std::filesystem;

class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest()
      : folder_(fs::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name()) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~OutputFileTest() override { fs::remove_all(folder_); }

  std::string path(const char* name) const { return (folder_ / name).string(); }
  size_t n_files() const { return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {})); }
  static std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(OutputFile* file, std::string_view text) { file->write(std::as_bytes(std::span(text))); }

  fs::path folder_;
};

TEST_F(OutputFileTest, AppearsAtCommit) {
  OutputFile file(path("a"));
  write(&file, "hello");
  EXPECT_FALSE(fs::exists(path("a")));
  file.commit();
  EXPECT_EQ(content(path("a")), "hello");
  EXPECT_EQ(n_files(), 1u);
}

TEST_F(OutputFileTest, WithoutCommitTheOldFileStays) {
  std::ofstream(path("a")) << "old";
  {
    OutputFile file(path("a"));
    write(&file, "new");
  }
  EXPECT_EQ(content(path("a")), "old");
  EXPECT_EQ(n_files(), 1u);
}

TEST_F(OutputFileTest, WritesMoreThanItsBuffer) {
  const std::string piece(700001, 'x');
  OutputFile file(path("a"));
  for (int i = 0; i < 5; ++i) write(&file, piece);
  EXPECT_EQ(file.position(), 5 * piece.size());
  file.commit();
  EXPECT_EQ(fs::file_size(path("a")), 5 * piece.size());
}

TEST_F(OutputFileTest, FollowsASymbolicLink) {
  std::ofstream(path("target")) << "old";
  fs::create_symlink("target", path("link"));
  OutputFile file(path("link"));
  write(&file, "new");
  file.commit();
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(content(path("target")), "new");
}

TEST_F(OutputFileTest, RefusesWhatIsNoRegularFile) {
  EXPECT_THROW(OutputFile(folder_.string()), std::runtime_error);
  EXPECT_THROW(OutputFile("/dev/null"), std::runtime_error);
  EXPECT_THROW(OutputFile(path("missing/a")), std::runtime_error);
}

}  // namespace
}  // namespace wasmchord::tools
