#include "src/gguf/header_parser.h"

#include <algorithm>
#include <limits>

#include "src/base/checked.h"
#include "src/gguf/directory.h"
#include "src/gguf/limits.h"
#include "src/gguf/quote.h"

namespace wasmchord::gguf {
namespace {

constexpr uint32_t kMaxVersion = 3;

struct ForeignMagic {
  std::string_view magic;
  const char* what;
};
constexpr ForeignMagic kForeignMagics[] = {
    {"vers", "a Git LFS pointer, not the file it points to: fetch it with 'git lfs pull'"},
    {"lmgg", "a legacy ggml file; convert it to GGUF"},
    {"fmgg", "a legacy ggmf file; convert it to GGUF"},
    {"tjgg", "a legacy ggjt file; convert it to GGUF"},
    {"algg", "a legacy ggla adapter file; convert it to GGUF"},
    {"FUGG", "a GGUF file whose magic is byte-swapped; the magic has one order for both endians"},
    {"<!DO", "an HTML page; the download did not deliver the model"},
    {"<htm", "an HTML page; the download did not deliver the model"},
    {"PK\x03\x04", "a zip archive, perhaps a PyTorch checkpoint; convert it to GGUF"},
};

}  // namespace

HeaderParser::HeaderParser(uint64_t total_bytes, std::shared_ptr<const void> input) : total_bytes_(total_bytes) {
  storage_->input = std::move(input);
}

Result<size_t> HeaderParser::feed(std::span<const std::byte> bytes) {
  size_t used = 0;
  while (state_ != State::kDone && used < bytes.size()) {
    const bool resuming = !pending_.empty();
    if (resuming) {
      const size_t n = std::min(needed_ - pending_.size(), bytes.size() - used);
      pending_.insert(pending_.end(), bytes.begin() + used, bytes.begin() + used + n);
      used += n;
      if (pending_.size() < needed_) break;
    }
    Cursor cursor(resuming ? std::span<const std::byte>(pending_) : bytes.subspan(used), header_->big_endian, wide_);
    switch (parse_item(cursor)) {
      case Step::kFailed:
        return status_;
      case Step::kShort:
        needed_ = cursor.needed();
        if (!resuming) {
          pending_.assign(bytes.begin() + used, bytes.end());
          used = bytes.size();
        }
        break;
      case Step::kTaken:
        taken_ += cursor.position();
        if (!resuming) used += cursor.position();
        pending_.clear();
        advance();
        if (state_ == State::kDone && finish_directory() == Step::kFailed) return status_;
    }
  }
  return used;
}

std::string HeaderParser::position() const {
  switch (state_) {
    case State::kMagic:
    case State::kVersion:
    case State::kCounts:
      return "the fixed header";
    case State::kKey:
      return "metadata entry " + std::to_string(header_->metadata.entries_.size() + 1) + " of " +
             std::to_string(n_keys_);
    case State::kValue:
    case State::kElements:
      return "the value of " + key_text();
    case State::kTensor:
      return "tensor directory entry " + std::to_string(header_->tensors.size() + 1) + " of " +
             std::to_string(n_tensors_);
    case State::kDone:
      break;
  }
  return "the tensor data";
}

std::unique_ptr<Header> HeaderParser::release() {
  header_->storage = std::move(storage_);
  return std::move(header_);
}

HeaderParser::Step HeaderParser::parse_item(Cursor& cursor) {
  switch (state_) {
    case State::kMagic:
      return parse_magic(cursor);
    case State::kVersion:
      return parse_version(cursor);
    case State::kCounts:
      return parse_counts(cursor);
    case State::kKey:
      return parse_key(cursor);
    case State::kValue:
      return parse_value(cursor);
    case State::kElements:
      return parse_elements(cursor);
    case State::kTensor:
      return parse_tensor(cursor);
    case State::kDone:
      break;
  }
  return fail(Code::kInternal, "the header is complete");
}

HeaderParser::Step HeaderParser::parse_magic(Cursor& cursor) {
  std::string_view magic;
  if (!cursor.view(4, &magic)) return Step::kShort;
  if (magic == "GGUF") return Step::kTaken;
  for (const ForeignMagic& foreign : kForeignMagics) {
    if (magic == foreign.magic) return fail(Code::kBadMagic, std::string("not a GGUF file but ") + foreign.what);
  }
  return fail(Code::kBadMagic, "not a GGUF file: it starts with " + quote(magic));
}

// A file of the other byte order shows as a version whose low half is empty.
HeaderParser::Step HeaderParser::parse_version(Cursor& cursor) {
  uint32_t version = 0;
  std::string_view raw;
  if (!cursor.view(4, &raw)) return Step::kShort;
  for (int i = 3; i >= 0; --i) version = version << 8 | static_cast<unsigned char>(raw[i]);
  header_->big_endian = version != 0 && (version & 0xffff) == 0;
  header_->version = header_->big_endian ? __builtin_bswap32(version) : version;
  if (header_->version == 0 || header_->version > kMaxVersion) {
    return fail(Code::kUnsupportedVersion,
                "GGUF version " + std::to_string(header_->version) + " is not supported (1 to 3 are)");
  }
  wide_ = header_->version >= 2;
  return Step::kTaken;
}

HeaderParser::Step HeaderParser::parse_counts(Cursor& cursor) {
  if (!cursor.count(&n_tensors_) || !cursor.count(&n_keys_)) return Step::kShort;
  if (n_tensors_ > kMaxTensors) {
    return fail(Code::kBadCount,
                "tensor count " + std::to_string(n_tensors_) + " is above the limit of " + std::to_string(kMaxTensors));
  }
  if (n_keys_ > kMaxKeys) {
    return fail(Code::kBadCount,
                "metadata count " + std::to_string(n_keys_) + " is above the limit of " + std::to_string(kMaxKeys));
  }
  // Each entry starts with a length; a count that passes here meets more telling checks when its entries are read.
  const uint64_t least = (n_tensors_ + n_keys_) * (wide_ ? 8 : 4);
  if (least > remaining(cursor)) {
    return fail(Code::kBadCount, std::to_string(n_tensors_) + " tensors and " + std::to_string(n_keys_) +
                                     " metadata entries do not fit a file of " + std::to_string(total_bytes_) +
                                     " bytes");
  }
  return Step::kTaken;
}

void HeaderParser::advance() {
  while (!frames_.empty() && frames_.back().taken == frames_.back().size) frames_.pop_back();
  const Metadata& metadata = header_->metadata;
  if (state_ == State::kMagic) {
    state_ = State::kVersion;
  } else if (state_ == State::kVersion) {
    state_ = State::kCounts;
  } else if (state_ == State::kKey) {
    state_ = State::kValue;
  } else if (!frames_.empty()) {
    state_ = State::kElements;
  } else if (metadata.entries_.size() < n_keys_) {
    state_ = State::kKey;
  } else if (header_->tensors.size() < n_tensors_) {
    state_ = State::kTensor;
  } else {
    state_ = State::kDone;
  }
}

HeaderParser::Step HeaderParser::finish_directory() {
  if (!checked_align(taken_, header_->alignment, &header_->data_offset)) {
    return fail(Code::kBadCount, "the header is too long");
  }
  status_ = check_directory(*header_, total_bytes_);
  return status_ ? Step::kTaken : Step::kFailed;
}

HeaderParser::Step HeaderParser::fail(Code code, std::string message) {
  status_ = Status(code, std::move(message));
  return Step::kFailed;
}

uint64_t HeaderParser::remaining(const Cursor& cursor) const {
  if (total_bytes_ == 0) return std::numeric_limits<uint64_t>::max();
  const uint64_t position = taken_ + cursor.position();
  return total_bytes_ > position ? total_bytes_ - position : 0;
}

std::string_view HeaderParser::keep(std::string_view bytes) {
  // A resumed item lies in pending_, which does not outlive it.
  return storage_->input != nullptr && pending_.empty() ? bytes : storage_->strings.add(bytes);
}

std::string HeaderParser::key_text() const { return "key " + quote(header_->metadata.entries_.back().key); }

}  // namespace wasmchord::gguf
