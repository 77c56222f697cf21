// The C++ header alone.
#include <wasmchord/wasmchord.hpp>

#include <ranges>
#include <type_traits>

static_assert(std::input_iterator<wasmchord::Generation::Iterator>);
static_assert(std::ranges::input_range<wasmchord::Generation>);
static_assert(std::is_copy_constructible_v<wasmchord::Model> && std::is_copy_constructible_v<wasmchord::Tokenizer>);
static_assert(!std::is_copy_constructible_v<wasmchord::Session> && !std::is_copy_constructible_v<wasmchord::Sampler>);
static_assert(std::is_nothrow_move_constructible_v<wasmchord::Session>);
static_assert(std::is_nothrow_move_constructible_v<wasmchord::Loader>);
