#include "tools/cli/io.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "tools/cli/handles.h"

namespace wasmchord::cli {
namespace {

std::string read_descriptor(int descriptor, const std::string& name) {
  constexpr size_t kPiece = size_t{64} << 10;
  std::string text;
  size_t used = 0;
  while (true) {
    text.resize(used + kPiece);
    const ssize_t got = read(descriptor, text.data() + used, kPiece);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw CliError("cannot read " + name + ": " + std::strerror(errno));
    }
    used += static_cast<size_t>(got);
    if (got == 0) {
      text.resize(used);
      return text;
    }
  }
}

}  // namespace

std::string read_stdin() { return read_descriptor(STDIN_FILENO, "standard input"); }

std::string read_file(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    throw CliError("cannot open " + path + ": " + std::strerror(errno));
  }
  struct Closer {
    int descriptor;
    ~Closer() { close(descriptor); }
  } const closer{descriptor};
  return read_descriptor(descriptor, path);
}

void write_stdout(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written < 0) {
      throw CliError(std::string("cannot write to standard output: ") + std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

std::vector<int32_t> parse_ids(std::string_view text) {
  constexpr std::string_view kSeparators = " \t\r\n,[]";
  std::vector<int32_t> ids;
  size_t at = text.find_first_not_of(kSeparators);
  while (at != std::string_view::npos) {
    const size_t end = std::min(text.find_first_of(kSeparators, at), text.size());
    const std::string_view word = text.substr(at, end - at);
    int32_t id = 0;
    const auto [stop, error] = std::from_chars(word.data(), word.data() + word.size(), id);
    if (error != std::errc() || stop != word.data() + word.size()) {
      throw CliError("not a token id: '" + std::string(word.substr(0, 40)) + "'");
    }
    ids.push_back(id);
    at = text.find_first_not_of(kSeparators, end);
  }
  return ids;
}

}  // namespace wasmchord::cli
