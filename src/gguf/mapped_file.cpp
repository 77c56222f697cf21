#include "src/gguf/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace wasmchord::gguf {
namespace {

Status io_error(const std::string& path, const char* action, int error) {
  return {Code::kIo, path + ": cannot " + action + ": " + std::generic_category().message(error)};
}

class Descriptor {
 public:
  // Non-blocking, so that a FIFO is refused by its kind instead of waiting for a writer.
  explicit Descriptor(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
  if (path.find('\0') != path.npos) return Status(Code::kIo, "the path contains a NUL byte");
  const Descriptor file(path);
  if (file.get() < 0) return io_error(path, "open", errno);
  struct stat info;
  if (::fstat(file.get(), &info) != 0) return io_error(path, "stat", errno);
  if (S_ISDIR(info.st_mode)) return Status(Code::kIo, path + ": is a directory");
  if (!S_ISREG(info.st_mode)) return Status(Code::kIo, path + ": is not a regular file");
  if (info.st_size == 0) return Status(Code::kTruncated, path + ": the file is empty");
  if (static_cast<uint64_t>(info.st_size) > SIZE_MAX) return io_error(path, "map", EFBIG);
  const auto size = static_cast<size_t>(info.st_size);
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) return io_error(path, "map", errno);
  const std::span<const std::byte> bytes(static_cast<const std::byte*>(start), size);
  return std::shared_ptr<const MappedFile>(new MappedFile(bytes));
}

MappedFile::~MappedFile() { ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size()); }

}  // namespace wasmchord::gguf
