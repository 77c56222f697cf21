#include "tests/unit/model/header.h"

#include <stdexcept>

namespace wasmchord::test {

std::shared_ptr<const gguf::Header> header_of(const Bytes& file) {
  const TempFile temporary(file);
  auto header = gguf::read_header(temporary.path());
  if (!header) throw std::runtime_error(header.status().message());
  return *header;
}

}  // namespace wasmchord::test
