// nlohmann/json as this layer uses it, the same in every unit.
#pragma once

// Its assertions guard against misuse by this layer's code; they would print and abort.
#define JSON_ASSERT(x) static_cast<void>(0)
#include <nlohmann/json.hpp>
