// The makers of tokenizers.def, and what they share.
#pragma once

#include <memory>

#include "src/base/status.h"
#include "src/gguf/gguf.h"
#include "src/tokenizer/tokenizer.h"
#include "src/tokenizer/vocabulary.h"

namespace wasmchord {

#define WC_TOKENIZER(name, stem) \
  Result<std::unique_ptr<Tokenizer>> create_##stem(const gguf::Metadata& metadata, Vocabulary vocab);
#include "src/tokenizer/tokenizers.def"
#undef WC_TOKENIZER

Status unsupported_tokenizer(std::string_view key, std::string_view name);

}  // namespace wasmchord
