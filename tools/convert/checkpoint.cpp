#include "tools/convert/checkpoint.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <system_error>

#include "src/gguf/quote.h"
#include "tools/convert/json_file.h"

namespace wasmchord::tools {
namespace {

constexpr const char* kSingleFile = "model.safetensors";
constexpr const char* kIndexFile = "model.safetensors.index.json";

bool is_pickle(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".bin" || extension == ".pt" || extension == ".pth" || extension == ".ckpt";
}

[[noreturn]] void fail_without_weights(const std::filesystem::path& folder) {
  std::string pickle, other;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (is_pickle(entry.path())) pickle = entry.path().filename().string();
    if (entry.path().extension() == ".safetensors") other = entry.path().filename().string();
  }
  std::string what = std::string("has neither ") + kSingleFile + " nor " + kIndexFile;
  if (!other.empty()) what += "; " + gguf::quote(other) + " has another name";
  if (other.empty() && !pickle.empty()) {
    what += ". " + gguf::quote(pickle) +
            " is a PyTorch pickle, which can run code when it is read and is refused: save the model as safetensors "
            "(save_pretrained of Transformers does)";
  }
  fail_in(folder.string(), what);
}

}  // namespace

Checkpoint::Checkpoint(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) fail_in(folder.string(), "is no folder");
  // The single file goes before an index, as in Transformers.
  if (std::filesystem::exists(folder / kSingleFile, error)) {
    open_file(folder / kSingleFile);
  } else if (const auto index = read_text(folder / kIndexFile)) {
    open_index(folder, *index);
  } else {
    fail_without_weights(folder);
  }
}

bool Checkpoint::has_file(const std::filesystem::path& path) const {
  return std::ranges::any_of(paths_, [&path](const std::filesystem::path& other) {
    std::error_code error;
    return std::filesystem::equivalent(path, other, error);
  });
}

void Checkpoint::open_file(const std::filesystem::path& path) {
  auto file = gguf::MappedFile::open(path.string());
  if (!file) throw std::runtime_error(file.status().message());
  const std::string name = path.filename().string();
  for (auto& [tensor, stored] : parse_safetensors(name, file.value()->bytes())) {
    const auto [place, is_new] = tensors_.emplace(tensor, std::move(stored));
    if (!is_new) fail_in(name, "has tensor " + gguf::quote(tensor) + ", which is in " + place->second.file + " too");
  }
  paths_.push_back(path);
  files_.push_back(file.value());
}

void Checkpoint::open_index(const std::filesystem::path& folder, const std::string& index) {
  const Json json = parse_json_object(kIndexFile, index);
  const auto map = json.find("weight_map");
  if (map == json.end() || !map->is_object() || map->empty()) fail_in(kIndexFile, "has no weight_map");
  std::set<std::string> names;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string()) fail_in(kIndexFile, "weight_map has no file for " + gguf::quote(tensor));
    const std::string name = file.get<std::string>();
    // Of this folder and no other.
    if (name.empty() || name.find_first_of("/\\") != name.npos || !name.ends_with(".safetensors")) {
      fail_in(kIndexFile, "weight_map names " + gguf::quote(name) + ", which is no safetensors file of this folder");
    }
    names.insert(name);
  }
  for (const std::string& name : names) open_file(folder / name);
  for (const auto& [tensor, file] : map->items()) {
    const auto found = tensors_.find(tensor);
    if (found == tensors_.end() || found->second.file != file.get_ref<const std::string&>()) {
      fail_in(file.get<std::string>(), "lacks tensor " + gguf::quote(tensor) + ", which " + kIndexFile + " promises");
    }
  }
}

}  // namespace wasmchord::tools
