// Takes the place of sentencepiece_model.cpp where the library was not found.
#include "tools/convert/vocabulary.h"

namespace wasmchord::tools {

Vocabulary read_sentencepiece(const std::string&) {
  fail_in("tokenizer.model", "cannot be read: this command was built without the sentencepiece library");
}

}  // namespace wasmchord::tools
