// Outputs of the reference runtime, as it wrote them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wasmchord::test {

// The likeliest tokens after each token of a text: `NAME.logits.jsonl`.
struct TopRow {
  int32_t id = 0;                               // the token at this position
  std::vector<std::pair<int32_t, double>> top;  // likeliest first, with log-probabilities
};
std::vector<TopRow> read_top_rows(const std::string& path);
std::vector<int32_t> ids_of(const std::vector<TopRow>& rows);

struct Greedy {
  std::vector<int32_t> prompt_ids, ids;
  std::vector<TopRow> steps;  // what each of `ids` was chosen from; empty where the file does not say
};
std::vector<Greedy> read_greedy_lines(const std::string& path);  // {"prompt_ids": [], "ids": []} a line
std::vector<Greedy> read_greedy_json(
    const std::string& path);  // {"results": [{"prompt_ids": [], "greedy_ids": [], "steps": []}]}

// How two predictions of the same positions agree.
struct Agreement {
  double worst = 0;    // largest |difference| of the listed log-probabilities
  double top1 = 0;     // share of positions whose likeliest token is the same
  double mean_kl = 0;  // KL(reference || ours) over the listed tokens and one bucket of all others
};
Agreement compare(const std::vector<TopRow>& reference, const std::vector<std::vector<double>>& ours);

}  // namespace wasmchord::test
