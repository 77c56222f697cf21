// The sound containers of unsound models among the hostile files: each with the code it must give and the key or tensor
// that the message must name, by both ways in. The files whose container is broken are the reader's tests'.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "tests/unit/model/header.h"

namespace wasmchord::test {
namespace {

struct Verdict {
  const char* stem;
  Code code;
  const char* named;
};

void PrintTo(const Verdict& v, std::ostream* out) { *out << v.stem; }

constexpr Verdict kVerdicts[] = {
    {"m_arch_unknown", Code::kUnsupportedArchitecture, "nosuch"},
    {"m_arch_wrong_type", Code::kWrongKeyType, "general.architecture"},
    {"m_attention_head_count_0", Code::kBadKeyValue, "llama.attention.head_count"},
    {"m_attention_head_count_3", Code::kBadKeyValue, "llama.attention.head_count"},
    {"m_attention_head_count_4294967295", Code::kBadKeyValue, "llama.attention.head_count"},
    {"m_attention_head_count_kv_0", Code::kBadKeyValue, "llama.attention.head_count_kv"},
    {"m_attention_head_count_kv_2147483648", Code::kBadKeyValue, "llama.attention.head_count_kv"},
    {"m_attention_head_count_kv_4", Code::kBadKeyValue, "llama.attention.head_count_kv"},
    {"m_block_count_0", Code::kBadKeyValue, "llama.block_count"},
    {"m_block_count_4294967295", Code::kBadKeyValue, "llama.block_count"},
    {"m_bos_id_oob", Code::kBadVocabulary, "tokenizer.ggml.bos_token_id"},
    {"m_bpe_bad_merges", Code::kBadVocabulary, "tokenizer.ggml.merges"},
    {"m_bpe_no_merges", Code::kMissingKey, "tokenizer.ggml.merges"},
    {"m_bpe_pre_unknown", Code::kUnsupportedTokenizer, "tokenizer.ggml.pre"},
    {"m_chat_template_bomb", Code::kOk, ""},
    {"m_chat_template_deep", Code::kOk, ""},
    {"m_chat_template_unclosed", Code::kOk, ""},
    {"m_chat_template_wrong_type", Code::kOk, ""},
    {"m_context_length_0", Code::kBadKeyValue, "llama.context_length"},
    {"m_embd_rows_lt_vocab", Code::kBadTensorShape, "token_embd.weight"},
    {"m_embedding_length_2147483648", Code::kBadKeyValue, "llama.embedding_length"},
    {"m_embedding_length_64", Code::kBadTensorShape, "token_embd.weight"},
    {"m_feed_forward_length_0", Code::kBadKeyValue, "llama.feed_forward_length"},
    {"m_feed_forward_length_64", Code::kBadTensorShape, "blk.0.ffn_gate.weight"},
    {"m_freq_base_inf", Code::kBadKeyValue, "llama.rope.freq_base"},
    {"m_freq_base_neg", Code::kBadKeyValue, "llama.rope.freq_base"},
    {"m_hparam_i32_negative", Code::kBadKeyValue, "llama.block_count"},
    {"m_missing_llama_attention_head_count", Code::kMissingKey, "llama.attention.head_count"},
    {"m_missing_llama_attention_layer_norm_rms_epsilon", Code::kMissingKey, "llama.attention.layer_norm_rms_epsilon"},
    {"m_missing_llama_block_count", Code::kMissingKey, "llama.block_count"},
    {"m_missing_llama_context_length", Code::kMissingKey, "llama.context_length"},
    {"m_missing_llama_embedding_length", Code::kMissingKey, "llama.embedding_length"},
    {"m_missing_llama_feed_forward_length", Code::kMissingKey, "llama.feed_forward_length"},
    {"m_missing_tensor_blk_0_attn_q_weight", Code::kMissingTensor, "blk.0.attn_q.weight"},
    {"m_missing_tensor_blk_0_ffn_norm_weight", Code::kMissingTensor, "blk.0.ffn_norm.weight"},
    {"m_missing_tensor_token_embd_weight", Code::kMissingTensor, "token_embd.weight"},
    {"m_missing_tokenizer_ggml_tokens", Code::kMissingKey, "tokenizer.ggml.tokens"},
    {"m_norm_2d", Code::kOk, ""},
    {"m_ok", Code::kOk, ""},
    {"m_padding_id_oob", Code::kBadVocabulary, "tokenizer.ggml.padding_token_id"},
    {"m_rms_eps_inf", Code::kBadKeyValue, "llama.attention.layer_norm_rms_epsilon"},
    {"m_rms_eps_neg", Code::kBadKeyValue, "llama.attention.layer_norm_rms_epsilon"},
    {"m_rms_eps_zero", Code::kBadKeyValue, "llama.attention.layer_norm_rms_epsilon"},
    {"m_rope_dimension_count_0", Code::kBadKeyValue, "llama.rope.dimension_count"},
    {"m_rope_dimension_count_15", Code::kBadKeyValue, "llama.rope.dimension_count"},
    {"m_scores_nan", Code::kBadVocabulary, "tokenizer.ggml.scores"},
    {"m_scores_short", Code::kBadVocabulary, "tokenizer.ggml.scores"},
    {"m_tensor_extra_dim", Code::kBadTensorShape, "blk.0.attn_q.weight"},
    {"m_tensor_small", Code::kBadTensorShape, "blk.0.attn_q.weight"},
    {"m_tensor_transposed", Code::kBadTensorShape, "blk.0.attn_k.weight"},
    {"m_tok_bad_utf8", Code::kOk, ""},
    {"m_tok_byte_malformed", Code::kBadVocabulary, "tokenizer.ggml.tokens"},
    {"m_tok_dup", Code::kBadVocabulary, "tokenizer.ggml.tokens"},
    {"m_tok_empty", Code::kBadVocabulary, "tokenizer.ggml.tokens"},
    {"m_tok_wrong_elem_type", Code::kWrongKeyType, "tokenizer.ggml.tokens"},
    {"m_types_range", Code::kOk, ""},
    {"m_types_short", Code::kBadVocabulary, "tokenizer.ggml.token_type"},
    {"m_unknown_id_oob", Code::kBadVocabulary, "tokenizer.ggml.unknown_token_id"},
    {"m_unknown_tensor", Code::kOk, ""},
    {"m_vocab_size_0", Code::kBadKeyValue, "llama.vocab_size"},
    {"m_vocab_size_4294967295", Code::kBadKeyValue, "llama.vocab_size"},
    {"m_weights_i8", Code::kUnsupportedTensorType, "blk.0.attn_q.weight"},
    {"ok_align64", Code::kMissingKey, "tokenizer.ggml.model"},
    {"ok_all_kv_types", Code::kMissingKey, "tokenizer.ggml.model"},
    {"ok_empty", Code::kMissingKey, "tokenizer.ggml.model"},
    {"ok_kv_only", Code::kMissingKey, "tokenizer.ggml.model"},
    {"ok_v2", Code::kMissingKey, "tokenizer.ggml.model"},
    {"ok_v3", Code::kMissingKey, "tokenizer.ggml.model"},
};

std::string path_of(const std::string& stem) { return data_path("gguf-malformed/" + stem + ".gguf"); }

class Malformed : public testing::TestWithParam<Verdict> {};

TEST_P(Malformed, IsRefusedOrTakenByBothWaysInWithItsReason) {
  const std::string path = path_of(GetParam().stem);
  const LoadResult mapped = load_model_file(path, cpu_backend(), {});
  const LoadResult pushed = push_model(read_bytes(path));
  const LoadResult dripped = push_model(read_bytes(path), {{}, 61, false});
  for (const LoadResult* result : {&mapped, &pushed, &dripped}) {
    const Status status = result->status();
    EXPECT_EQ(status.code(), GetParam().code) << status.message();
    EXPECT_TRUE(names(status, GetParam().named)) << status.message();
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Malformed, testing::ValuesIn(kVerdicts),
                         [](const testing::TestParamInfo<Verdict>& p) { return std::string(p.param.stem); });

// A model that is taken must also run.
TEST(MalformedModels, ThatAreTakenCompute) {
  for (const Verdict& verdict : kVerdicts) {
    if (verdict.code != Code::kOk) continue;
    const auto model = load(read_bytes(path_of(verdict.stem)));
    const std::vector<TokenId> ids = {0, 1, 299, 0};
    for (float x : all_logits(*model, ids)) ASSERT_TRUE(x == x) << verdict.stem;
  }
}

TEST(MalformedModels, AllHaveAVerdictThatFitsTheManifest) {
  size_t n_models = 0;
  for (const auto& entry : nlohmann::json::parse(read_text(data_path("gguf-malformed/MANIFEST.json")))) {
    const std::string file = entry.at("file"), expect = entry.at("expect");
    const std::string stem = file.substr(0, file.size() - 5);
    if (stem.substr(0, 2) != "m_") continue;
    ++n_models;
    const auto* verdict =
        std::find_if(std::begin(kVerdicts), std::end(kVerdicts), [&](const Verdict& v) { return stem == v.stem; });
    ASSERT_NE(verdict, std::end(kVerdicts)) << stem << " has no verdict";
    if (expect == "reject") {
      EXPECT_NE(verdict->code, Code::kOk) << stem;
    }
    if (expect.substr(0, 6) == "accept") {
      EXPECT_EQ(verdict->code, Code::kOk) << stem;
    }
  }
  EXPECT_GT(n_models, 60u);
}

}  // namespace
}  // namespace wasmchord::test
