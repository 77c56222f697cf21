// wasmchord.hpp: what it adds to the C functions behind it.
#include "tests/capi/support.h"

namespace wasmchord_test {
namespace {

using wasmchord::Context;
using wasmchord::Model;
using wasmchord::Sampler;
using wasmchord::Session;

TEST(CppHeaderTest, AnErrorCarriesStatusAndMessage) {
  const Context context;
  try {
    const Model model(context, "no/such/file");
    FAIL() << "nothing was thrown";
  } catch (const wasmchord::Error& error) {
    EXPECT_EQ(error.status(), WC_STATUS_IO);
    EXPECT_NE(std::string(error.what()).find("no/such/file"), std::string::npos);
  }
}

TEST(CppHeaderTest, PiecesOfAGenerationAreNeverEmptyAndTellWhyTheyEnd) {
  const Context context;
  Session session(Model(context, kModelPath));  // outlives the objects it was made from
  session.prefill("Once upon a time");
  wasmchord::Generation generation = session.generate({.max_tokens = 20});
  std::string text;
  for (const std::string_view piece : generation) {
    EXPECT_FALSE(piece.empty());
    text += piece;
  }
  EXPECT_EQ(generation.status(), WC_STATUS_END);
  EXPECT_EQ(generation.end_reason(), WC_END_LENGTH);
  EXPECT_EQ(text, continue_text(session, "Once upon a time", 20));
}

TEST(CppHeaderTest, AStopStringEndsAndIsNotGivenOut) {
  const Context context;
  Session session(Model(context, kModelPath));
  session.prefill("Once upon a time");
  const std::string stop[] = {" little"};
  wasmchord::Generation generation = session.generate({.max_tokens = 40, .stop = stop});
  std::string text;
  for (const std::string_view piece : generation) text += piece;
  EXPECT_EQ(text, ", there was a");
  EXPECT_EQ(generation.end_reason(), WC_END_STOP);
}

TEST(CppHeaderTest, AFullContextEndsTheLoopWithoutAnException) {
  const Context context;
  wc_session_options options = WC_SESSION_OPTIONS_INIT;
  options.n_ctx = 16;
  Session session(Model(context, kModelPath), options);
  session.prefill("Once upon a time");
  wasmchord::Generation generation = session.generate({.ignore_end = true});
  for (const std::string_view piece : generation) EXPECT_FALSE(piece.empty());
  EXPECT_EQ(generation.status(), WC_STATUS_CONTEXT_FULL);
  EXPECT_EQ(session.info().position, 16u);
}

TEST(CppHeaderTest, TheSameSeedWritesTheSameText) {
  const Context context;
  const Model model(context, kModelPath);
  const auto write = [&](double seed) {
    Sampler sampler(context);
    sampler.add("top_k", {{"k", 40}}).add("temperature", {{"t", 1.0}}).add("dist", {{"seed", seed}});
    Session session(model);
    session.prefill("Once upon a time");
    std::string text;
    for (const std::string_view piece : session.generate({.max_tokens = 30, .sampler = &sampler})) text += piece;
    return text;
  };
  EXPECT_EQ(write(1), write(1));
  EXPECT_NE(write(1), write(2));
}

TEST(CppHeaderTest, ASamplerChoosesFromALogitSpan) {
  const Context context;
  Sampler sampler(context);
  const float logits[] = {0.0f, 3.0f, 1.0f};
  EXPECT_EQ(sampler.sample(logits), 1);
  EXPECT_EQ(status_of([&] { sampler.add("no such"); }), WC_STATUS_NOT_FOUND);
}

TEST(CppHeaderTest, HandlesMoveAndModelsAreShared) {
  const Context context;
  Model model(context, kModelPath);
  const Model same = model;
  Session first(model);
  Session second = std::move(first);
  model = Model(context, kMicroModelPath);
  EXPECT_FALSE(continue_text(second, "Once", 4).empty());
  EXPECT_NE(same.get(), model.get());
}

TEST(CppHeaderTest, TokenizerAndChatTemplateReachTheModel) {
  const Context context;
  const Model model(context, kModelPath);
  const wasmchord::Tokenizer tokenizer = model.tokenizer();
  const std::vector<int32_t> ids = tokenizer.encode("Once upon a time");
  EXPECT_EQ(ids.front(), tokenizer.special(WC_TOKEN_BOS));
  EXPECT_EQ(tokenizer.decode(ids), "Once upon a time");
  EXPECT_TRUE(tokenizer.is_end(tokenizer.special(WC_TOKEN_EOS)));
  EXPECT_EQ(model.chat_template("no such"), std::nullopt);
  EXPECT_EQ(context.isa(), wc_context_isa(context.get()));
}

TEST(CppHeaderTest, ConversationsBecomePromptsAndKeepWhatTheyShare) {
  const Context context;
  const Model model(context, kModelPath);
  const std::string hi = R"([{"role": "user", "content": "Hi"}])";
  const std::string options = R"({"template": "chatml"})";
  EXPECT_EQ(model.chat_apply(hi, {}, options), "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
  const std::vector<int32_t> ids = model.chat_encode(hi, {}, options);
  Session session(model);
  EXPECT_EQ(session.prefill_reuse(ids), 0u);
  EXPECT_EQ(session.prefill_reuse(ids), ids.size() - 1);
  EXPECT_EQ(status_of([&] { model.chat_apply("[", {}, options); }), WC_STATUS_INVALID_ARGUMENT);
}

TEST(CppHeaderTest, TheLogHearsThatNoGpuRuns) {
  std::string heard;
  wc_context_options options = WC_CONTEXT_OPTIONS_INIT;
  options.gpu_enabled = 1;
  options.log_user = &heard;
  options.log = [](void* user, wc_log_level level, const char* text, size_t size) {
    if (level == WC_LOG_INFO) static_cast<std::string*>(user)->append(text, size);
  };
  const Context context(options);
  EXPECT_NE(heard.find("CPU"), std::string::npos);
}

}  // namespace
}  // namespace wasmchord_test
