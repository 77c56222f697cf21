// The incremental parser of everything before the data section.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/status.h"
#include "src/gguf/cursor.h"
#include "src/gguf/gguf.h"
#include "src/gguf/storage.h"

namespace wasmchord::gguf {

// Works item by item (a key, a scalar, one string of an array, a run of numbers, one directory entry), each parsed from
// contiguous bytes. An item cut by the end of the input waits in a buffer that grows to just what the item needs, and
// an attempt at an item costs a constant number of field reads, so any chunking takes linear time.
class HeaderParser {
 public:
  // `total_bytes`: length of the file, 0 if unknown. `input`: where set, it keeps all bytes given to feed() alive and
  // in place, and strings are viewed there instead of copied.
  explicit HeaderParser(uint64_t total_bytes, std::shared_ptr<const void> input = nullptr);

  // Takes bytes up to the end of the header and returns how many. Not to be called again after an error.
  Result<size_t> feed(std::span<const std::byte> bytes);

  bool done() const { return state_ == State::kDone; }
  uint64_t bytes_taken() const { return taken_ + pending_.size(); }
  // What the parser waits for, as a phrase for the message about a file that ends here.
  std::string position() const;

  // The checked header, its storage filled in. Once, when done().
  std::unique_ptr<Header> release();

 private:
  enum class State { kMagic, kVersion, kCounts, kKey, kValue, kElements, kTensor, kDone };
  enum class Step { kTaken, kShort, kFailed };
  struct Frame {
    Array* array;
    uint64_t size;   // elements promised
    uint64_t taken;  // elements read
  };

  Step parse_item(Cursor& cursor);
  Step parse_magic(Cursor& cursor);
  Step parse_version(Cursor& cursor);
  Step parse_counts(Cursor& cursor);
  Step parse_key(Cursor& cursor);
  Step parse_value(Cursor& cursor);
  Step parse_scalar(Cursor& cursor, uint32_t width);
  Step parse_array_head(Cursor& cursor, Value* value);
  Step parse_elements(Cursor& cursor);
  Step parse_number_elements(Cursor& cursor, Frame& frame, uint32_t width);
  Step parse_string(Cursor& cursor, const char* what, std::string_view* out);
  Step parse_tensor(Cursor& cursor);
  Step read_dimensions(Cursor& cursor, TensorInfo* info);
  Step check_tensor(uint32_t type_number, TensorInfo* info);
  Step check_alignment(const Value& value);

  Step fail(Code code, std::string message);
  void advance();  // to the state that the counts and open arrays ask for
  Step finish_directory();
  uint64_t remaining(const Cursor& cursor) const;  // bytes of the file after the cursor; the maximum if unknown
  uint64_t min_bytes(ValueType type) const;        // of one array element
  std::string_view keep(std::string_view bytes);
  std::string key_text() const;  // "key 'x'"

  std::unique_ptr<Header> header_ = std::make_unique<Header>();
  std::shared_ptr<HeaderStorage> storage_ = std::make_shared<HeaderStorage>();
  const uint64_t total_bytes_;
  State state_ = State::kMagic;
  bool wide_ = true;
  uint64_t n_keys_ = 0;
  uint64_t n_tensors_ = 0;
  uint64_t n_nested_arrays_ = 0;
  ValueType value_type_ = ValueType::kU8;
  std::vector<Frame> frames_;  // open arrays, outermost first

  uint64_t taken_ = 0;              // bytes of whole items
  std::vector<std::byte> pending_;  // start of the item that the input cut
  size_t needed_ = 0;               // bytes it needs at least
  Status status_;
};

}  // namespace wasmchord::gguf
