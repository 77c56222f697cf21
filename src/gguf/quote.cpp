#include "src/gguf/quote.h"

namespace wasmchord::gguf {

std::string quote(std::string_view name) {
  constexpr size_t kMaxShown = 80;
  constexpr char kHex[] = "0123456789abcdef";
  std::string text = "'";
  for (char c : name.substr(0, kMaxShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte > 0x7e || c == '\'' || c == '\\') {
      text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      text += c;
    }
  }
  text += name.size() > kMaxShown ? "...'" : "'";
  return text;
}

}  // namespace wasmchord::gguf
