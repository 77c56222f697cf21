// Rewrites a GGUF file with its tensors in other types. Needs no header but the standard library's, so that the command
// can include it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace wasmchord::tools {

struct TypeOptions {
  std::string type;            // a name that quantize_types() lists, in either case
  std::string output_type;     // tensor type of output.weight; empty: by the rules of `type`
  std::string embedding_type;  // the same of token_embd.weight
  bool pure = false;           // `type` for every matrix
};

struct QuantizeOptions : TypeOptions {
  std::string input;  // of a split model the first file; the output is always one file
  std::string output;
  bool allow_requantize = false;
  bool dry_run = false;  // writes nothing
  uint32_t threads = 1;
};

struct TensorChange {
  std::string name;
  std::string from;
  std::string to;
  uint64_t n_elements = 0;
  uint64_t bytes_before = 0;
  uint64_t bytes_after = 0;
  bool fell_back = false;  // its rows are no whole blocks of the type that the rules name
};

struct QuantizeReport {
  std::vector<TensorChange> tensors;
  uint64_t n_elements = 0;
  uint64_t bytes_before = 0;  // of tensors
  uint64_t bytes_after = 0;
  uint64_t file_bytes = 0;  // of the whole output; 0 after a dry run
};

struct QuantizeType {
  std::string name;
  std::string summary;
};
std::vector<QuantizeType> quantize_types();

// Called now and then with bytes of tensors read and in all. False ends the work.
using QuantizeProgress = std::function<bool(uint64_t done, uint64_t total)>;

// Throws std::runtime_error with the reason; std::invalid_argument where a type's name is the reason. Where it throws
// or is ended, nothing is left behind and what the output's name held before is still there. Ended: file_bytes is 0.
QuantizeReport quantize(const QuantizeOptions& options, const QuantizeProgress& progress);

}  // namespace wasmchord::tools
