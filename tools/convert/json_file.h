// JSON files of a model's folder. Whatever is missing or odd is an std::runtime_error that names file and key.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wasmchord::tools {

using Json = nlohmann::json;

// "FILE: what is wrong"; bytes that a terminal should not see are replaced.
[[noreturn]] void fail_in(std::string_view file, const std::string& what);

// One object. Nesting beyond a depth that no such file has, repeated keys and invalid UTF-8 are refused.
Json parse_json_object(std::string_view file, std::string_view text);
// Of FOLDER/NAME; null where there is no such file.
Json read_json_object(const std::filesystem::path& folder, const std::string& name);
// Whole; empty where there is no such file.
std::optional<std::string> read_text(const std::filesystem::path& path);

// An object of a file, and how to name its keys. A key whose value is null counts as absent.
class JsonObject {
 public:
  // `value` must outlive this; null and what is no object are empty objects.
  JsonObject(const Json& value, std::string file, std::string path = {});

  const std::string& file() const { return file_; }
  const Json* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }
  // Of an object inside; empty where the key is absent.
  JsonObject object(std::string_view key) const;

  // The value of `key`. Absent: an error, or nothing for those that give an optional.
  uint32_t count(std::string_view key) const;
  std::optional<uint32_t> find_count(std::string_view key) const;
  std::optional<double> find_number(std::string_view key) const;
  std::optional<bool> find_boolean(std::string_view key) const;
  std::optional<std::string> find_string(std::string_view key) const;
  std::vector<float> numbers(std::string_view key) const;

  [[noreturn]] void fail(std::string_view key, const std::string& what) const;

 private:
  const Json& value_;
  std::string file_;
  std::string path_;  // of keys, with a dot behind each
};

}  // namespace wasmchord::tools
