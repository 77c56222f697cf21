// Names of tokenizer.ggml.pre by the rules of tokenizer.json.
// Source of the expressions: the models' own tokenizer.json files; of the names: llama.cpp, src/llama-vocab.cpp.
#include <algorithm>

#include "src/gguf/quote.h"
#include "tools/convert/vocabulary.h"

namespace wasmchord::tools {
namespace {

constexpr size_t kMaxSteps = 16;

// An expression of a "Split", line breaks written as \r and \n, and what the lists below call it.
struct Expression {
  std::string_view name, pattern;
};
#define WC_CONTRACTIONS "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
#define WC_UPPER R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])"
#define WC_LOWER R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])"
#define WC_BEFORE R"([^\r\n\p{L}\p{N}]?)"
#define WC_SPACES R"(\s*[\r\n]+|\s+(?!\S)|\s+)"
constexpr Expression kExpressions[] = {
    {"gpt2", R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)"},
    {"llama3", WC_CONTRACTIONS "|" WC_BEFORE R"(\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|)" WC_SPACES},
    {"qwen2", WC_CONTRACTIONS "|" WC_BEFORE R"(\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|)" WC_SPACES},
    {"qwen35", WC_CONTRACTIONS "|" WC_BEFORE R"([\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|)" WC_SPACES},
    {"gpt4o", WC_BEFORE WC_UPPER "*" WC_LOWER "+" WC_CONTRACTIONS "?|" WC_BEFORE WC_UPPER "+" WC_LOWER
                                 "*" WC_CONTRACTIONS R"(?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|)" WC_SPACES},
    {"tekken", WC_BEFORE WC_UPPER "*" WC_LOWER "+|" WC_BEFORE WC_UPPER "+" WC_LOWER
                                  R"(*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|)" WC_SPACES},
    {"number", R"(\p{N})"},
    {"numbers", R"(\p{N}+)"},
    {"numbers_to_3", R"(\p{N}{1,3})"},
    {"three_digits", "[0-9][0-9][0-9]"},
    {"newline", R"([\r\n])"},
    {"trailing_spaces", R"(\s+$)"},
    {"letters", R"(\s?\p{L}+)"},
    {"punctuation", R"(\s?\p{P}+)"},
    {"wide_punctuation", "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+"},
    {"cjk", "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+"},
    {"cjk3", "[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+"},
    {"deepseek3",
     "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| "
     "?[\\p{P}\\p{S}]+[\\r\\n]*|" WC_SPACES},
    {"bloom", " ?[^(\\s|[.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C])]+"},
};
#undef WC_CONTRACTIONS
#undef WC_UPPER
#undef WC_LOWER
#undef WC_BEFORE
#undef WC_SPACES

// The cased letters of deepseek-llm, which go on for hundreds of characters.
constexpr std::string_view kCasedLetters = "\\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF";

// Steps joined by spaces, and the names for when a word that is a token stays whole and when not.
struct Rules {
  std::string_view steps, name, ignoring_merges;
};
constexpr Rules kRules[] = {
    {"gpt2", "gpt-2", ""},
    {"llama3", "dbrx", "llama-bpe"},
    {"qwen2", "qwen2", ""},
    {"qwen35", "qwen35", ""},
    {"gpt4o", "gpt-4o", ""},
    {"tekken", "", "tekken"},
    {"number gpt2", "starcoder", ""},
    {"contiguous_punctuation gpt2 three_digits", "falcon", ""},
    {"contiguous_punctuation gpt2 numbers three_digits", "falcon", ""},
    {"newline cased_letters wide_punctuation trailing_spaces cjk number", "deepseek-llm", ""},
    {"newline cased_letters wide_punctuation trailing_spaces cjk numbers", "deepseek-llm", ""},
    {"newline letters punctuation cjk number", "deepseek-coder", ""},
    {"numbers_to_3 cjk3 deepseek3", "deepseek-v3", ""},
    {"bloom", "bloom", ""},
    {"bloom number", "viking", ""},
};

std::string with_escaped_breaks(const std::string& pattern) {
  std::string text;
  for (const char c : pattern) {
    if (c == '\r' || c == '\n') {
      text += c == '\r' ? "\\r" : "\\n";
    } else {
      text += c;
    }
  }
  return text;
}

std::string split_step(const JsonObject& step) {
  const auto pattern = step.object("pattern").find_string("Regex");
  if (!pattern) step.fail("pattern", "is no regular expression");
  const auto behavior = step.find_string("behavior");
  const bool inverted = step.find_boolean("invert").value_or(false);
  // Either way matches and what lies between them are words of their own; these expressions leave nothing between.
  const bool keeps = (behavior == "Isolated" && !inverted) || (behavior == "Removed" && inverted);
  if (!keeps) step.fail("behavior", "is not \"Isolated\"");
  const std::string text = with_escaped_breaks(*pattern);
  if (text.starts_with(kCasedLetters)) return "cased_letters";
  const auto* const found = std::ranges::find(kExpressions, text, &Expression::pattern);
  if (found == std::end(kExpressions)) {
    step.fail("pattern", "has the expression " + gguf::quote(text) + ", which is not known");
  }
  return std::string(found->name);
}

// The steps of one element; empty where it cuts nothing.
std::string step_name(const JsonObject& step) {
  const std::string type = step.find_string("type").value_or("");
  if (type == "Split") return split_step(step);
  if (type == "Digits") return step.find_boolean("individual_digits").value_or(false) ? "number" : "numbers";
  if (type == "Punctuation" && step.find_string("behavior") == "Contiguous") return "contiguous_punctuation";
  if (type != "ByteLevel") step.fail("type", "is " + gguf::quote(type) + ", which is not known before byte-level BPE");
  if (step.find_boolean("add_prefix_space").value_or(true)) step.fail("add_prefix_space", "is true");
  return step.find_boolean("use_regex").value_or(true) ? "gpt2" : "";
}

void collect_steps(const JsonObject& step, std::string* names, size_t* n_steps) {
  if (++*n_steps > kMaxSteps) step.fail("type", "comes too often");
  if (step.find_string("type") != "Sequence") {
    const std::string name = step_name(step);
    if (!name.empty()) names->append(names->empty() ? "" : " ").append(name);
    return;
  }
  const Json* inner = step.find("pretokenizers");
  if (inner == nullptr || !inner->is_array()) step.fail("pretokenizers", "is no list");
  for (const Json& element : *inner) {
    collect_steps(JsonObject(element, kTokenizerFile, "pre_tokenizer.pretokenizers."), names, n_steps);
  }
}

}  // namespace

std::string recognise_pretokenizer(const Json& pre_tokenizer, bool ignore_merges) {
  const JsonObject object(pre_tokenizer, kTokenizerFile, "pre_tokenizer.");
  std::string steps;
  size_t n_steps = 0;
  collect_steps(object, &steps, &n_steps);
  const auto* const found = std::ranges::find(kRules, steps, &Rules::steps);
  const std::string_view name = found == std::end(kRules) ? std::string_view()
                                : ignore_merges           ? found->ignoring_merges
                                                          : found->name;
  if (name.empty()) {
    fail_in(kTokenizerFile, "pre_tokenizer does '" + steps + "'" + (ignore_merges ? " and ignores merges" : "") +
                                ", which no value of tokenizer.ggml.pre stands for");
  }
  return std::string(name);
}

}  // namespace wasmchord::tools
