// Special ids, the rules that go by a token's text or the model's name, and the end-of-generation set.
// Source of the texts and of the order of the rules: llama.cpp, src/llama-vocab.cpp, llama_vocab::impl::load.
#include <algorithm>
#include <string>

#include "src/tokenizer/vocabulary.h"

namespace wasmchord {

namespace {

// Written with escapes: U+FF5C is the full-width vertical line, U+2581 the lower one eighth block.
#define WC_BAR "\xEF\xBD\x9C"
#define WC_BLOCK "\xE2\x96\x81"

constexpr std::string_view kEotTexts[] = {
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "<|end_of_text|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "<" WC_BAR "end" WC_BLOCK "of" WC_BLOCK "sentence" WC_BAR ">",
    "<end_of_utterance>",
};
constexpr std::string_view kEomTexts[] = {"<|eom_id|>"};
constexpr std::string_view kFimPreTexts[] = {
    "<|fim_prefix|>", "<fim-prefix>",   "<fim_prefix>",    "<" WC_BAR "fim" WC_BLOCK "begin" WC_BAR ">",
    "<PRE>",          WC_BLOCK "<PRE>", "<|code_prefix|>", "<|prefix|>"};
constexpr std::string_view kFimSufTexts[] = {
    "<|fim_suffix|>", "<fim-suffix>",   "<fim_suffix>",    "<" WC_BAR "fim" WC_BLOCK "hole" WC_BAR ">",
    "<SUF>",          WC_BLOCK "<SUF>", "<|code_suffix|>", "<|suffix|>"};
constexpr std::string_view kFimMidTexts[] = {
    "<|fim_middle|>", "<fim-middle>",   "<fim_middle>",    "<" WC_BAR "fim" WC_BLOCK "end" WC_BAR ">",
    "<MID>",          WC_BLOCK "<MID>", "<|code_middle|>", "<|middle|>"};
constexpr std::string_view kFimPadTexts[] = {"<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"};
constexpr std::string_view kFimRepTexts[] = {"<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"};
constexpr std::string_view kFimSepTexts[] = {"<|file_sep|>"};

constexpr std::string_view kEndTexts[] = {
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|flush|>",
    "<|calls|>",
    "<end_of_turn>",
    "<|endoftext|>",
    "</s>",
    "<|eom_id|>",
    "<EOT>",
    "_<EOT>",
    "[EOT]",
    "[EOS]",
    "<|end_of_text|>",
    "<end_of_utterance>",
    "<eos>",
    "<turn|>",
    "<|tool_response>",
    "<" WC_BAR "end" WC_BLOCK "of" WC_BLOCK "sentence" WC_BAR ">",
    "[e~[",
};
// Parts of the text format of gpt-oss, which a reader of the text must see.
constexpr std::string_view kVisibleTexts[] = {"<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"};

#undef WC_BAR
#undef WC_BLOCK

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [text](auto part) { return text.find(part) != text.npos; });
}

}  // namespace

// Edits attributes and the end-of-generation set by the texts of tokens.
class SpecialRules {
 public:
  explicit SpecialRules(Vocabulary* vocab) : v_(*vocab) {}

  void apply() {
    find_control(kEotTexts, &v_.special_.eot);
    find_control(kEomTexts, &v_.special_.eom);
    TokenId fim = kNoToken;
    find_control(kFimPreTexts, &fim);
    find_control(kFimSufTexts, &(fim = kNoToken));
    find_control(kFimMidTexts, &(fim = kNoToken));
    find_control(kFimPadTexts, &v_.special_.fim_pad);
    find_control(kFimRepTexts, &v_.special_.fim_rep);
    find_control(kFimSepTexts, &v_.special_.fim_sep);
    collect_ends();
    for (const std::string_view text : kVisibleTexts) {
      if (const TokenId id = v_.find(text); id >= 0) attr(id) = kAttrUserDefined;
    }
    drop_false_ends();
    std::sort(v_.end_of_generation_.begin(), v_.end_of_generation_.end());
  }

 private:
  uint16_t& attr(TokenId id) { return v_.attrs_[static_cast<size_t>(id)]; }

  // The first of `texts` in the vocabulary becomes a control token and *id, unless the file named one.
  void find_control(std::span<const std::string_view> texts, TokenId* id) {
    for (const std::string_view text : texts) {
      if (*id != kNoToken) return;
      *id = v_.find(text);
      if (*id != kNoToken) attr(*id) |= kAttrControl;
    }
  }

  void add_end(TokenId id) {
    auto& ends = v_.end_of_generation_;
    if (id != kNoToken && std::find(ends.begin(), ends.end(), id) == ends.end()) ends.push_back(id);
  }

  void collect_ends() {
    for (const std::string_view text : kEndTexts) {
      const TokenId id = v_.find(text);
      if (id == kNoToken) continue;
      // Byte-level vocabularies hold "</s>" as an ordinary word (the end of struck-out HTML). Unlike the reference we
      // let a model write it without ending its turn.
      if (text == "</s>" && id != v_.special_.eos && (attr(id) & kAttrSpecial) == 0) {
        attr(id) |= kAttrParsed;
        continue;
      }
      add_end(id);
      attr(id) |= kAttrControl;
    }
    const SpecialIds& s = v_.special_;
    for (const TokenId id : {s.fim_pad, s.fim_rep, s.fim_sep, s.eos, s.eot, s.eom}) add_end(id);
  }

  bool ends_with(std::string_view text) const {
    const TokenId id = v_.find(text);
    const auto& ends = v_.end_of_generation_;
    return id != kNoToken && std::find(ends.begin(), ends.end(), id) != ends.end();
  }

  void drop_end(std::string_view text, uint16_t new_attr) {
    const TokenId id = v_.find(text);
    std::erase(v_.end_of_generation_, id);
    attr(id) = new_attr;
  }

  // gpt-oss and solar-open write <|end|> between the parts of one turn; gemma4 keeps an </s> that means nothing.
  void drop_false_ends() {
    const bool calls = ends_with("<|call|>") || ends_with("<|calls|>");
    const bool parts = calls && (ends_with("<|return|>") || ends_with("<|flush|>"));
    if (parts && ends_with("<|end|>")) drop_end("<|end|>", kAttrUserDefined);
    if (ends_with("<|tool_response>") && ends_with("</s>")) drop_end("</s>", kAttrNormal);
  }

  Vocabulary& v_;
};

Status Vocabulary::load_ids(const gguf::Metadata& metadata) {
  const struct {
    std::string_view key;
    TokenId* id;
  } ids[] = {
      {"tokenizer.ggml.cls_token_id", &special_.bos},  // BERT's name for it; a BOS id of its own goes before
      {"tokenizer.ggml.bos_token_id", &special_.bos},
      {"tokenizer.ggml.eos_token_id", &special_.eos},
      {"tokenizer.ggml.eot_token_id", &special_.eot},
      {"tokenizer.ggml.eom_token_id", &special_.eom},
      {"tokenizer.ggml.unknown_token_id", &special_.unk},
      {"tokenizer.ggml.seperator_token_id", &special_.sep},  // the format's own spelling
      {"tokenizer.ggml.padding_token_id", &special_.pad},
      {"tokenizer.ggml.fim_pad_token_id", &special_.fim_pad},
      {"tokenizer.ggml.fim_rep_token_id", &special_.fim_rep},
      {"tokenizer.ggml.fim_sep_token_id", &special_.fim_sep},
  };
  for (const auto& [key, id] : ids) {
    if (*id != kNoToken && !contains(*id)) *id = kNoToken;  // a family default that this vocabulary is too small for
    if (!metadata.has(key)) continue;
    WC_ASSIGN(const uint64_t value, metadata.u64(key));
    if (value >= size()) {
      return Status(Code::kBadVocabulary, std::string(key) + ": token " + std::to_string(value) +
                                              " is outside the vocabulary of " + std::to_string(size()));
    }
    *id = static_cast<TokenId>(value);
  }
  return Status::ok();
}

// The file's rule, or the family's where the file has none and the vocabulary has the token.
Status Vocabulary::load_added(const gguf::Metadata& metadata, std::string_view rule, TokenId id, bool* add) {
  const std::string key = "tokenizer.ggml.add_" + std::string(rule) + "_token";
  if (!metadata.has(key)) {
    *add = *add && id != kNoToken;
    return Status::ok();
  }
  WC_ASSIGN(*add, metadata.boolean(key));
  if (!*add || id != kNoToken) return Status::ok();
  return Status(Code::kBadVocabulary, key + " is true, but the file names no such token");
}

// The format has no place for these attributes of a token; the reference knows them by name.
void Vocabulary::apply_strip_rules(const gguf::Metadata& metadata) {
  const auto text_of = [&metadata](std::string_view key) {
    const gguf::Value* value = metadata.find(key);
    return std::string(value != nullptr && value->type == gguf::ValueType::kString ? value->s : std::string_view());
  };
  const std::string pre = text_of("tokenizer.ggml.pre");
  const std::string architecture = text_of("general.architecture");
  std::string name = text_of("general.name");
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;

  const auto add = [this](std::string_view text, uint16_t attr) {
    if (const TokenId id = find(text); id >= 0) attrs_[static_cast<size_t>(id)] |= attr;
  };
  if (contains_any(pre, {"jina-v2-de", "jina-v2-es", "jina-v2-code"}) ||
      contains_any(architecture, {"nomic-bert-moe", "jina-bert-v3"})) {
    add("<mask>", kAttrLstrip);
  } else if (contains_any(name, {"phi-3", "phi3"})) {
    for (uint16_t& attr : attrs_) attr |= (attr & kAttrSpecial) != 0 ? kAttrRstrip : 0;
    add("</s>", kAttrRstrip);
    for (const std::string_view text : {"<unk>", "<s>", "<|endoftext|>"}) {
      if (const TokenId id = find(text); id >= 0)
        attrs_[static_cast<size_t>(id)] &= static_cast<uint16_t>(~kAttrRstrip);
    }
  } else if (contains_any(name, {"modern-bert"})) {
    add("[MASK]", kAttrLstrip);
  }
}

Status Vocabulary::load_special(const gguf::Metadata& metadata, const SpecialIds& defaults) {
  special_ = defaults;
  WC_TRY(load_ids(metadata));
  WC_TRY(load_added(metadata, "bos", special_.bos, &special_.add_bos));
  WC_TRY(load_added(metadata, "eos", special_.eos, &special_.add_eos));
  WC_TRY(load_added(metadata, "sep", special_.sep, &special_.add_sep));
  SpecialRules(this).apply();
  apply_strip_rules(metadata);
  return Status::ok();
}

}  // namespace wasmchord
