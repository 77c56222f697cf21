#include "src/tokenizer/merge.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace wasmchord {
namespace {

using Rules = std::map<std::pair<int32_t, int32_t>, Merge>;

Merge find_in(const Rules& rules, int32_t left, int32_t right) {
  const auto it = rules.find({left, right});
  return it == rules.end() ? Merge{kNoMerge, -1} : it->second;
}

// The definition, word for word.
std::vector<int32_t> merge_slowly(std::vector<int32_t> ids, const Rules& rules) {
  for (;;) {
    size_t best = ids.size();
    Merge best_merge{kNoMerge, -1};
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const Merge merge = find_in(rules, ids[i], ids[i + 1]);
      if (merge.key < best_merge.key) {
        best = i;
        best_merge = merge;
      }
    }
    if (best == ids.size()) return ids;
    ids[best] = best_merge.id;
    ids.erase(ids.begin() + static_cast<ptrdiff_t>(best) + 1);
  }
}

std::vector<int32_t> merge_by(Merger* merger, const std::vector<int32_t>& ids, const Rules& rules) {
  merger->symbols().clear();
  for (uint32_t i = 0; i < ids.size(); ++i) merger->symbols().push_back({i, i + 1, ids[i]});
  merger->run([&](const Symbol& left, const Symbol& right) { return find_in(rules, left.id, right.id); });
  std::vector<int32_t> merged;
  uint32_t end = 0;
  for (const Symbol& symbol : merger->symbols()) {
    EXPECT_EQ(symbol.begin, end);
    end = symbol.end;
    merged.push_back(symbol.id);
  }
  EXPECT_EQ(end, ids.size());
  return merged;
}

// Few letters and many rules with equal keys, in lengths on both sides of the limit between the two algorithms.
TEST(Merge, AgreesWithTheDefinition) {
  std::mt19937 random(1);
  Merger merger;
  for (int round = 0; round < 3000; ++round) {
    Rules rules;
    const int32_t n_letters = 1 + static_cast<int32_t>(random() % 4);
    int32_t next = n_letters;
    for (int i = 0; i < 12; ++i) {
      const auto left = static_cast<int32_t>(random() % static_cast<uint32_t>(next));
      const auto right = static_cast<int32_t>(random() % static_cast<uint32_t>(next));
      rules[{left, right}] = {static_cast<uint32_t>(random() % 6), next++};
    }
    std::vector<int32_t> ids(random() % 150);
    for (int32_t& id : ids) id = static_cast<int32_t>(random() % static_cast<uint32_t>(n_letters));
    ASSERT_EQ(merge_by(&merger, ids, rules), merge_slowly(ids, rules)) << "round " << round;
  }
}

TEST(Merge, PrefersTheLeftmostOfEqualKeys) {
  Merger merger;
  const Rules rules = {{{0, 0}, {5, 1}}};
  EXPECT_EQ(merge_by(&merger, {0, 0, 0}, rules), (std::vector<int32_t>{1, 0}));
  EXPECT_EQ(merge_by(&merger, std::vector<int32_t>(101, 0), rules).back(), 0);
}

TEST(Merge, NothingToDo) {
  Merger merger;
  EXPECT_TRUE(merge_by(&merger, {}, {}).empty());
  EXPECT_EQ(merge_by(&merger, {7}, {}), std::vector<int32_t>{7});
}

}  // namespace
}  // namespace wasmchord
