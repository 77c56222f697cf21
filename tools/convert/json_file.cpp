#include "tools/convert/json_file.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <system_error>

#include "src/gguf/quote.h"

namespace wasmchord::tools {
namespace {

constexpr int kMaxDepth = 64;
constexpr uintmax_t kMaxTextBytes = uintmax_t{256} << 20;

// Refuses what nlohmann::json accepts: a key that comes twice in one object, of which only the last would be seen.
class StrictKeys {
 public:
  explicit StrictKeys(std::string_view file) : file_(file) {}

  bool operator()(int depth, Json::parse_event_t event, const Json& value) {
    if (depth > kMaxDepth) fail_in(file_, "is nested too deeply");
    if (event == Json::parse_event_t::object_start) {
      seen_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      seen_.pop_back();
    } else if (event == Json::parse_event_t::key && !seen_.back().insert(value.get<std::string>()).second) {
      fail_in(file_, "has the key " + gguf::quote(value.get_ref<const std::string&>()) + " twice");
    }
    return true;
  }

 private:
  std::string_view file_;
  std::vector<std::set<std::string>> seen_;
};

const Json& null_json() {
  static const Json null;
  return null;
}

}  // namespace

void fail_in(std::string_view file, const std::string& what) {
  throw std::runtime_error(std::string(file) + ": " + what);
}

Json parse_json_object(std::string_view file, std::string_view text) {
  try {
    Json value = Json::parse(text, StrictKeys(file));
    if (!value.is_object()) fail_in(file, "is no JSON object");
    return value;
  } catch (const Json::exception& error) {
    std::string what = error.what();
    for (char& c : what) c = c >= ' ' && c <= '~' ? c : '?';
    fail_in(file, "is no JSON: " + what);
  }
}

std::optional<std::string> read_text(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return std::nullopt;
  const std::string name = path.filename().string();
  if (!std::filesystem::is_regular_file(path, error)) fail_in(name, "is no regular file");
  if (std::filesystem::file_size(path, error) > kMaxTextBytes || error) fail_in(name, "is too large");
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (!in) fail_in(name, "cannot be read");
  return text;
}

Json read_json_object(const std::filesystem::path& folder, const std::string& name) {
  const auto text = read_text(folder / name);
  return text ? parse_json_object(name, *text) : Json();
}

JsonObject::JsonObject(const Json& value, std::string file, std::string path)
    : value_(value.is_object() ? value : null_json()), file_(std::move(file)), path_(std::move(path)) {}

const Json* JsonObject::find(std::string_view key) const {
  if (!value_.is_object()) return nullptr;
  const auto found = value_.find(key);
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

JsonObject JsonObject::object(std::string_view key) const {
  const Json* value = find(key);
  if (value != nullptr && !value->is_object()) fail(key, "is no object");
  return {value == nullptr ? null_json() : *value, file_, path_ + std::string(key) + "."};
}

void JsonObject::fail(std::string_view key, const std::string& what) const {
  fail_in(file_, path_ + std::string(key) + " " + what);
}

std::optional<uint32_t> JsonObject::find_count(std::string_view key) const {
  constexpr int64_t kMax = 1 << 30;
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  const bool fits = value->is_number_unsigned() && value->get<uint64_t>() <= uint64_t{kMax};
  if (!fits) fail(key, "is no count");
  return value->get<uint32_t>();
}

uint32_t JsonObject::count(std::string_view key) const {
  const auto value = find_count(key);
  if (!value) fail(key, "is missing");
  if (*value == 0) fail(key, "is 0");
  return *value;
}

std::optional<double> JsonObject::find_number(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number() || !std::isfinite(value->get<double>())) fail(key, "is no number");
  return value->get<double>();
}

std::optional<bool> JsonObject::find_boolean(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) fail(key, "is neither true nor false");
  return value->get<bool>();
}

std::optional<std::string> JsonObject::find_string(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) fail(key, "is no text");
  return value->get<std::string>();
}

std::vector<float> JsonObject::numbers(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) fail(key, "is missing");
  if (!value->is_array()) fail(key, "is no list");
  std::vector<float> numbers;
  for (const Json& element : *value) {
    if (!element.is_number()) fail(key, "holds something that is no number");
    numbers.push_back(element.get<float>());
  }
  return numbers;
}

}  // namespace wasmchord::tools
