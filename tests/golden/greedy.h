// Whole models against a reference's greedy text and predictions.
#pragma once

#include <memory>
#include <vector>

#include "tests/golden/models.h"
#include "tests/golden/references.h"

namespace wasmchord::test {

// Each prompt continued to the reference's length, F16 cache, as a session does it.
void expect_greedy(const std::shared_ptr<const Model>& model, const std::vector<Greedy>& references);
// The model's predictions for the reference's tokens, F16 cache, written down as properties of the test.
Agreement teacher_forced(const Model& model, const std::vector<TopRow>& reference);
// What quantised weights are held to: both runtimes round activations, so near ties may fall either way.
void expect_agreement(const Agreement& agreement);

}  // namespace wasmchord::test
