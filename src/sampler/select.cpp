#include "src/sampler/select.h"

#include "src/sampler/portable_math.h"

namespace wasmchord {
namespace {

// Moves the k best of c[0, n) to the front, in no particular order; what is behind them is lost.
// One pass gathers what beats the worst of the k best so far; whenever the room for them is full, the best k of it
// stay. Each such selection is paid for by the candidates gathered before it, so the cost is O(n) in the worst case.
void gather_best(Candidate* c, size_t n, size_t k) {
  const size_t room = std::min(n, std::max<size_t>(4 * k, 256));
  std::nth_element(c, c + (k - 1), c + room, better);
  Candidate worst = c[k - 1];
  size_t filled = k;
  for (size_t i = room; i < n; ++i) {
    if (c[i].logit < worst.logit || !better(c[i], worst)) continue;
    c[filled++] = c[i];
    if (filled < room) continue;
    std::nth_element(c, c + (k - 1), c + filled, better);
    worst = c[k - 1];
    filled = k;
  }
  std::nth_element(c, c + (k - 1), c + filled, better);
}

}  // namespace

size_t best_index(const Candidates& candidates) {
  if (candidates.sorted) return 0;
  size_t best = 0;
  for (size_t i = 1; i < candidates.size; ++i) {
    if (better(candidates.all[i], candidates.all[best])) best = i;
  }
  return best;
}

void sort_by_logit(Candidates* candidates) {
  if (candidates->sorted) return;
  std::sort(candidates->all.begin(), candidates->all.begin() + static_cast<ptrdiff_t>(candidates->size), better);
  candidates->sorted = true;
}

void keep_best(Candidates* candidates, size_t k) {
  if (candidates->size <= k) return;
  if (k == 1) {
    std::swap(candidates->all[0], candidates->all[best_index(*candidates)]);
    candidates->sorted = true;
  } else if (!candidates->sorted) {
    gather_best(candidates->all.data(), candidates->size, k);
  }
  truncate(candidates, k);
  sort_by_logit(candidates);
}

void truncate(Candidates* candidates, size_t size) {
  if (candidates->size == size) return;
  candidates->size = size;
  candidates->has_probabilities = false;
}

void compute_probabilities(Candidates* candidates) {
  if (candidates->has_probabilities) return;
  candidates->has_probabilities = true;
  const std::span<Candidate> live = candidates->all.first(candidates->size);
  const double max = live[best_index(*candidates)].logit;
  if (max == double{kExcluded}) {
    for (Candidate& c : live) c.p = 0.0f;
    return;
  }
  double sum = 0.0;
  for (Candidate& c : live) {
    const double weight = portable_exp(double{c.logit} - max);
    sum += weight;
    c.p = static_cast<float>(weight);
  }
  // Normalising the rounded weight costs half a float ulp more than normalising the exact one, and saves a second exp.
  const double scale = 1.0 / sum;
  for (Candidate& c : live) c.p = static_cast<float>(double{c.p} * scale);
}

}  // namespace wasmchord
