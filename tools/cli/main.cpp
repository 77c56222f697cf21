#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <new>

#include "tools/cli/commands.h"
#include "tools/cli/handles.h"

namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;

int run_command(const wasmchord::cli::Command& command) {
  try {
    return command();
  } catch (const wasmchord::cli::Interrupted& interrupted) {
    return 128 + interrupted.signal();
  } catch (const wasmchord::cli::UsageError& error) {
    std::fprintf(stderr, "wasmchord: %s\n", error.what());
    return kUsage;
  } catch (const std::bad_alloc&) {
    std::fputs("wasmchord: out of memory\n", stderr);
    return kFailure;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "wasmchord: %s\n", error.what());
    return kFailure;
  }
}

int parse_and_run(int argc, char** argv) {
  CLI::App app("Runs language models from GGUF files.", "wasmchord");
  app.set_version_flag("--version", std::string("wasmchord ") + wc_version());
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  wasmchord::cli::Command chosen;
  wasmchord::cli::add_run(app, &chosen);
  wasmchord::cli::add_chat(app, &chosen);
  wasmchord::cli::add_tokenize(app, &chosen);
  wasmchord::cli::add_inspect(app, &chosen);
  wasmchord::cli::add_logits(app, &chosen);
  wasmchord::cli::add_perplexity(app, &chosen);
  wasmchord::cli::add_quantize(app, &chosen);
  wasmchord::cli::add_convert(app, &chosen);
  wasmchord::cli::add_bench(app, &chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "wasmchord: %s\nwasmchord --help and wasmchord COMMAND --help list what there is.\n",
                 error.what());
    return kUsage;
  }
  return run_command(chosen);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int code = parse_and_run(argc, argv);
    // Without this a full disk would go unnoticed: output written by stdio is flushed after main.
    if (std::fflush(stdout) != 0) {
      std::fputs("wasmchord: cannot write to standard output\n", stderr);
      return code == 0 ? kFailure : code;
    }
    return code;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "wasmchord: %s\n", error.what());
    return kFailure;
  }
}
