#include "src/capi/chat_json.h"

#include <algorithm>

namespace wasmchord::capi {
namespace {

using nlohmann::ordered_json;

bool is_plain_word(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_' || c == '-';
  });
}

class Converter {
 public:
  Converter(chat::Heap* heap, Origin origin) : heap_(heap), origin_(origin) {}

  Result<chat::Value> convert(const ordered_json& json, uint32_t depth, bool label) {
    if (depth > chat::kMaxValueDepth) return Status(Code::kInvalidArgument, "the JSON is nested too deep");
    if (heap_->exhausted()) return Status(Code::kTemplateLimit, "the conversation takes too much memory");
    switch (json.type()) {
      case ordered_json::value_t::boolean:
        return chat::Value::boolean(json.get<bool>());
      case ordered_json::value_t::number_integer:
        return chat::Value::integer(json.get<int64_t>());
      case ordered_json::value_t::number_unsigned: {
        const auto n = json.get<uint64_t>();
        if (n > INT64_MAX) return chat::Value::real(static_cast<double>(n));
        return chat::Value::integer(static_cast<int64_t>(n));
      }
      case ordered_json::value_t::number_float:
        return chat::Value::real(json.get<double>());
      case ordered_json::value_t::string:
        return text(json.get_ref<const std::string&>(), label);
      case ordered_json::value_t::array:
        return array(json, depth);
      case ordered_json::value_t::object:
        return object(json, depth);
      default:
        return chat::Value::none();
    }
  }

 private:
  chat::Value text(const std::string& bytes, bool label) {
    const bool content = origin_ == Origin::kContent && !(label && is_plain_word(bytes));
    return content ? chat::make_content(heap_, bytes) : chat::make_text(heap_, bytes);
  }

  Result<chat::Value> array(const ordered_json& json, uint32_t depth) {
    std::vector<chat::Value> items;
    for (const ordered_json& item : json) {
      WC_ASSIGN(chat::Value value, convert(item, depth + 1, false));
      items.push_back(std::move(value));
    }
    return chat::make_sequence(heap_, std::move(items));
  }

  Result<chat::Value> object(const ordered_json& json, uint32_t depth) {
    chat::Value result = chat::make_dict(heap_);
    for (const auto& [key, item] : json.items()) {
      WC_ASSIGN(chat::Value value, convert(item, depth + 1, key == "role" || key == "type"));
      chat::dict_set(heap_, &result.dict(), text(key, true), std::move(value));
    }
    return result;
  }

  chat::Heap* heap_;
  Origin origin_;
};

}  // namespace

Result<chat::Value> to_value(chat::Heap* heap, const ordered_json& json, Origin origin) {
  return Converter(heap, origin).convert(json, 0, false);
}

Result<ordered_json> parse_json(std::string_view text, std::string_view what) {
  try {
    return ordered_json::parse(text.begin(), text.end());
  } catch (const ordered_json::exception& error) {
    return Status(Code::kInvalidArgument, std::string(what) + " is not JSON: " + error.what());
  }
}

}  // namespace wasmchord::capi
