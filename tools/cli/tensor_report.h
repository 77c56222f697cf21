// What `quantize` and `convert` share: options for types, and reports of what became of the tensors.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tools/quantize/quantize.h"

namespace CLI {
class App;
}

namespace wasmchord::cli {

// --output-type, --embedding-type, --pure
void add_type_options(CLI::App* command, tools::TypeOptions* options);
// -t; 0 until it is given
void add_threads_option(CLI::App* command, uint32_t* threads);
// The types with their summaries, one a line.
std::string type_help();

// On stderr.
void print_tensors(const tools::QuantizeReport& report);
void print_summary(const tools::QuantizeReport& report, const std::string& input, const std::string& target,
                   double seconds);
nlohmann::ordered_json report_json(const tools::QuantizeReport& report, double seconds);
// On stdout.
void print_json(const nlohmann::ordered_json& json);

}  // namespace wasmchord::cli
