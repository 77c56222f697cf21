// wasmchord-make-model: a GGUF file of random weights in the shape of a real model, for benchmarks.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "tools/make_model/llama_model.h"
#include "tools/make_model/random_weights.h"

namespace {

// The writable type of that name.
const wasmchord::DTypeInfo* find_type(const std::string& name) {
  for (uint32_t number = 0; number < 64; ++number) {
    const wasmchord::DTypeInfo* info = wasmchord::dtype_info(number);
    if (info != nullptr && info->name == name && wasmchord::tools::has_random_weights(info->dtype)) return info;
  }
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  namespace tools = wasmchord::tools;
  CLI::App app{"Writes a llama-architecture GGUF file of random weights."};
  std::string path, shape_name = "micro", type_name = "Q4_0";
  uint32_t n_vocab = 0, seed = 1;
  bool tied = false;
  app.add_option("path", path, "File to write")->required();
  app.add_option("--shape", shape_name, "Shape of the model")
      ->capture_default_str()
      ->check(CLI::IsMember({"tinyllama", "135m", "micro"}));
  app.add_option("--type", type_name, "Type of all matrices")
      ->capture_default_str()
      ->check(CLI::IsMember({"F32", "F16", "BF16", "Q8_0", "Q4_0"}));
  app.add_option("--vocab", n_vocab, "Tokens (default: the shape's own)")
      ->check(CLI::Range(tools::kMinVocab, uint32_t{1} << 20));
  app.add_option("--seed", seed, "Seed of the weights")->capture_default_str();
  CLI::Option* tied_option =
      app.add_flag("--tied,!--untied", tied, "Output matrix = embedding (default: the shape's own)");
  CLI11_PARSE(app, argc, argv);

  tools::LlamaShape shape = *tools::find_llama_shape(shape_name);
  if (n_vocab != 0) shape.n_vocab = n_vocab;
  if (tied_option->count() != 0) shape.tied = tied;
  const wasmchord::DTypeInfo* type = find_type(type_name);
  if (type == nullptr || !tools::write_llama(path, shape, type->dtype, seed)) {
    std::fprintf(stderr, "wasmchord-make-model: cannot write %s\n", path.c_str());
    return 1;
  }
  return 0;
}
