#include "tools/quantize/type_options.h"

#include <optional>
#include <stdexcept>

#include "tools/quantize/codec.h"

namespace wasmchord::tools {
namespace {

std::string joined_names(const std::vector<QuantizeType>& types) {
  std::string names;
  for (const QuantizeType& type : types) names += (names.empty() ? "" : ", ") + type.name;
  return names;
}

std::optional<DType> override_type(const std::string& name, const char* option) {
  if (name.empty()) return std::nullopt;
  if (const auto type = find_writable_type(name)) return type;
  std::string names;
  for (uint32_t number = 0; number < 64; ++number) {
    const DTypeInfo* info = dtype_info(number);
    if (info != nullptr && can_encode(info->dtype)) names.append(names.empty() ? "" : ", ").append(info->name);
  }
  throw std::invalid_argument("'" + name + "' is no type for " + option + "; there are " + names);
}

}  // namespace

std::vector<QuantizeType> quantize_types() {
  std::vector<QuantizeType> types;
  for (const Recipe& recipe : recipes()) types.push_back({std::string(recipe.name), std::string(recipe.summary)});
  return types;
}

Recipe require_recipe(const std::string& name) {
  if (const auto recipe = find_recipe(name)) return *recipe;
  throw std::invalid_argument("'" + name + "' is no type to quantize to; there are " + joined_names(quantize_types()));
}

TypeOverrides require_overrides(const TypeOptions& options) {
  TypeOverrides overrides;
  overrides.output = override_type(options.output_type, "--output-type");
  overrides.embedding = override_type(options.embedding_type, "--embedding-type");
  overrides.pure = options.pure;
  return overrides;
}

}  // namespace wasmchord::tools
