// wasmchord inspect: what is in a GGUF file, whether or not it can be run.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "tools/cli/commands.h"
#include "tools/cli/embedded_model.h"
#include "tools/cli/engine.h"
#include "tools/cli/io.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

using Json = nlohmann::ordered_json;

struct InspectOptions {
  EngineOptions engine;
  bool tensors = false;
  bool json = false;
  uint32_t n_ctx = 0;
};

std::string describe_built_in(wc_context* context, uint32_t n_ctx) {
  const EmbeddedModel file = embedded_model();
  wc_load_options load = WC_LOAD_OPTIONS_INIT;
  load.total_bytes = file.size;
  wc_loader* raw = nullptr;
  check(wc_loader_create(context, &load, &raw), context, "cannot create a loader");
  const LoaderHandle loader(raw);
  check(wc_loader_feed(raw, file.data, file.size), context, "cannot read the built-in model");
  return fill_string(context, "cannot inspect the built-in model", [&](char* buffer, size_t capacity, size_t* needed) {
    return wc_loader_inspect(raw, n_ctx, buffer, capacity, needed);
  });
}

std::string describe(const InspectOptions& options) {
  const ContextHandle context = make_context(options.engine);
  const std::string& path = options.engine.model;
  if (options.engine.is_built_in()) {
    return describe_built_in(context.get(), options.n_ctx);
  }
  return fill_string(context.get(), "cannot inspect " + path, [&](char* buffer, size_t capacity, size_t* needed) {
    return wc_inspect_file(context.get(), path.data(), path.size(), options.n_ctx, buffer, capacity, needed);
  });
}

std::string one_line(const Json& value) {
  constexpr size_t kWidth = 100;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kWidth) {
    size_t end = kWidth;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
      --end;
    }
    text = text.substr(0, end) + "...";
  }
  return text;
}

// Of a name that was quoted so that what it holds cannot reach the terminal unescaped.
std::string without_quotes(const std::string& quoted) {
  return quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"' ? quoted.substr(1, quoted.size() - 2)
                                                                             : quoted;
}

std::string size_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_number() ? "?" : format_bytes(found->get<uint64_t>());
}

void append_summary(const Json& file, std::string* out) {
  *out += "file          GGUF version " + one_line(file.value("version", Json())) + ", " + size_of(file, "file_bytes") +
          (file.value("big_endian", false) ? ", big-endian" : "") + "\n";
  *out += "architecture  " + without_quotes(one_line(file.value("architecture", Json()))) + "\n";
  *out += "name          " + without_quotes(one_line(file.value("name", Json()))) + "\n";
  *out += "parameters    " + format_count(file.value("parameters", uint64_t{0})) + "\n";
  *out += std::string("runnable      ") + (file.value("runnable", false) ? "yes" : "no") + "\n";
  const Json unsupported = file.value("unsupported", Json::array());
  for (const Json& reason : unsupported) {
    *out += "  unsupported: " + (reason.is_string() ? reason.get<std::string>() : reason.dump()) + "\n";
  }
}

void append_memory(const Json& file, std::string* out) {
  const Json memory = file.value("memory", Json());
  if (!memory.is_object()) {
    return;
  }
  *out += "memory at a context of " + one_line(memory.value("n_ctx", Json())) + " tokens\n";
  *out += "  weights      " + size_of(memory, "weights_bytes") + "\n";
  *out += "  KV cache     " + size_of(memory, "kv_bytes") + "\n";
  *out += "  activations  " + size_of(memory, "activation_bytes") + "\n";
  *out += "  total        " + size_of(memory, "total_bytes") + "\n";
}

void append_details(const Json& file, bool tensors, std::string* out) {
  *out += "tensor types\n";
  const Json types = file.value("types", Json::object());
  for (const auto& [type, use] : types.items()) {
    *out += "  " + type + ": " + one_line(use.value("tensors", Json())) + " tensors, " + size_of(use, "bytes") + "\n";
  }
  *out += "metadata\n";
  const Json metadata = file.value("metadata", Json::object());
  for (const auto& [key, value] : metadata.items()) {
    *out += "  " + without_quotes(one_line(Json(key))) + " = " + one_line(value) + "\n";
  }
  if (!tensors) {
    return;
  }
  *out += "tensors\n";
  const Json list = file.value("tensors", Json::array());
  for (const Json& tensor : list) {
    *out += "  " + without_quotes(one_line(tensor.value("name", Json()))) + " " + tensor.value("type", "?") + " " +
            one_line(tensor.value("shape", Json())) + " " + size_of(tensor, "bytes") + "\n";
  }
}

int inspect(const InspectOptions& options) {
  const std::string text = describe(options);
  if (options.json) {
    write_stdout(text + "\n");
    return 0;
  }
  const Json file = Json::parse(text);
  std::string out;
  append_summary(file, &out);
  append_memory(file, &out);
  append_details(file, options.tensors, &out);
  write_stdout(out);
  return 0;
}

}  // namespace

void add_inspect(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand("inspect", "Describes a GGUF file, also one that cannot be run");
  command->add_option("model,-m,--model", options->engine.model, "GGUF file (default: the built-in model)")
      ->type_name("FILE");
  command->add_option("-c,--ctx", options->n_ctx, "Context length that the memory is given for (default: the model's)");
  command->add_flag("--tensors", options->tensors, "List the tensors");
  command->add_flag("--json", options->json, "The whole description as a JSON object");
  command->callback([options, chosen] { *chosen = [options] { return inspect(*options); }; });
}

}  // namespace wasmchord::cli
