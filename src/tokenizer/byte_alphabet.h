// The alphabet of byte-level BPE: every byte has a printable character, in which pieces and merges are written.
// Source: GPT-2, encoder.py, bytes_to_unicode(): the printable characters of Latin-1 stand for themselves, the other 68
// bytes for U+0100 and up, in order.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/tokenizer/unicode.h"

namespace wasmchord {

namespace byte_alphabet {

struct Tables {
  std::array<uint16_t, 256> character{};  // of a byte
  std::array<int16_t, 324> byte{};        // of a character; -1: none
};

constexpr Tables make_tables() {
  Tables tables;
  for (int16_t& byte : tables.byte) byte = -1;
  uint32_t next = 256;
  for (uint32_t b = 0; b < 256; ++b) {
    const bool printable = (b >= 0x21 && b <= 0x7E) || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
    const uint32_t character = printable ? b : next++;
    tables.character[b] = static_cast<uint16_t>(character);
    tables.byte[character] = static_cast<int16_t>(b);
  }
  return tables;
}

inline constexpr Tables kTables = make_tables();

}  // namespace byte_alphabet

inline uint32_t character_of_byte(uint8_t byte) { return byte_alphabet::kTables.character[byte]; }

// -1 where the character stands for no byte.
inline int32_t byte_of_character(uint32_t character) {
  return character < byte_alphabet::kTables.byte.size() ? byte_alphabet::kTables.byte[character] : -1;
}

// Writes `bytes` in the alphabet; `out` has room for two bytes each. Returns the bytes written.
inline size_t write_in_alphabet(std::string_view bytes, char* out) {
  char* p = out;
  for (const char c : bytes) {
    const uint32_t character = character_of_byte(static_cast<uint8_t>(c));
    if (character < 0x80) {
      *p++ = static_cast<char>(character);
    } else {
      *p++ = static_cast<char>(0xC0 | character >> 6);
      *p++ = static_cast<char>(0x80 | (character & 0x3F));
    }
  }
  return static_cast<size_t>(p - out);
}

}  // namespace wasmchord
