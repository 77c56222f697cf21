#include "tools/cli/conversation.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <random>

#include "tools/cli/io.h"

namespace wasmchord::cli {
namespace {

using nlohmann::ordered_json;

std::string dump(const ordered_json& json, int indent = -1) {
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

ordered_json message(const char* role, const std::string& content) { return {{"role", role}, {"content", content}}; }

bool is_message(const ordered_json& json) {
  return json.is_object() && json.contains("role") && json["role"].is_string() && json.contains("content") &&
         json["content"].is_string();
}

}  // namespace

Conversation::Conversation(const Engine& engine, const ConversationOptions& options, InterruptGuard* guard)
    : engine_(engine), options_(options), guard_(*guard), session_(engine.make_session(options.session, 0)) {
  const uint32_t seed = options.sampling.seed ? *options.sampling.seed : std::random_device()();
  sampler_ =
      make_sampler(engine, options.sampling, options.sampling.temperature.value_or(options.usual_temperature), seed);
  set_system(options.system);
  // A template that is missing or wrong is told of before anything is asked.
  if (messages_.empty()) {
    messages_.push_back(message("user", "Hello"));
    prompt_ids();
    messages_.clear();
  }
}

std::vector<int32_t> Conversation::prompt_ids() const {
  const std::string messages = dump(messages_);
  ordered_json options = ordered_json::object();
  if (!options_.chat_template.empty()) options["template"] = options_.chat_template;
  const std::string options_text = dump(options);
  wc_chat_request request = WC_CHAT_REQUEST_INIT;
  request.messages = {messages.data(), messages.size()};
  request.options = {options_text.data(), options_text.size()};
  std::vector<int32_t> ids(messages.size() + 64);
  size_t n = 0;
  wc_status status = wc_chat_encode(engine_.model(), &request, ids.data(), ids.size(), &n);
  if (status == WC_STATUS_BUFFER_TOO_SMALL) {
    ids.resize(n);
    status = wc_chat_encode(engine_.model(), &request, ids.data(), ids.size(), &n);
  }
  engine_.check(status, "cannot render the conversation");
  ids.resize(n);
  return ids;
}

void Conversation::say(const std::string& text) {
  messages_.push_back(message("user", text));
  try {
    answer();
  } catch (const CliError&) {
    messages_.erase(messages_.size() - 1);
    throw;
  }
}

bool Conversation::regenerate() {
  if (!messages_.empty() && messages_.back()["role"] == "assistant") messages_.erase(messages_.size() - 1);
  if (messages_.empty() || messages_.back()["role"] != "user") return false;
  answer();
  return true;
}

void Conversation::answer() {
  const std::vector<int32_t> ids = prompt_ids();
  std::string text;
  guard_.watch(session_.get());
  wc_status status = wc_session_prefill_reuse(session_.get(), ids.data(), ids.size(), &n_reused_);
  n_prompt_ = ids.size();
  try {
    if (status != WC_STATUS_CANCELLED) {
      engine_.check(status, status == WC_STATUS_CONTEXT_FULL ? "the conversation is full, /reset begins a new one"
                                                             : "cannot read the conversation");
      wc_generate_options generate = WC_GENERATE_OPTIONS_INIT;
      generate.max_tokens = options_.n_predict;
      generate.sampler = sampler_.get();
      engine_.check(wc_session_generate(session_.get(), &generate), "cannot generate");
      while (step(&text)) {
      }
    }
  } catch (const CliError&) {
    guard_.watch(nullptr);
    throw;
  }
  guard_.watch(nullptr);
  if (!text.ends_with('\n')) write_stdout("\n");
  messages_.push_back(message("assistant", text));
}

bool Conversation::step(std::string* text) {
  wc_step out = WC_STEP_INIT;
  const wc_status status = wc_session_step(session_.get(), &out);
  if (status == WC_STATUS_CANCELLED) return false;
  if (status != WC_STATUS_END && status != WC_STATUS_CONTEXT_FULL) engine_.check(status, "cannot generate");
  *text += view(out.text);
  write_stdout(view(out.text));
  return status == WC_STATUS_OK;
}

void Conversation::reset() {
  const bool has_system = !messages_.empty() && messages_[0]["role"] == "system";
  const ordered_json system = has_system ? messages_[0] : ordered_json();
  messages_.clear();
  if (has_system) messages_.push_back(system);
}

void Conversation::set_system(const std::string& text) {
  if (!messages_.empty() && messages_[0]["role"] == "system") messages_.erase(0);
  if (!text.empty()) messages_.insert(messages_.begin(), message("system", text));
}

void Conversation::save(const std::string& path) const {
  std::ofstream file(path, std::ios::binary);
  file << dump({{"messages", messages_}}, 2) << "\n";
  file.close();
  if (!file) throw CliError("cannot write " + path);
}

void Conversation::load(const std::string& path) {
  const ordered_json json = ordered_json::parse(read_file(path), nullptr, false);
  const bool is_conversation = json.is_object() && json.contains("messages") && json["messages"].is_array() &&
                               std::all_of(json["messages"].begin(), json["messages"].end(), is_message);
  if (!is_conversation) throw CliError(path + " holds no conversation");
  messages_ = json["messages"];
}

std::string Conversation::stats() const {
  wc_session_info info = WC_SESSION_INFO_INIT;
  engine_.check(wc_session_get_info(session_.get(), &info), "cannot describe the session");
  const auto rate = [](uint64_t n, double seconds) { return seconds > 0 ? static_cast<double>(n) / seconds : 0.0; };
  char text[256];
  std::snprintf(
      text, sizeof text,
      "%zu messages | context %u of %u tokens | last prompt %zu tokens, %zu reused | prompt %.1f t/s | decode "
      "%llu tokens, %.1f t/s",
      messages_.size(), info.position, info.n_ctx, n_prompt_, n_reused_,
      rate(info.prefill_tokens, info.prefill_seconds), static_cast<unsigned long long>(info.decode_tokens),
      rate(info.decode_tokens, info.decode_seconds));
  return text;
}

}  // namespace wasmchord::cli
