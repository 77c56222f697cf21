#include "src/tokenizer/pretokenizer.h"

#include <algorithm>
#include <type_traits>

#include "src/tokenizer/pretokenizer_passes.h"
#include "src/tokenizer/unicode.h"

namespace wasmchord {

namespace {

template <Match kMatch>
size_t find_first(std::string_view text, size_t* size) {
  size_t at = 0;
  while (at < text.size()) {
    *size = kMatch(text.substr(at));
    if (*size > 0) return at;
    at += unicode::decode_valid(text.data() + at).size;
  }
  *size = 0;
  return at;
}

template <auto kPass>
constexpr Find as_find() {
  if constexpr (std::is_same_v<decltype(kPass), Find>) {
    return kPass;
  } else {
    return find_first<kPass>;
  }
}

template <auto... kPasses>
constexpr Find kPassList[] = {as_find<kPasses>()...};

// Lets pretokenizers.def name the expressions without their namespace.
namespace table {
using namespace pass;
constexpr Pretokenizer kPretokenizers[] = {
#define WC_PRETOKENIZER(name, ignore_merges, add_bos, ...) {name, kPassList<__VA_ARGS__>, ignore_merges, add_bos},
#include "src/tokenizer/pretokenizers.def"
#undef WC_PRETOKENIZER
};
}  // namespace table

}  // namespace

const Pretokenizer* find_pretokenizer(std::string_view name) {
  const auto* it = std::find_if(std::begin(table::kPretokenizers), std::end(table::kPretokenizers),
                                [name](const Pretokenizer& entry) { return entry.name == name; });
  return it == std::end(table::kPretokenizers) ? nullptr : it;
}

}  // namespace wasmchord
