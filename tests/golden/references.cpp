#include "tests/golden/references.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace wasmchord::test {
namespace {

std::vector<nlohmann::json> read_lines(const std::string& path) {
  std::ifstream in(path);
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(nlohmann::json::parse(line));
  if (lines.empty()) throw std::runtime_error("nothing in '" + path + "'");
  return lines;
}

TopRow top_row(const nlohmann::json& entry) {
  TopRow row;
  row.id = entry.at("id");
  for (const auto& pair : entry.at("top")) row.top.emplace_back(pair.at(0), pair.at(1));
  return row;
}

}  // namespace

std::vector<TopRow> read_top_rows(const std::string& path) {
  std::vector<TopRow> rows;
  for (const nlohmann::json& line : read_lines(path)) rows.push_back(top_row(line));
  return rows;
}

std::vector<int32_t> ids_of(const std::vector<TopRow>& rows) {
  std::vector<int32_t> ids;
  for (const TopRow& row : rows) ids.push_back(row.id);
  return ids;
}

std::vector<Greedy> read_greedy_lines(const std::string& path) {
  std::vector<Greedy> all;
  for (const nlohmann::json& line : read_lines(path)) all.push_back({line.at("prompt_ids"), line.at("ids"), {}});
  return all;
}

std::vector<Greedy> read_greedy_json(const std::string& path) {
  std::ifstream in(path);
  std::vector<Greedy> all;
  const nlohmann::json file = nlohmann::json::parse(in);
  for (const auto& entry : file.at("results")) {
    all.push_back({entry.at("prompt_ids"), entry.at("greedy_ids"), {}});
    for (const auto& step : entry.at("steps")) all.back().steps.push_back(top_row(step));
  }
  return all;
}

Agreement compare(const std::vector<TopRow>& reference, const std::vector<std::vector<double>>& ours) {
  if (reference.size() != ours.size()) throw std::runtime_error("not the same number of positions");
  Agreement result;
  double same = 0, kl = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    double rest_p = 1, rest_q = 1;
    for (const auto& [id, log_p] : reference[i].top) {
      const double log_q = ours[i][static_cast<size_t>(id)];
      result.worst = std::max(result.worst, std::fabs(log_p - log_q));
      kl += std::exp(log_p) * (log_p - log_q);
      rest_p -= std::exp(log_p);
      rest_q -= std::exp(log_q);
    }
    // The listed probabilities have five decimals: what is left may be a rounding error.
    if (rest_p > 1e-6 && rest_q > 0) kl += rest_p * std::log(rest_p / rest_q);
    const auto likeliest = std::max_element(ours[i].begin(), ours[i].end()) - ours[i].begin();
    same += likeliest == reference[i].top.front().first ? 1 : 0;
  }
  result.top1 = same / static_cast<double>(ours.size());
  result.mean_kl = kl / static_cast<double>(ours.size());
  return result;
}

}  // namespace wasmchord::test
