#include "tests/golden/models.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "src/backend/registry.h"

namespace wasmchord::test {
namespace {

std::string existing(const std::string& path) { return std::filesystem::exists(path) ? path : std::string(); }

template <typename T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.status().message());
  return *std::move(result);
}

}  // namespace

std::string shared_path(const std::string& name) { return existing(std::string(WC_SHARED_DIR) + "/" + name); }
std::string data_path(const std::string& name) { return existing(std::string(WC_TEST_DATA_DIR) + "/" + name); }

std::string tiny_path(const std::string& name) {
  const std::string own = data_path("models/tiny/" + name + ".gguf");
  return own.empty() ? shared_path("models/tiny/" + name + ".gguf") : own;
}

std::string arch_path(const std::string& name) {
  const std::string own = data_path("models/arch/" + name + ".gguf");
  return own.empty() ? shared_path("models/arch/" + name + ".gguf") : own;
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read '" + path + "'");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Bytes read_bytes(const std::string& path) {
  const std::string text = read_text(path);
  Bytes bytes(text.size());
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

ModelCopy tiny(const std::string& name) { return ModelCopy(read_bytes(tiny_path(name))); }

ModelCopy arch(const std::string& name) { return ModelCopy(read_bytes(arch_path(name))); }

std::vector<TokenId> tiny_ids() {
  std::istringstream in(read_text(data_path("models/tiny/ids.txt")));
  std::vector<TokenId> ids;
  for (TokenId id; in >> id;) ids.push_back(id);
  return ids;
}

TempFile::TempFile(const Bytes& bytes, const std::string& suffix) {
  static std::atomic<int> count{0};
  path_ = testing::TempDir() + "wc-" + std::to_string(getpid()) + "-" + std::to_string(count++) + suffix;
  std::ofstream out(path_, std::ios::binary);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) throw std::runtime_error("cannot write '" + path_ + "'");
}

TempFile::~TempFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

std::shared_ptr<Backend> cpu_backend(std::string_view isa, std::shared_ptr<Memory> memory) {
  BackendOptions options;
  options.memory = memory ? std::move(memory) : std::make_shared<Memory>(AllocatorHooks(), 0);
  options.isa = isa;
  return must(create_backend("cpu", options));
}

LoadResult push_model(const std::vector<Bytes>& files, std::shared_ptr<Backend> backend, const PushOptions& options) {
  ModelLoader loader(std::move(backend), options.load);
  const auto length = [&](const Bytes& file) { return options.announce ? file.size() : size_t{0}; };
  gguf::PushReader reader(&loader, length(files.front()));
  for (size_t k = 0; k < files.size(); ++k) {
    if (k > 0) WC_TRY(reader.next_file(length(files[k])));
    std::span<const std::byte> left(files[k]);
    while (!left.empty()) {
      const size_t n = std::min(options.chunk, left.size());
      WC_TRY(reader.feed(left.first(n)));
      left = left.subspan(n);
    }
  }
  WC_TRY(reader.finish());
  return loader.finish();
}

LoadResult push_model(const Bytes& file, const PushOptions& options) {
  return push_model(std::vector<Bytes>{file}, cpu_backend(), options);
}

LoadResult map_model(const Bytes& file, const ModelLoadOptions& options) {
  const TempFile temporary(file);
  return load_model_file(temporary.path(), cpu_backend(), options);
}

std::shared_ptr<const Model> load(const Bytes& file, std::string_view isa) {
  return must(push_model(std::vector<Bytes>{file}, cpu_backend(isa)));
}

std::vector<float> all_logits(Executor& executor, uint32_t n_vocab, std::span<const TokenId> ids, uint32_t ubatch) {
  std::vector<float> logits(ids.size() * n_vocab);
  for (size_t at = 0; at < ids.size(); at += ubatch) {
    const auto n = static_cast<uint32_t>(std::min<size_t>(ubatch, ids.size() - at));
    RunArgs args{ids.subspan(at, n), static_cast<uint32_t>(at), n, logits.data() + at * n_vocab};
    if (const Status status = executor.run(args); !status) throw std::runtime_error(status.message());
  }
  return logits;
}

std::vector<float> all_logits(const Model& model, std::span<const TokenId> ids, const RunSettings& settings) {
  const auto n = static_cast<uint32_t>(ids.size());
  const uint32_t ubatch = settings.ubatch == 0 ? n : settings.ubatch;
  auto executor = must(model.create_executor({n, ubatch, settings.kv_type, settings.threads}));
  return all_logits(*executor, model.config().n_vocab, ids, ubatch);
}

std::string bit_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return "sizes " + std::to_string(a.size()) + " and " + std::to_string(b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    if (std::memcmp(&a[i], &b[i], sizeof(float)) == 0) continue;
    std::ostringstream text;
    text.precision(9);
    text << "at " << i << ": " << a[i] << " and " << b[i];
    return text.str();
  }
  return {};
}

std::vector<std::vector<double>> log_probs(const std::vector<float>& logits, uint32_t n_vocab) {
  std::vector<std::vector<double>> rows;
  for (size_t at = 0; at < logits.size(); at += n_vocab) {
    std::vector<double> row(logits.begin() + static_cast<std::ptrdiff_t>(at),
                            logits.begin() + static_cast<std::ptrdiff_t>(at + n_vocab));
    const double most = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (double x : row) sum += std::exp(x - most);
    for (double& x : row) x -= most + std::log(sum);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace wasmchord::test
