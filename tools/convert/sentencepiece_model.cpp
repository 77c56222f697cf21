// tokenizer.model, read by Google's sentencepiece library.
#include <sentencepiece_processor.h>

#include <cmath>
#include <stdexcept>

#include "tools/convert/vocabulary.h"

namespace wasmchord::tools {
namespace {

constexpr const char* kModelFile = "tokenizer.model";

PieceType type_of(const sentencepiece::SentencePieceProcessor& model, int id) {
  if (model.IsUnknown(id)) return PieceType::kUnknown;
  if (model.IsControl(id)) return PieceType::kControl;
  if (model.IsUnused(id)) return PieceType::kUnused;
  return model.IsByte(id) ? PieceType::kByte : PieceType::kNormal;
}

std::string encoded(const sentencepiece::SentencePieceProcessor& model, const char* text) {
  std::string joined;
  for (const std::string& piece : model.EncodeAsPieces(text)) joined += piece;
  return joined;
}

}  // namespace

Vocabulary read_sentencepiece(const std::string& bytes) {
  sentencepiece::SentencePieceProcessor model;
  if (const auto status = model.LoadFromSerializedProto(bytes); !status.ok()) {
    fail_in(kModelFile, "is no SentencePiece model: " + status.ToString());
  }
  Vocabulary vocabulary;
  vocabulary.model = "llama";
  vocabulary.pre = "default";
  for (int id = 0; id < model.GetPieceSize(); ++id) {
    const PieceType type = type_of(model, id);
    const float score = model.GetScore(id);
    // Merges are ranked 0, -1, -2, ...; a unigram model has logarithms of probabilities.
    if (type == PieceType::kNormal && score != std::floor(score)) {
      fail_in(kModelFile, "is a unigram model; only BPE can be converted");
    }
    vocabulary.set(static_cast<uint32_t>(id), model.IdToPiece(id), type, score);
  }
  // The library does not tell the options, only what they do.
  vocabulary.add_space_prefix = encoded(model, "a").starts_with(kSpacePiece);
  const std::string two = std::string(kSpacePiece) + std::string(kSpacePiece);
  if (encoded(model, "a  a").find(two) == std::string::npos) vocabulary.remove_extra_whitespaces = true;
  for (const auto& [name, id] : {std::pair{"bos", model.bos_id()}, std::pair{"eos", model.eos_id()},
                                 std::pair{"unknown", model.unk_id()}, std::pair{"padding", model.pad_id()}}) {
    if (id >= 0) vocabulary.ids[name] = static_cast<uint32_t>(id);
  }
  return vocabulary;
}

}  // namespace wasmchord::tools
