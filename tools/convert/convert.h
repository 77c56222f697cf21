// Makes a GGUF file of a model as Hugging Face's Transformers stores it. Needs no header but the standard library's and
// quantize.h, so that the command can include it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/quantize/quantize.h"

namespace wasmchord::tools {

struct ConvertOptions : TypeOptions {  // an empty `type`: the one that most of the weights are stored in
  std::string input;                   // folder with config.json
  std::string output;
  std::string name;      // general.name; empty: the folder's
  bool dry_run = false;  // writes nothing
  uint32_t threads = 1;
};

struct ConvertReport : QuantizeReport {
  std::string architecture;  // general.architecture
  std::string type;          // the mixture's name
  std::vector<std::string> notes;
};

// One pass over the mapped weights: each tensor is renamed, reordered and brought into its type as it is written.
// Throws std::runtime_error that names file and key, std::invalid_argument where a type's name is the reason. Where it
// throws or is ended, nothing is left behind and what the output's name held before is still there. Ended: file_bytes
// is 0.
ConvertReport convert(const ConvertOptions& options, const QuantizeProgress& progress);

// "LlamaForCausalLM, ...": what `architectures` of config.json may name.
std::string convertible_classes();

}  // namespace wasmchord::tools
