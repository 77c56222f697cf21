// What a session holds: prefill, eval, truncate, reset, and what it refuses.
#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/session/sessions.h"

namespace wasmchord::test {
namespace {

TEST(Prefill, GivesTheLogitsOfTheLastToken) {
  const auto session = session_of(random_model());
  ASSERT_TRUE(session->prefill(tiny_ids()).is_ok());
  const std::vector<float> all = all_logits(*random_model(), tiny_ids(), {1, 0, KvType::kF16});
  EXPECT_EQ(bit_difference(logits_of(*session), {all.end() - 320, all.end()}), "");
  EXPECT_EQ(session->info().position, 100u);
  EXPECT_EQ(session->info().prefill_tokens, 100u);
}

TEST(Prefill, InPartsIsPrefillAtOnce) {
  const std::vector<TokenId> ids = tiny_ids();
  for (uint32_t ubatch : {1u, 3u, 64u}) {
    const auto session = session_of(random_model(), 128, ubatch);
    for (size_t at : {0, 1, 2, 40}) {
      const size_t end = at == 0 ? 1 : at == 1 ? 2 : at == 2 ? 40 : 100;
      ASSERT_TRUE(session->prefill(std::span(ids).subspan(at, end - at)).is_ok());
    }
    EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), ids)), "") << ubatch;
  }
}

TEST(Prefill, OfNothingChangesNothing) {
  const auto session = session_of(random_model());
  EXPECT_TRUE(session->prefill({}).is_ok());
  EXPECT_EQ(session->info().position, 0u);
  EXPECT_EQ(session->logits().status().code(), Code::kInvalidState);
  EXPECT_EQ(session->generate({}).code(), Code::kInvalidState);
  ASSERT_TRUE(session->prefill(first_of(tiny_ids(), 5)).is_ok());
  const std::vector<float> logits = logits_of(*session);
  EXPECT_TRUE(session->prefill({}).is_ok());
  EXPECT_EQ(bit_difference(logits_of(*session), logits), "");
  EXPECT_EQ(session->info().position, 5u);
}

TEST(Prefill, RefusesTokensOutsideTheVocabularyAndAppendsNone) {
  const auto session = session_of(random_model());
  const std::vector<TokenId> good = {1, 2};
  ASSERT_TRUE(session->prefill(good).is_ok());
  for (TokenId bad : {-1, 320, std::numeric_limits<TokenId>::max(), std::numeric_limits<TokenId>::min()}) {
    const Status status = session->prefill(std::vector<TokenId>{5, 6, bad, 7});
    EXPECT_EQ(status.code(), Code::kBadToken) << bad;
    EXPECT_NE(status.message().find(std::to_string(bad)), std::string::npos) << status.message();
    EXPECT_EQ(session->info().position, 2u);
  }
  EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), good)), "");
}

TEST(Prefill, ThatDoesNotFitAppendsNothing) {
  const auto session = session_of(random_model(), 10);
  ASSERT_TRUE(session->prefill(first_of(tiny_ids(), 6)).is_ok());
  const std::vector<float> logits = logits_of(*session);
  EXPECT_EQ(session->prefill(first_of(tiny_ids(), 5)).code(), Code::kContextFull);
  EXPECT_EQ(session->info().position, 6u);
  EXPECT_EQ(bit_difference(logits_of(*session), logits), "");
  EXPECT_TRUE(session->prefill(first_of(tiny_ids(), 4)).is_ok()) << "exactly full";
  EXPECT_EQ(session->prefill(first_of(tiny_ids(), 1)).code(), Code::kContextFull);
}

TEST(Eval, WritesTheRowsFromFirstOn) {
  const std::vector<TokenId> ids = tiny_ids();
  const std::vector<float> all = all_logits(*random_model(), ids, {1, 0, KvType::kF16});
  for (uint32_t ubatch : {7u, 100u}) {
    for (size_t first : {size_t{0}, size_t{13}, size_t{99}}) {
      const auto session = session_of(random_model(), 128, ubatch);
      std::vector<float> rows((100 - first) * 320);
      ASSERT_TRUE(session->eval(ids, first, rows.data()).is_ok());
      EXPECT_EQ(bit_difference(rows, {all.begin() + static_cast<std::ptrdiff_t>(first * 320), all.end()}), "");
      EXPECT_EQ(bit_difference(logits_of(*session), {all.end() - 320, all.end()}), "");
    }
  }
}

TEST(Eval, WithoutRowsIsPrefill) {
  const auto session = session_of(random_model());
  ASSERT_TRUE(session->eval(tiny_ids(), 100, nullptr).is_ok());
  EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), tiny_ids())), "");
  EXPECT_EQ(session->eval(tiny_ids(), 101, nullptr).code(), Code::kInvalidArgument);
}

TEST(Truncate, AndPrefillAgainGivesTheSameBits) {
  const std::vector<TokenId> ids = tiny_ids();
  const auto session = session_of(random_model(), 128, 16);
  ASSERT_TRUE(session->prefill(ids).is_ok());
  const std::vector<float> expected = logits_of(*session);
  for (uint32_t keep : {99u, 50u, 1u, 0u}) {
    ASSERT_TRUE(session->truncate(keep).is_ok());
    EXPECT_EQ(session->info().position, keep);
    EXPECT_EQ(session->logits().status().code(), Code::kInvalidState);
    EXPECT_EQ(session->generate({}).code(), Code::kInvalidState);
    ASSERT_TRUE(session->prefill(std::span(ids).subspan(keep)).is_ok());
    EXPECT_EQ(bit_difference(logits_of(*session), expected), "") << keep;
  }
}

TEST(Truncate, ForgetsWhatWasBehind) {
  const std::vector<TokenId> ids = tiny_ids(), other = {9, 8, 7};
  const auto session = session_of(random_model());
  ASSERT_TRUE(session->prefill(ids).is_ok());
  ASSERT_TRUE(session->truncate(20).is_ok());
  ASSERT_TRUE(session->prefill(other).is_ok());
  EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), joined(first_of(ids, 20), other))), "");
}

TEST(Truncate, AboveThePositionIsRefused) {
  const auto session = session_of(random_model());
  ASSERT_TRUE(session->prefill(first_of(tiny_ids(), 5)).is_ok());
  EXPECT_EQ(session->truncate(6).code(), Code::kInvalidArgument);
  EXPECT_TRUE(session->truncate(5).is_ok());
  EXPECT_TRUE(session->logits().is_ok()) << "nothing was forgotten";
}

TEST(Reset, EmptiesTheContextAndItsCounts) {
  const auto session = session_of(random_model());
  ASSERT_TRUE(session->prefill(tiny_ids()).is_ok());
  ASSERT_TRUE(session->generate({}).is_ok());
  run_steps(*session, 3);
  ASSERT_TRUE(session->reset().is_ok());
  EXPECT_EQ(session->info().position, 0u);
  EXPECT_EQ(session->info().prefill_tokens, 0u);
  EXPECT_EQ(session->info().decode_tokens, 0u);
  Step step;
  EXPECT_EQ(session->step(&step).code(), Code::kInvalidState);
  ASSERT_TRUE(session->prefill(first_of(tiny_ids(), 9)).is_ok());
  EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), first_of(tiny_ids(), 9))), "");
}

TEST(Sessions, OfOneModelDoNotDisturbEachOther) {
  const auto a = session_of(random_model()), b = session_of(random_model());
  const std::vector<TokenId> ids = tiny_ids();
  ASSERT_TRUE(a->prefill(first_of(ids, 30)).is_ok());
  ASSERT_TRUE(b->prefill(std::vector<TokenId>{4, 5, 6}).is_ok());
  ASSERT_TRUE(a->prefill(std::span(ids).subspan(30)).is_ok());
  EXPECT_EQ(bit_difference(logits_of(*a), fresh_logits(random_model(), ids)), "");
}

TEST(Sessions, HaveTheModelsContextUnlessToldAndKeepTheModelAlive) {
  auto model = load(tiny("mqa").build());
  auto session = Session::create(model, {});
  ASSERT_TRUE(session.is_ok());
  model.reset();
  EXPECT_EQ((*session)->info().n_ctx, 256u);
  EXPECT_TRUE((*session)->prefill(tiny_ids()).is_ok());
}

TEST(Sessions, ContextWhoseCacheOverflowsIsRefused) {
  SessionOptions options;
  options.n_ctx = UINT32_MAX;
  options.n_ubatch = 1;
  const auto memory = std::make_shared<Memory>(AllocatorHooks(), 1u << 24);
  auto model = push_model(std::vector<Bytes>{tiny("mqa").build()}, cpu_backend("", memory));
  ASSERT_TRUE(model.is_ok());
  EXPECT_EQ(Session::create(*model, options).status().code(), Code::kMemoryLimit);
}

// A weight that is not a number, let in on trust.
TEST(BadLogits, AreAStatus) {
  ModelCopy copy = tiny("mqa");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(copy.tensor("blk.1.ffn_down.weight").data.data() + 4000, &nan, sizeof nan);
  PushOptions options;
  options.load.trust_weights = true;
  auto model = push_model(copy.build(), options);
  ASSERT_TRUE(model.is_ok());
  const auto session = session_of(*model);
  EXPECT_EQ(session->prefill(tiny_ids()).code(), Code::kBadLogits);
  ASSERT_TRUE(session->generate({}).is_ok());
  Step step;
  EXPECT_EQ(session->step(&step).code(), Code::kBadLogits);
  std::vector<float> rows(320);
  EXPECT_EQ(session->eval(std::vector<TokenId>{5}, 0, rows.data()).code(), Code::kBadLogits);
}

TEST(PrefillReuse, ComputesOnlyWhatIsNew) {
  const std::vector<TokenId> ids = tiny_ids();
  const auto session = session_of(random_model());
  EXPECT_EQ(*session->prefill_reuse(first_of(ids, 40)), 0u);
  EXPECT_EQ(*session->prefill_reuse(first_of(ids, 60)), 40u);
  EXPECT_EQ(session->info().prefill_tokens, 60u);
  EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), first_of(ids, 60))), "");
  // Another ending, a shorter text, the same text.
  const std::vector<TokenId> other = joined(first_of(ids, 30), {7, 8, 9});
  EXPECT_EQ(*session->prefill_reuse(other), 30u);
  EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), other)), "");
  EXPECT_EQ(*session->prefill_reuse(first_of(other, 20)), 19u);
  EXPECT_EQ(*session->prefill_reuse(first_of(other, 20)), 19u);
  EXPECT_EQ(session->info().position, 20u);
  EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), first_of(other, 20))), "");
}

TEST(PrefillReuse, KnowsWhatWasGenerated) {
  const auto session = session_of(random_model());
  const std::vector<TokenId> prompt = first_of(tiny_ids(), 10);
  GenerateOptions options;
  options.max_tokens = 6;
  options.ignore_end = true;
  const Generated generated = continue_text(*session, prompt, options);
  ASSERT_EQ(generated.ids.size(), 6u);
  const std::vector<TokenId> next = joined(joined(prompt, generated.ids), {5, 6});
  EXPECT_EQ(*session->prefill_reuse(next), 15u);  // the last one given out was not computed yet
  EXPECT_EQ(bit_difference(logits_of(*session), fresh_logits(random_model(), next)), "");
}

TEST(PrefillReuse, RefusesAndChangesNothing) {
  const std::vector<TokenId> ids = tiny_ids();
  const auto session = session_of(random_model(), 20);
  ASSERT_TRUE(session->prefill(first_of(ids, 10)).is_ok());
  EXPECT_EQ(session->prefill_reuse({}).status().code(), Code::kInvalidArgument);
  EXPECT_EQ(session->prefill_reuse(std::vector<TokenId>{320}).status().code(), Code::kBadToken);
  EXPECT_EQ(session->prefill_reuse(first_of(ids, 21)).status().code(), Code::kContextFull);
  EXPECT_EQ(session->info().position, 10u);
  EXPECT_EQ(*session->prefill_reuse(first_of(ids, 20)), 10u);
}

}  // namespace
}  // namespace wasmchord::test
