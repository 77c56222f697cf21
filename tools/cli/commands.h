// Each command adds itself to the command line; parsing sets `*chosen` to the work of the one that was named.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace wasmchord::cli {

// Does the work of the command that was chosen and gives its exit code.
using Command = std::function<int()>;

void add_run(CLI::App& app, Command* chosen);
void add_chat(CLI::App& app, Command* chosen);
void add_tokenize(CLI::App& app, Command* chosen);
void add_inspect(CLI::App& app, Command* chosen);
void add_logits(CLI::App& app, Command* chosen);
void add_perplexity(CLI::App& app, Command* chosen);
void add_quantize(CLI::App& app, Command* chosen);
void add_convert(CLI::App& app, Command* chosen);
void add_bench(CLI::App& app, Command* chosen);

}  // namespace wasmchord::cli
