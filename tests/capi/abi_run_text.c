/* The parts of abi_run that need no computation: tokenizer and sampler. */
#include <math.h>

#include "abi_run.h"

void run_tokenizer(const wc_context* context, const wc_model* model) {
  static const char kText[] = "Once upon a time";
  const wc_tokenizer* tokenizer = wc_model_tokenizer(model);
  const int32_t wrong = (int32_t)wc_tokenizer_vocab_size(tokenizer);
  int32_t ids[64], type = -1;
  char text[64];
  size_t n = 0, needed = 0;
  wc_string piece = {NULL, 0};
  float score = 0;
  EXPECT(wc_model_tokenizer(NULL) == NULL);
  EXPECT(tokenizer != NULL && wrong > 256);
  EXPECT(wc_tokenizer_vocab_size(NULL) == 0);

  EXPECT_STATUS(wc_tokenizer_encode(NULL, kText, 16, 0, ids, 64, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_tokenizer_encode(tokenizer, NULL, 16, 0, ids, 64, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_tokenizer_encode(tokenizer, kText, SIZE_MAX, 0, ids, 64, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_tokenizer_encode(tokenizer, kText, 16, 4u, ids, 64, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_tokenizer_encode(tokenizer, kText, 16, 0, NULL, 64, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_tokenizer_encode(tokenizer, kText, 16, 0, ids, 64, NULL), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_tokenizer_encode(tokenizer, kText, 16, WC_ENCODE_ADD_SPECIAL, NULL, 0, &needed), BUFFER_TOO_SMALL);
  EXPECT_OK(wc_tokenizer_encode(tokenizer, kText, 16, WC_ENCODE_ADD_SPECIAL, ids, 64, &n));
  EXPECT(n == needed && n > 1 && ids[0] == wc_tokenizer_special(tokenizer, WC_TOKEN_BOS));
  EXPECT_OK(wc_tokenizer_encode(tokenizer, NULL, 0, WC_ENCODE_PARSE_SPECIAL, NULL, 0, &needed));
  EXPECT(needed == 0);

  EXPECT_STATUS(wc_tokenizer_decode(NULL, ids, n, 0, text, 64, &needed), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_tokenizer_decode(tokenizer, NULL, 1, 0, text, 64, &needed), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_tokenizer_decode(tokenizer, ids, n, 2u, text, 64, &needed), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_tokenizer_decode(tokenizer, ids, n, 0, text, 3, &needed), BUFFER_TOO_SMALL);
  EXPECT_OK(wc_tokenizer_decode(tokenizer, ids, n, 0, text, 64, &needed));
  EXPECT(needed == 16 && memcmp(text, kText, 16) == 0);
  EXPECT_OK(wc_tokenizer_decode(tokenizer, ids, n, WC_DECODE_SPECIAL, text, 64, &needed));
  EXPECT(needed > 16);
  EXPECT_STATUS(wc_tokenizer_decode(tokenizer, &wrong, 1, 0, text, 64, &needed), BAD_TOKEN);
  EXPECT(wc_last_error(context)[0] != '\0');

  EXPECT_OK(wc_tokenizer_token(tokenizer, ids[1], &piece, &type, &score));
  EXPECT(piece.size > 0 && type == 1);
  EXPECT_OK(wc_tokenizer_token(tokenizer, 0, NULL, NULL, NULL));
  EXPECT_STATUS(wc_tokenizer_token(tokenizer, wrong, NULL, NULL, NULL), BAD_TOKEN);
  EXPECT_STATUS(wc_tokenizer_token(tokenizer, -1, NULL, NULL, NULL), BAD_TOKEN);
  EXPECT_STATUS(wc_tokenizer_token(NULL, 0, NULL, NULL, NULL), INVALID_ARGUMENT);
  EXPECT(wc_tokenizer_special(NULL, WC_TOKEN_BOS) == -1);
  EXPECT(wc_tokenizer_special(tokenizer, (wc_special_token)77) == -1);
  EXPECT(wc_tokenizer_is_end(tokenizer, wc_tokenizer_special(tokenizer, WC_TOKEN_EOS)) == 1);
  EXPECT(wc_tokenizer_is_end(tokenizer, ids[1]) == 0);
  EXPECT(wc_tokenizer_is_end(tokenizer, wrong) == 0 && wc_tokenizer_is_end(NULL, 2) == 0);
}

static wc_string string_of(const char* text) {
  wc_string string = {text, strlen(text)};
  return string;
}

void run_chat(const wc_context* context, const wc_model* model) {
  static const char kMessages[] = "[{\"role\": \"user\", \"content\": \"Hi <|end|>\"}]";
  static const char kPhi[] = "<|user|>\nHi <|end|><|end|>\n<|assistant|>\n";
  wc_chat_request request = WC_CHAT_REQUEST_INIT;
  int32_t ids[64], end = 0;
  char text[256];
  size_t n = 0, n_parsed = 0, i, n_ends = 0;
  EXPECT(strcmp(wc_chat_template_name(0), "chatml") == 0 && wc_chat_template_name(1000) == NULL);
  request.messages = string_of(kMessages);
  request.options = string_of("{\"template\": \"phi\"}");
  EXPECT_STATUS(wc_chat_apply(NULL, &request, text, sizeof text, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_chat_apply(model, NULL, text, sizeof text, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_chat_apply(model, &request, text, sizeof text, NULL), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_chat_apply(model, &request, NULL, 0, &n), BUFFER_TOO_SMALL);
  EXPECT_OK(wc_chat_apply(model, &request, text, sizeof text, &n));
  EXPECT(n == sizeof kPhi - 1 && memcmp(text, kPhi, n) == 0);

  /* What the user spelled out stays text; the template's own end of turn is one. */
  EXPECT_STATUS(wc_chat_encode(model, NULL, ids, 64, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_chat_encode(model, &request, NULL, 0, &n), BUFFER_TOO_SMALL);
  EXPECT_OK(wc_chat_encode(model, &request, ids, 64, &n));
  EXPECT_OK(wc_tokenizer_encode(wc_model_tokenizer(model), "<|end|>", 7, WC_ENCODE_PARSE_SPECIAL, &end, 1, &i));
  for (i = 0; i < n; ++i) n_ends += ids[i] == end;
  EXPECT(n_ends == 1 && ids[0] == wc_tokenizer_special(wc_model_tokenizer(model), WC_TOKEN_BOS));
  request.options = string_of("{\"template\": \"phi\", \"parse_special_in_content\": true}");
  EXPECT_OK(wc_chat_encode(model, &request, ids, 64, &n_parsed));
  EXPECT(n_parsed < n);

  request.options = string_of("{\"template\": \"{{ 1 + }}\"}");
  EXPECT_STATUS(wc_chat_apply(model, &request, text, sizeof text, &n), BAD_TEMPLATE);
  EXPECT(strncmp(wc_last_error(context), "line 1, column 8", 16) == 0);
  request.options = string_of("{\"template\": \"{{ 1 + x }}\"}");
  EXPECT_STATUS(wc_chat_apply(model, &request, text, sizeof text, &n), TEMPLATE_FAILED);
  request.options = string_of("{\"template\": \"{{ raise_exception('no') }}\"}");
  EXPECT_STATUS(wc_chat_apply(model, &request, text, sizeof text, &n), TEMPLATE_REFUSED);
  request.options = string_of("{\"template\": \"{{ 'a' * 1000000000000 }}\"}");
  EXPECT_STATUS(wc_chat_apply(model, &request, text, sizeof text, &n), TEMPLATE_LIMIT);
  request.options = string_of("{\"template\": \"no such\"}");
  EXPECT_STATUS(wc_chat_apply(model, &request, text, sizeof text, &n), NOT_FOUND);
  request.options = string_of("{\"tempo\": 1}");
  EXPECT_STATUS(wc_chat_apply(model, &request, text, sizeof text, &n), UNKNOWN_OPTION);
  request.options = string_of(
      "{\"template\": \"{{ x }}{{ strftime_now('%Y') }}{{ tools[0].a }}\", \"variables\":"
      " {\"x\": \"y\"}, \"now\": 1000000000, \"add_generation_prompt\": false}");
  request.tools = string_of("[{\"a\": 2.5}]");
  EXPECT_OK(wc_chat_apply(model, &request, text, sizeof text, &n));
  EXPECT(n == 8 && memcmp(text, "y20012.5", 8) == 0);
  request.messages = string_of("{}");
  EXPECT_STATUS(wc_chat_apply(model, &request, text, sizeof text, &n), INVALID_ARGUMENT);
  request.messages = string_of("[");
  EXPECT_STATUS(wc_chat_apply(model, &request, text, sizeof text, &n), INVALID_ARGUMENT);
}

void run_sampler(wc_context* context) {
  static const wc_sampler_param kTopK[] = {{"k", 2.0}};
  static const wc_sampler_param kUnknown[] = {{"q", 2.0}};
  static const wc_sampler_param kNoKey[] = {{NULL, 2.0}};
  static const wc_sampler_param kPenalties[] = {{"last_n", 8.0}, {"repeat", 100.0}};
  float logits[4] = {0.5f, 2.0f, 1.0f, -1.0f};
  wc_sampler* sampler = NULL;
  int32_t id = -1;
  size_t i;
  EXPECT_STATUS(wc_sampler_create(NULL, &sampler), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_create(context, NULL), INVALID_ARGUMENT);
  EXPECT_OK(wc_sampler_create(context, &sampler));
  EXPECT_OK(wc_sampler_sample(sampler, logits, 4, &id));
  EXPECT(id == 1);

  EXPECT_STATUS(wc_sampler_add(NULL, "top_k", kTopK, 1), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_add(sampler, NULL, kTopK, 1), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_add(sampler, "top_k", NULL, 1), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_add(sampler, "top_k", kNoKey, 1), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_add(sampler, "no such", NULL, 0), NOT_FOUND);
  EXPECT_STATUS(wc_sampler_add(sampler, "top_k", kUnknown, 1), UNKNOWN_OPTION);
  EXPECT_OK(wc_sampler_add(sampler, "penalties", kPenalties, 2));
  EXPECT_OK(wc_sampler_add(sampler, "top_k", kTopK, 1));

  EXPECT_OK(wc_sampler_accept(sampler, 1));
  EXPECT_OK(wc_sampler_sample(sampler, logits, 4, &id));
  EXPECT(id == 2); /* 1 is penalised */
  EXPECT_OK(wc_sampler_reset(sampler));
  EXPECT_OK(wc_sampler_sample(sampler, logits, 4, &id));
  EXPECT(id == 1);
  EXPECT_STATUS(wc_sampler_accept(sampler, -1), BAD_TOKEN);
  EXPECT_STATUS(wc_sampler_accept(NULL, 1), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_reset(NULL), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_sample(NULL, logits, 4, &id), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_sample(sampler, NULL, 4, &id), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_sample(sampler, logits, 0, &id), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_sampler_sample(sampler, logits, 4, NULL), INVALID_ARGUMENT);
  logits[2] = NAN;
  EXPECT_STATUS(wc_sampler_sample(sampler, logits, 4, &id), BAD_LOGITS);

  for (i = 0; wc_sampler_name(i) != NULL; ++i) {
    /* Every name is one that the chain knows. */
    const wc_status status = wc_sampler_add(sampler, wc_sampler_name(i), NULL, 0);
    EXPECT(status == WC_STATUS_OK || status == WC_STATUS_INVALID_ARGUMENT);
  }
  EXPECT(i >= 9);
  wc_sampler_destroy(sampler);
  wc_sampler_destroy(NULL);
}
