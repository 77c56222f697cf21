#include "src/tokenizer/piece_table.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace wasmchord {

namespace {

constexpr std::string_view kPiecesKey = "tokenizer.ggml.tokens";

// Real vocabularies stay below 1024 bytes. The limit bounds what one comparison can cost.
constexpr size_t kMaxPieceBytes = 8192;

// At a load of at most one half, a run this long occurs only in a vocabulary made to collide.
constexpr size_t kMaxPieceProbes = 4096;

Status bad_tokens(const std::string& what) {
  return Status(Code::kBadVocabulary, std::string(kPiecesKey) + ": " + what);
}

}  // namespace

bool PieceTable::insert(int32_t id) {
  const std::string_view text = piece(id);
  const uint64_t hash = hash_bytes(text);
  const auto tag = static_cast<uint32_t>(hash >> 32);
  size_t i = hash & mask_;
  for (size_t probes = 0; probes < kMaxPieceProbes; ++probes, i = (i + 1) & mask_) {
    Slot& slot = slots_[i];
    if (slot.id < 0) {
      slot = {tag, id};
      return true;
    }
    if (slot.tag == tag && piece(slot.id) == text) return true;
  }
  return false;
}

Status PieceTable::build(std::span<const std::string_view> pieces) {
  if (pieces.size() > static_cast<size_t>(std::numeric_limits<int32_t>::max())) return bad_tokens("too many tokens");
  uint64_t bytes = 0;
  for (const std::string_view piece : pieces) {
    if (piece.size() > kMaxPieceBytes) return bad_tokens("a token is longer than 8192 bytes");
    bytes += piece.size();
    max_piece_size_ = std::max(max_piece_size_, static_cast<uint32_t>(piece.size()));
  }
  if (bytes > std::numeric_limits<uint32_t>::max()) return bad_tokens("more than 4 GiB of text");
  text_.reserve(bytes);
  offsets_.reserve(pieces.size() + 1);
  for (const std::string_view piece : pieces) {
    text_.append(piece);
    offsets_.push_back(static_cast<uint32_t>(text_.size()));
  }
  slots_.assign(std::bit_ceil(2 * pieces.size() + 1), Slot{});
  mask_ = slots_.size() - 1;
  for (size_t id = 0; id < pieces.size(); ++id) {
    // An empty text is no token of any text.
    if (!pieces[id].empty() && !insert(static_cast<int32_t>(id))) return bad_tokens("hash collisions");
  }
  return Status::ok();
}

}  // namespace wasmchord
