// wasmchord-make-model: a GGUF file of random weights in the shape of a real model, for benchmarks.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "tools/make_model/llama_model.h"
#include "tools/quantize/recipe.h"

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
  app.add_option("--type", type_name, "Type of all matrices, any that wasmchord quantize writes")
      ->capture_default_str();
  app.add_option("--vocab", n_vocab, "Tokens (default: the shape's own)")
      ->check(CLI::Range(tools::kMinVocab, uint32_t{1} << 20));
  app.add_option("--seed", seed, "Seed of the weights")->capture_default_str();
  CLI::Option* tied_option =
      app.add_flag("--tied,!--untied", tied, "Output matrix = embedding (default: the shape's own)");
  CLI11_PARSE(app, argc, argv);

  tools::LlamaShape shape = *tools::find_llama_shape(shape_name);
  if (n_vocab != 0) shape.n_vocab = n_vocab;
  if (tied_option->count() != 0) shape.tied = tied;
  const auto type = tools::find_writable_type(type_name);
  if (!type) {
    std::fprintf(stderr, "wasmchord-make-model: '%s' is no type that can be written\n", type_name.c_str());
    return 1;
  }
  try {
    tools::write_llama(path, shape, *type, seed);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "wasmchord-make-model: %s\n", error.what());
    return 1;
  }
  return 0;
}
