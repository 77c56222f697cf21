#include "src/tokenizer/special_splitter.h"

#include <algorithm>

namespace wasmchord {

namespace {

// isspace() of the "C" locale.
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

uint8_t byte_at(std::string_view text, size_t i) { return static_cast<uint8_t>(text[i]); }

// The look of tokens that begin or end turns; files list some of them as user-defined ones.
bool marks_turn(std::string_view text) {
  const bool bars = text.size() > 2 && text.front() == '<' && text.back() == '>' &&
                    (text.find('|') != text.npos || text.find("\xEF\xBD\x9C") != text.npos);
  return bars || text.find("_of_turn") != text.npos || text.find("INST]") != text.npos;
}

bool overlaps(std::span<const TextRange> ranges, size_t begin, size_t end) {
  const auto first =
      std::partition_point(ranges.begin(), ranges.end(), [=](const TextRange& r) { return r.end <= begin; });
  return first != ranges.end() && first->begin < end;
}

}  // namespace

SpecialSplitter::SpecialSplitter(const Vocabulary& vocab) {
  for (uint32_t i = 0; i < vocab.size(); ++i) {
    const auto id = static_cast<TokenId>(i);
    const uint16_t attr = vocab.attr(id);
    if ((attr & (kAttrSpecial | kAttrParsed)) != 0 && !vocab.piece(id).empty())
      by_text_.push_back({vocab.piece(id), id, attr, 0});
  }
  // Of several tokens with one text only the lowest id can ever be found.
  std::stable_sort(by_text_.begin(), by_text_.end(), [](const auto& a, const auto& b) { return a.text < b.text; });
  const auto end = std::unique(by_text_.begin(), by_text_.end(), [](auto& a, auto& b) { return a.text == b.text; });
  by_text_.erase(end, by_text_.end());

  for (uint32_t i = 0; i < by_text_.size(); ++i) by_rank_.push_back(i);
  std::sort(by_rank_.begin(), by_rank_.end(), [this](uint32_t a, uint32_t b) {
    const Special& x = by_text_[a];
    const Special& y = by_text_[b];
    return x.text.size() != y.text.size() ? x.text.size() > y.text.size() : x.id < y.id;
  });
  for (uint32_t rank = 0; rank < by_rank_.size(); ++rank) by_text_[by_rank_[rank]].rank = rank;

  first_byte_.fill(0);
  starts_any_.fill(false);
  starts_user_.fill(false);
  for (const Special& special : by_text_) {
    const uint8_t first = byte_at(special.text, 0);
    ++first_byte_[first + 1u];
    starts_any_[first] = true;
    if (!special.on_request()) starts_user_[first] = true;
  }
  for (size_t b = 0; b < 256; ++b) first_byte_[b + 1] += first_byte_[b];
}

// Marks (by rank) the tokens that `text` starts with: narrows the sorted range one byte at a time.
void SpecialSplitter::find_at(std::string_view text, bool parse_special, std::vector<bool>* found) const {
  auto begin = by_text_.begin() + first_byte_[byte_at(text, 0)];
  auto end = by_text_.begin() + first_byte_[byte_at(text, 0) + 1u];
  for (size_t depth = 1; begin != end; ++depth) {
    if (begin->text.size() == depth) {
      if (parse_special || !begin->on_request()) {
        found->resize(by_text_.size());
        (*found)[begin->rank] = true;
      }
      ++begin;
    }
    if (depth == text.size()) return;
    const uint8_t byte = byte_at(text, depth);
    begin = std::partition_point(begin, end, [=](const Special& s) { return byte_at(s.text, depth) < byte; });
    end = std::partition_point(begin, end, [=](const Special& s) { return byte_at(s.text, depth) == byte; });
  }
}

// Ranks, ascending, of the tokens that occur anywhere in the text.
std::vector<uint32_t> SpecialSplitter::occurring(std::string_view text, bool parse_special) const {
  const std::array<bool, 256>& starts = parse_special ? starts_any_ : starts_user_;
  std::vector<bool> found;
  for (size_t i = 0; i < text.size(); ++i) {
    if (starts[byte_at(text, i)]) find_at(text.substr(i), parse_special, &found);
  }
  std::vector<uint32_t> ranks;
  for (uint32_t rank = 0; rank < found.size(); ++rank) {
    if (found[rank]) ranks.push_back(rank);
  }
  return ranks;
}

std::vector<SpecialSplitter::Fragment> SpecialSplitter::split(std::string_view text, bool parse_special,
                                                              std::span<const TextRange> plain) const {
  std::vector<Fragment> fragments;
  if (text.empty()) return fragments;
  fragments.push_back({text, kNoToken});
  std::vector<Fragment> next;
  for (const uint32_t rank : occurring(text, parse_special)) {
    const Special& special = by_text_[by_rank_[rank]];
    const bool guarded = !plain.empty() && (special.on_request() || marks_turn(special.text));
    next.clear();
    for (const Fragment& fragment : fragments) {
      if (fragment.token != kNoToken) {
        next.push_back(fragment);
        continue;
      }
      std::string_view rest = fragment.text;
      size_t from = 0;
      for (size_t at; (at = rest.find(special.text, from)) != rest.npos;) {
        const auto begin = static_cast<size_t>(rest.data() - text.data()) + at;
        if (guarded && overlaps(plain, begin, begin + special.text.size())) {
          from = at + 1;
          continue;
        }
        from = 0;
        std::string_view left = rest.substr(0, at);
        if ((special.attr & kAttrLstrip) != 0) {
          while (!left.empty() && is_space(left.back())) left.remove_suffix(1);
        }
        if (!left.empty()) next.push_back({left, kNoToken});
        next.push_back({special.text, special.id});
        rest.remove_prefix(at + special.text.size());
        if ((special.attr & kAttrRstrip) != 0) {
          while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
        }
      }
      if (!rest.empty()) next.push_back({rest, kNoToken});
    }
    fragments.swap(next);
  }
  return fragments;
}

}  // namespace wasmchord
