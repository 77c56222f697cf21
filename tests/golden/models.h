// Models for tests: where their files are, loading them, and the logits they give.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "src/model/model.h"
#include "tests/golden/model_copy.h"

namespace wasmchord::test {

// Empty where there is no such file.
std::string tiny_path(const std::string& name);    // of tests/data/models/tiny or shared/models/tiny, without ".gguf"
std::string arch_path(const std::string& name);    // likewise, of models/arch
std::string shared_path(const std::string& name);  // below WC_SHARED_DIR
std::string data_path(const std::string& name);    // below WC_TEST_DATA_DIR

// Throw std::runtime_error where the file cannot be read.
Bytes read_bytes(const std::string& path);
std::string read_text(const std::string& path);
ModelCopy tiny(const std::string& name);
ModelCopy arch(const std::string& name);
std::vector<TokenId> tiny_ids();  // 100 of them

// A file that goes when the test ends.
class TempFile {
 public:
  explicit TempFile(const Bytes& bytes, const std::string& suffix = ".gguf");
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::shared_ptr<Backend> cpu_backend(std::string_view isa = {}, std::shared_ptr<Memory> memory = nullptr);

using LoadResult = Result<std::shared_ptr<const Model>>;
// Through the push reader, `chunk` bytes at a time. Lengths are announced unless told.
struct PushOptions {
  ModelLoadOptions load;
  size_t chunk = SIZE_MAX;
  bool announce = true;
};
LoadResult push_model(const std::vector<Bytes>& files, std::shared_ptr<Backend> backend, const PushOptions& = {});
LoadResult push_model(const Bytes& file, const PushOptions& = {});
// Through a mapped file.
LoadResult map_model(const Bytes& file, const ModelLoadOptions& = {});
// Throws where the model is refused.
std::shared_ptr<const Model> load(const Bytes& file, std::string_view isa = {});

// Logits of every token, [ids.size(), n_vocab], `ubatch` tokens at a time (0: all at once).
struct RunSettings {
  uint32_t threads = 1;
  uint32_t ubatch = 0;
  KvType kv_type = KvType::kF32;
};
std::vector<float> all_logits(const Model& model, std::span<const TokenId> ids, const RunSettings& = {});
std::vector<float> all_logits(Executor& executor, uint32_t n_vocab, std::span<const TokenId> ids, uint32_t ubatch);

// As in a test's message: where two rows of floats differ in a bit, or "".
std::string bit_difference(const std::vector<float>& a, const std::vector<float>& b);

// Of each row of logits.
std::vector<std::vector<double>> log_probs(const std::vector<float>& logits, uint32_t n_vocab);

}  // namespace wasmchord::test
