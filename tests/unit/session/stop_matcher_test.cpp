#include "src/session/stop_matcher.h"

#include <gtest/gtest.h>

namespace wasmchord {
namespace {

struct Outcome {
  std::string text;
  bool stopped = false;
  bool operator==(const Outcome&) const = default;
};
void PrintTo(const Outcome& o, std::ostream* out) { *out << '"' << o.text << '"' << (o.stopped ? " stopped" : ""); }

Outcome feed(StopMatcher matcher, const std::vector<std::string>& pieces) {
  Outcome out;
  for (const std::string& piece : pieces) {
    if (matcher.push(piece, &out.text)) return {out.text, true};
  }
  matcher.flush(&out.text);
  return out;
}

TEST(StopMatcher, WithoutStopStringsPassesEverythingOn) {
  StopMatcher matcher;
  std::string out;
  EXPECT_FALSE(matcher.push("abc", &out));
  EXPECT_EQ(out, "abc");
}

TEST(StopMatcher, IgnoresEmptyStopStrings) { EXPECT_EQ(feed(StopMatcher({"", ""}), {"a", "b"}), (Outcome{"ab"})); }

TEST(StopMatcher, FindsAStringInsideAPieceAndDropsTheRest) {
  EXPECT_EQ(feed(StopMatcher({"END"}), {"one END two"}), (Outcome{"one ", true}));
}

TEST(StopMatcher, FindsAStringCutAnywhere) {
  const std::string text = "xxSTOPyy";
  for (size_t a = 0; a <= text.size(); ++a) {
    for (size_t b = a; b <= text.size(); ++b) {
      EXPECT_EQ(feed(StopMatcher({"STOP"}), {text.substr(0, a), text.substr(a, b - a), text.substr(b)}),
                (Outcome{"xx", true}))
          << a << " " << b;
    }
  }
}

TEST(StopMatcher, HoldsBackNoMoreThanWhatMayBecomeAStopString) {
  StopMatcher matcher({"abcd"});
  std::string out;
  EXPECT_FALSE(matcher.push("xxab", &out));
  EXPECT_EQ(out, "xx");
  EXPECT_FALSE(matcher.push("c", &out));
  EXPECT_EQ(out, "xx");
  EXPECT_FALSE(matcher.push("ab", &out));
  EXPECT_EQ(out, "xxabc") << "the first three are free, the last two may begin anew";
  matcher.flush(&out);
  EXPECT_EQ(out, "xxabcab");
}

TEST(StopMatcher, GivesAPartialMatchAtTheEnd) {
  EXPECT_EQ(feed(StopMatcher({"abcd"}), {"x", "abc"}), (Outcome{"xabc"}));
}

TEST(StopMatcher, SeesAMatchThatBeginsInsideAFailedOne) {
  EXPECT_EQ(feed(StopMatcher({"aab"}), {"a", "a", "a", "b"}), (Outcome{"a", true}));
  EXPECT_EQ(feed(StopMatcher({"abac"}), {"ab", "ab", "ac"}), (Outcome{"ab", true}));
}

TEST(StopMatcher, TakesTheEarliestOfSeveral) {
  EXPECT_EQ(feed(StopMatcher({"two", "one"}), {"zero one two"}), (Outcome{"zero ", true}));
}

TEST(StopMatcher, HoldsBackForTheLongestCandidate) {
  StopMatcher matcher({"b!", "abc?"});
  std::string out;
  EXPECT_FALSE(matcher.push("ab", &out));
  EXPECT_EQ(out, "");
  EXPECT_FALSE(matcher.push("c", &out));
  EXPECT_EQ(out, "");
  EXPECT_FALSE(matcher.push("x", &out));
  EXPECT_EQ(out, "abcx");
}

TEST(StopMatcher, AShorterStringEndsWhatALongerOneWaitsFor) {
  EXPECT_EQ(feed(StopMatcher({"abcd", "bc"}), {"ab", "c", "d"}), (Outcome{"a", true}));
}

TEST(StopMatcher, BeginsAnewAfterAFind) {
  StopMatcher matcher({"X"});
  std::string out;
  EXPECT_TRUE(matcher.push("aXb", &out));
  EXPECT_FALSE(matcher.push("c", &out));
  EXPECT_EQ(out, "ac");
}

}  // namespace
}  // namespace wasmchord
