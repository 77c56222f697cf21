// The regular expressions of pretokenizers.def as hand-written matchers (see Match in pretokenizer.h).
#pragma once

#include <cstddef>
#include <string_view>

namespace wasmchord::pass {

// In the expressions, \s is White_Space; the classes are Unicode general categories.

// Whole-text expressions: everything matches one of their alternatives.
size_t gpt2(std::string_view text);
size_t llama3(std::string_view text);
size_t qwen2(std::string_view text);
size_t qwen35(std::string_view text);
size_t minicpm5(std::string_view text);
size_t bailing(std::string_view text);
size_t seed_coder(std::string_view text);
size_t gpt4o(std::string_view text);
size_t tekken(std::string_view text);
size_t deepseek3(std::string_view text);

// Expressions that match here and there.
size_t newline(std::string_view text);
size_t number(std::string_view text);
size_t numbers(std::string_view text);
size_t numbers_to_3(std::string_view text);
size_t three_digits(std::string_view text);
size_t default_punctuation(std::string_view text);
size_t falcon_punctuation(std::string_view text);
size_t deepseek_llm_letters(std::string_view text);
size_t deepseek_llm_punctuation(std::string_view text);
size_t deepseek_coder_letters(std::string_view text);
size_t deepseek_coder_punctuation(std::string_view text);
size_t deepseek_cjk(std::string_view text);
size_t deepseek3_cjk(std::string_view text);
size_t bloom(std::string_view text);
size_t trailing_spaces(std::string_view text, size_t* size);  // a Find

}  // namespace wasmchord::pass
