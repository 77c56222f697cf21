// Messages and the session that answers them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tools/cli/engine.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/sampling.h"

namespace wasmchord::cli {

struct ConversationOptions {
  SamplingOptions sampling;
  SessionSettings session;
  std::string system;
  std::string chat_template;  // a name, or Jinja text; empty: the model's
  double usual_temperature = kTemperature;
  uint32_t n_predict = 0;  // 0: until the answer ends
};

class Conversation {
 public:
  Conversation(const Engine& engine, const ConversationOptions& options, InterruptGuard* guard);

  // Adds the user's message, then the answer, which is written to stdout as it comes. A failure leaves the messages as
  // they were; after Ctrl-C what has been said stays.
  void say(const std::string& text);
  bool regenerate();  // answers the last message anew; false where there is none
  void reset();       // forgets all but the system's message
  void set_system(const std::string& text);
  void save(const std::string& path) const;
  void load(const std::string& path);
  std::string stats() const;

 private:
  std::vector<int32_t> prompt_ids() const;
  void answer();
  // One step; false where the answer has ended.
  bool step(std::string* text);

  const Engine& engine_;
  const ConversationOptions& options_;
  InterruptGuard& guard_;
  SessionHandle session_;
  SamplerHandle sampler_;
  nlohmann::ordered_json messages_ = nlohmann::ordered_json::array();
  size_t n_prompt_ = 0;  // of the last answer
  size_t n_reused_ = 0;
};

}  // namespace wasmchord::cli
