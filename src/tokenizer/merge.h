// Greedy merging of neighbours, the core of both BPE flavours: of all neighbouring pairs that may merge, the one with
// the lowest key does, the leftmost of equals; until none may.
// Algorithm: SentencePiece's bpe_model.cc and llama.cpp (a priority queue over a linked list of symbols, O(n log n));
// short words, which are nearly all, scan an array instead.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace wasmchord {

struct Symbol {
  uint32_t begin;  // bytes in the word
  uint32_t end;
  int32_t id;  // -1: not a token
};

struct Merge {
  uint32_t key;  // lower merges first; kNoMerge: the pair does not merge
  int32_t id;    // of the merged symbol
};
inline constexpr uint32_t kNoMerge = UINT32_MAX;

// Scratch of one encode() call.
class Merger {
 public:
  std::vector<Symbol>& symbols() { return symbols_; }  // the word, to be filled by the caller

  // Merges symbols() in place. `find(const Symbol& left, const Symbol& right)` gives the Merge of two neighbours.
  template <typename Find>
  void run(const Find& find) {
    if (symbols_.size() < 2) return;
    if (symbols_.size() <= kScanLimit) {
      scan(find);
    } else {
      queue(find);
    }
  }

 private:
  static constexpr size_t kScanLimit = 64;

  template <typename Find>
  void scan(const Find& find) {
    uint32_t keys[kScanLimit];
    int32_t ids[kScanLimit];
    Symbol* s = symbols_.data();
    size_t n = symbols_.size();
    const auto update = [&](size_t i) {
      const Merge merge = find(s[i], s[i + 1]);
      keys[i] = merge.key;
      ids[i] = merge.id;
    };
    for (size_t i = 0; i + 1 < n; ++i) update(i);
    while (n > 1) {
      size_t best = 0;
      for (size_t i = 1; i + 1 < n; ++i) best = keys[i] < keys[best] ? i : best;
      if (keys[best] == kNoMerge) break;
      s[best] = {s[best].begin, s[best + 1].end, ids[best]};
      const size_t tail = n - best - 2;
      std::memmove(s + best + 1, s + best + 2, tail * sizeof(Symbol));
      --n;
      if (tail > 0) {
        std::memmove(keys + best + 1, keys + best + 2, (tail - 1) * sizeof(uint32_t));
        std::memmove(ids + best + 1, ids + best + 2, (tail - 1) * sizeof(int32_t));
        update(best);
      }
      if (best > 0) update(best - 1);
    }
    symbols_.resize(n);
  }

  struct Candidate {
    uint64_t order;  // key << 32 | index of the left symbol
    uint32_t end;    // of the right symbol when the candidate was made: tells whether it still holds
    int32_t id;
    bool operator<(const Candidate& other) const { return order > other.order; }  // the lowest order on top
  };
  struct Link {
    int32_t prev;
    int32_t next;
  };

  template <typename Find>
  void push(const Find& find, int32_t left) {
    const int32_t right = links_[static_cast<size_t>(left)].next;
    if (right < 0) return;
    const Symbol& r = symbols_[static_cast<size_t>(right)];
    const Merge merge = find(symbols_[static_cast<size_t>(left)], r);
    if (merge.key == kNoMerge) return;
    heap_.push_back({static_cast<uint64_t>(merge.key) << 32 | static_cast<uint32_t>(left), r.end, merge.id});
  }

  template <typename Find>
  void queue(const Find& find) {
    const auto n = static_cast<int32_t>(symbols_.size());
    links_.resize(symbols_.size());
    for (int32_t i = 0; i < n; ++i) links_[static_cast<size_t>(i)] = {i - 1, i + 1 < n ? i + 1 : -1};
    heap_.clear();
    for (int32_t i = 0; i + 1 < n; ++i) push(find, i);
    std::make_heap(heap_.begin(), heap_.end());
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end());
      const Candidate top = heap_.back();
      heap_.pop_back();
      apply(find, top);
    }
    compact();
  }

  template <typename Find>
  void apply(const Find& find, const Candidate& candidate) {
    const auto left = static_cast<int32_t>(candidate.order & UINT32_MAX);
    Symbol& l = symbols_[static_cast<size_t>(left)];
    const int32_t right = links_[static_cast<size_t>(left)].next;
    // Symbols only grow to the right, so an equal end means that neither has changed.
    if (l.begin == l.end || right < 0 || symbols_[static_cast<size_t>(right)].end != candidate.end) return;
    Symbol& r = symbols_[static_cast<size_t>(right)];
    l.end = r.end;
    l.id = candidate.id;
    r.end = r.begin;  // dead
    Link& link = links_[static_cast<size_t>(left)];
    link.next = links_[static_cast<size_t>(right)].next;
    if (link.next >= 0) links_[static_cast<size_t>(link.next)].prev = left;
    const size_t size = heap_.size();
    if (link.prev >= 0) push(find, link.prev);
    if (heap_.size() > size) std::push_heap(heap_.begin(), heap_.end());
    const size_t grown = heap_.size();
    push(find, left);
    if (heap_.size() > grown) std::push_heap(heap_.begin(), heap_.end());
  }

  void compact() {
    std::erase_if(symbols_, [](const Symbol& s) { return s.begin == s.end; });
  }

  std::vector<Symbol> symbols_;
  std::vector<Link> links_;
  std::vector<Candidate> heap_;
};

}  // namespace wasmchord
