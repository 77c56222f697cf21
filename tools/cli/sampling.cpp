#include "tools/cli/sampling.h"

#include <CLI/CLI.hpp>
#include <charconv>

namespace wasmchord::cli {
namespace {

// "15=-2.5" as the pair of parameters that the sampler takes.
void append_bias(const std::string& text, std::vector<wc_sampler_param>* params) {
  const size_t equals = text.find('=');
  double values[2] = {};
  const std::string_view parts[2] = {std::string_view(text).substr(0, equals),
                                     equals == std::string::npos ? "" : std::string_view(text).substr(equals + 1)};
  for (int i = 0; i < 2; ++i) {
    const char* end = parts[i].data() + parts[i].size();
    const auto [stop, error] = std::from_chars(parts[i].data(), end, values[i]);
    if (error != std::errc() || stop != end) {
      throw UsageError("--logit-bias takes ID=BIAS, not '" + text + "'");
    }
  }
  params->push_back({"token", values[0]});
  params->push_back({"bias", values[1]});
}

class ChainBuilder {
 public:
  explicit ChainBuilder(const Engine& engine) : engine_(engine) {
    wc_sampler* sampler = nullptr;
    engine_.check(wc_sampler_create(engine_.context(), &sampler), "cannot create a sampler");
    sampler_.reset(sampler);
  }

  void add(const char* name, const std::vector<wc_sampler_param>& params) {
    engine_.check(wc_sampler_add(sampler_.get(), name, params.data(), params.size()), std::string("sampler ") + name);
  }

  SamplerHandle take() { return std::move(sampler_); }

 private:
  const Engine& engine_;
  SamplerHandle sampler_;
};

}  // namespace

void add_sampling_options(CLI::App& command, SamplingOptions* options) {
  const std::string group = "Sampling";
  command
      .add_option("--temp", options->temperature,
                  "Temperature; 0: always the most likely token (default 0.8, built-in model 0.5)")
      ->check(CLI::NonNegativeNumber)
      ->group(group);
  command.add_option("--top-k", options->top_k, "Only the K most likely tokens; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->group(group);
  command.add_option("--top-p", options->top_p, "Only the most likely tokens that sum to P; 1: all")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(group);
  command.add_option("--min-p", options->min_p, "Only tokens at least P times as likely as the first; 0: all")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(group);
  command.add_option("--typical", options->typical, "Only locally typical tokens that sum to P; 1: all")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(group);
  command.add_option("--repeat-penalty", options->repeat_penalty, "Divides the odds of recent tokens; 1: off")
      ->check(CLI::PositiveNumber)
      ->capture_default_str()
      ->group(group);
  command.add_option("--repeat-last-n", options->repeat_last_n, "How many tokens count as recent; -1: all")
      ->check(CLI::Range(-1, 1 << 20))
      ->capture_default_str()
      ->group(group);
  command.add_option("--presence-penalty", options->presence_penalty, "Taken from the logit of a recent token; 0: off")
      ->capture_default_str()
      ->group(group);
  command.add_option("--frequency-penalty", options->frequency_penalty, "The same for every time that it occurred")
      ->capture_default_str()
      ->group(group);
  command.add_option("--seed", options->seed, "Seed of the random choice (default: a new one, printed at the end)")
      ->group(group);
  command.add_option("--logit-bias", options->logit_bias, "Added to the logit of a token; may be given again")
      ->type_name("ID=BIAS")
      ->expected(1)
      ->take_all()
      ->group(group);
}

SamplerHandle make_sampler(const Engine& engine, const SamplingOptions& options, double temperature, uint32_t seed) {
  ChainBuilder chain(engine);
  if (!options.logit_bias.empty()) {
    std::vector<wc_sampler_param> bias;
    for (const std::string& text : options.logit_bias) {
      append_bias(text, &bias);
    }
    chain.add("logit_bias", bias);
  }
  if (options.repeat_penalty != 1.0 || options.presence_penalty != 0.0 || options.frequency_penalty != 0.0) {
    chain.add("penalties", {{"last_n", static_cast<double>(options.repeat_last_n)},
                            {"repeat", options.repeat_penalty},
                            {"frequency", options.frequency_penalty},
                            {"presence", options.presence_penalty}});
  }
  if (temperature == 0.0) {
    chain.add("greedy", {});
    return chain.take();
  }
  if (options.top_k > 0) {
    chain.add("top_k", {{"k", static_cast<double>(options.top_k)}});
  }
  if (options.typical < 1.0) {
    chain.add("typical", {{"p", options.typical}});
  }
  if (options.top_p < 1.0) {
    chain.add("top_p", {{"p", options.top_p}});
  }
  if (options.min_p > 0.0) {
    chain.add("min_p", {{"p", options.min_p}});
  }
  chain.add("temperature", {{"t", temperature}});
  chain.add("dist", {{"seed", static_cast<double>(seed)}});
  return chain.take();
}

}  // namespace wasmchord::cli
