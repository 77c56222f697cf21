#include "tools/convert/metadata_list.h"

#include <type_traits>

namespace wasmchord::tools {

void MetadataList::write(GgufWriter* out) const {
  for (const auto& [key, value] : entries_) {
    std::visit(
        [&name = key, out](const auto& typed) {
          using T = std::decay_t<decltype(typed)>;
          if constexpr (std::is_same_v<T, uint32_t>) {
            out->u32(name, typed);
          } else if constexpr (std::is_same_v<T, float>) {
            out->f32(name, typed);
          } else if constexpr (std::is_same_v<T, bool>) {
            out->boolean(name, typed);
          } else if constexpr (std::is_same_v<T, std::string>) {
            out->text(name, typed);
          } else {
            out->array(name, typed);
          }
        },
        value);
  }
}

}  // namespace wasmchord::tools
