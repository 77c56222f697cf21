// Stop strings in what a model says.
#include <gtest/gtest.h>

#include "tests/unit/session/sessions.h"

namespace wasmchord::test {
namespace {

class Stop : public testing::Test {
 protected:
  Generated say(std::vector<std::string> stop, uint32_t max_tokens = 40, uint32_t n_ctx = 256) {
    GenerateOptions options;
    options.ignore_end = true;
    options.max_tokens = max_tokens;
    options.stop = std::move(stop);
    session_ = session_of(model_, n_ctx);
    return continue_text(*session_, prompt_, options);
  }
  const std::shared_ptr<const Model> model_ = story_model();
  const std::vector<TokenId> prompt_ = encode(*model_, "Once upon a time");
  std::unique_ptr<Session> session_;
};

// Around each border of two pieces: the last character before it and the first behind it.
TEST_F(Stop, StringAcrossTwoTokensIsFoundAndNeverGivenOut) {
  const Generated free = say({}, 12);
  ASSERT_EQ(free.code, Code::kEnd);
  for (size_t i = 1; i < free.texts.size(); ++i) {
    if (free.texts[i - 1].empty() || free.texts[i].empty()) continue;
    const std::string stop = {free.texts[i - 1].back(), free.texts[i].front()};
    const Generated out = say({stop}, 12);
    EXPECT_EQ(out.code, Code::kEnd);
    EXPECT_EQ(out.reason, EndReason::kStop);
    EXPECT_EQ(out.text, free.text.substr(0, free.text.find(stop))) << testing::PrintToString(stop);
    EXPECT_LE(out.ids.size(), i + 1) << "no token was computed behind it";
  }
}

TEST_F(Stop, StringThatNeverComesChangesNothing) {
  const Generated free = say({}), out = say({"\x01nowhere", "zzzz"});
  EXPECT_EQ(out.text, free.text);
  EXPECT_EQ(out.ids, free.ids);
  EXPECT_EQ(out.reason, EndReason::kLength);
}

// The last text before the end could begin a stop string: it comes with the end, whatever ends.
TEST_F(Stop, TextHeldBackComesWithTheEnd) {
  const Generated free = say({}, 12);
  const std::string held = free.texts.back();
  ASSERT_FALSE(held.empty());
  const Generated length = say({held + "\x01"}, 12);
  EXPECT_EQ(length.text, free.text);
  EXPECT_EQ(length.reason, EndReason::kLength);
  const Generated full = say({held + "\x01"}, 0, static_cast<uint32_t>(prompt_.size()) + 11);
  EXPECT_EQ(full.code, Code::kContextFull);
  EXPECT_EQ(full.ids, free.ids);
  EXPECT_EQ(full.text, free.text);
}

TEST_F(Stop, EarliestOfSeveralEnds) {
  const Generated free = say({});
  const size_t middle = free.text.size() / 2;
  const std::string late = free.text.substr(middle, 6), early = free.text.substr(5, 4);
  EXPECT_EQ(say({late, early}).text, free.text.substr(0, free.text.find(early)));
}

TEST_F(Stop, LeavesTheSessionReadyToGoOn) {
  const Generated free = say({});
  const Generated out = say({free.text.substr(10, 5)});
  ASSERT_EQ(out.reason, EndReason::kStop);
  ASSERT_TRUE(session_->prefill({}).is_ok());
  EXPECT_EQ(session_->info().position, prompt_.size() + out.ids.size());
  EXPECT_EQ(bit_difference(logits_of(*session_), fresh_logits(model_, joined(prompt_, out.ids))), "");
}

}  // namespace
}  // namespace wasmchord::test
