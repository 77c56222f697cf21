// Whole models against a reference's greedy text and predictions.
#pragma once

#include <memory>
#include <vector>

#include "tests/golden/models.h"
#include "tests/golden/references.h"

namespace wasmchord::test {

// Each prompt continued to the reference's length, F16 cache, as a session does it.
void expect_greedy(const std::shared_ptr<const Model>& model, const std::vector<Greedy>& references);
// The same choices step by step, where the reference says what it chose from: a choice may differ where the reference
// gives both tokens the same probability within `near_tie` (it rounds K, V and, for F16 weights, activations to 16
// bits); the reference's goes on. At most one choice in a hundred.
void expect_greedy_steps(const std::shared_ptr<const Model>& model, const std::vector<Greedy>& references,
                         double near_tie);
// The model's predictions for the reference's tokens, F16 cache, written down as properties of the test.
Agreement teacher_forced(const Model& model, const std::vector<TopRow>& reference);
// What quantised weights are held to: both runtimes round activations, so near ties may fall either way.
void expect_agreement(const Agreement& agreement);

}  // namespace wasmchord::test
