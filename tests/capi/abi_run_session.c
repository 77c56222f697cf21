/* The part of abi_run that computes: sessions. */
#include <stdlib.h>

#include "abi_run.h"

static const int32_t kIds[] = {1, 1360, 946, 265, 534}; /* "Once upon a time" */
enum { kNumIds = 5 };

/* Bytes of the cache for 64 elements of a head: 256, 128, 68, 36. */
static void run_kv_types(wc_model* model, wc_session_options options) {
  static const wc_kv_type kTypes[] = {WC_KV_F32, WC_KV_F16, WC_KV_Q8_0, WC_KV_Q4_0};
  static const uint64_t kBytes[] = {256, 128, 68, 36};
  uint64_t floats = 0;
  for (int i = 0; i < 4; ++i) {
    wc_session* session = NULL;
    wc_session_info info = WC_SESSION_INFO_INIT;
    options.kv_type = kTypes[i];
    if (!EXPECT_OK(wc_session_create(model, &options, &session))) return;
    EXPECT_OK(wc_session_prefill(session, kIds, kNumIds));
    EXPECT_OK(wc_session_get_info(session, &info));
    if (i == 0) floats = info.kv_bytes;
    EXPECT(info.kv_bytes * 256 == floats * kBytes[i]);
    wc_session_destroy(session);
  }
}

static void run_create(wc_model* model) {
  wc_session_options options = WC_SESSION_OPTIONS_INIT;
  wc_session* session = NULL;
  EXPECT_STATUS(wc_session_create(NULL, NULL, &session), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_create(model, NULL, NULL), INVALID_ARGUMENT);
  options.struct_size = 3;
  EXPECT_STATUS(wc_session_create(model, &options, &session), INVALID_ARGUMENT);
  options.struct_size = sizeof options;
  options.kv_type = (wc_kv_type)9;
  EXPECT_STATUS(wc_session_create(model, &options, &session), INVALID_ARGUMENT);
  options.kv_type = WC_KV_F32;
  options.num_threads = 257;
  EXPECT_STATUS(wc_session_create(model, &options, &session), INVALID_ARGUMENT);
  EXPECT(session == NULL);
  options.num_threads = 1;
  options.n_ctx = 16;
  EXPECT_OK(wc_session_create(model, &options, &session));
  wc_session_destroy(session);
  wc_session_destroy(NULL);
  run_kv_types(model, options);
}

static void run_prefill(wc_session* session, uint32_t n_vocab) {
  const int32_t wrong = (int32_t)n_vocab;
  const float* logits = NULL;
  size_t n = 0;
  float* rows = malloc((size_t)2 * n_vocab * sizeof *rows);
  if (!EXPECT(rows != NULL)) return;
  EXPECT_STATUS(wc_session_logits(session, &logits, &n), INVALID_STATE);
  EXPECT_STATUS(wc_session_generate(session, NULL), INVALID_STATE);
  EXPECT_STATUS(wc_session_prefill(NULL, kIds, kNumIds), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_prefill(session, NULL, kNumIds), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_prefill(session, &wrong, 1), BAD_TOKEN);
  EXPECT_STATUS(wc_session_prefill_reuse(NULL, kIds, 3, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_prefill_reuse(session, kIds, 0, &n), INVALID_ARGUMENT);
  EXPECT_OK(wc_session_prefill_reuse(session, kIds, 2, NULL));
  EXPECT_OK(wc_session_prefill_reuse(session, kIds, 3, &n));
  EXPECT(n == 2);
  EXPECT_STATUS(wc_session_eval(NULL, kIds + 3, 2, 0, rows), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_eval(session, kIds + 3, 2, 3, rows), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_eval(session, kIds + 3, 2, 0, NULL), INVALID_ARGUMENT);
  EXPECT_OK(wc_session_eval(session, kIds + 3, 2, 0, rows));
  EXPECT_STATUS(wc_session_logits(NULL, &logits, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_logits(session, NULL, &n), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_logits(session, &logits, NULL), INVALID_ARGUMENT);
  EXPECT_OK(wc_session_logits(session, &logits, &n));
  EXPECT(n == n_vocab && memcmp(logits, rows + n_vocab, n_vocab * sizeof *rows) == 0);
  free(rows);
}

static void run_generate(wc_context* context, wc_session* session) {
  wc_generate_options options = WC_GENERATE_OPTIONS_INIT;
  wc_string stop[2] = {{" girl", 5}, {NULL, 0}};
  wc_step step = WC_STEP_INIT;
  wc_status status = WC_STATUS_OK;
  wc_sampler* sampler = NULL;
  char text[256];
  size_t size = 0;
  EXPECT_STATUS(wc_session_step(session, &step), INVALID_STATE);
  EXPECT_STATUS(wc_session_generate(NULL, NULL), INVALID_ARGUMENT);
  options.ignore_end = 2;
  EXPECT_STATUS(wc_session_generate(session, &options), INVALID_ARGUMENT);
  options.ignore_end = 0;
  options.n_stop = 1;
  EXPECT_STATUS(wc_session_generate(session, &options), INVALID_ARGUMENT); /* stop is NULL */
  options.stop = stop;
  options.n_stop = 2;
  EXPECT_STATUS(wc_session_generate(session, &options), INVALID_ARGUMENT); /* an empty one */
  options.n_stop = 1;
  options.max_tokens = 40;
  EXPECT_OK(wc_sampler_create(context, &sampler));
  options.sampler = sampler;
  EXPECT_OK(wc_session_generate(session, &options));
  wc_sampler_destroy(sampler); /* the generation keeps what it needs */
  EXPECT_STATUS(wc_session_step(NULL, &step), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_step(session, NULL), INVALID_ARGUMENT);
  step.struct_size = 2;
  EXPECT_STATUS(wc_session_step(session, &step), INVALID_ARGUMENT);
  step.struct_size = sizeof step;
  while (status == WC_STATUS_OK) {
    status = wc_session_step(session, &step);
    if (step.text.size <= sizeof text - size) {
      memcpy(text + size, step.text.data, step.text.size);
      size += step.text.size;
    }
  }
  EXPECT_STATUS(status, END);
  EXPECT(step.end_reason == WC_END_STOP);
  EXPECT(size == 20 && memcmp(text, ", there was a little", 20) == 0);
  EXPECT_STATUS(wc_session_step(session, &step), INVALID_STATE);
}

static void run_full(wc_session* session) {
  wc_session_info info = WC_SESSION_INFO_INIT;
  wc_step step = WC_STEP_INIT;
  wc_status status = WC_STATUS_OK;
  int32_t ids[64] = {0};
  EXPECT_STATUS(wc_session_prefill(session, ids, 64), CONTEXT_FULL);
  EXPECT_OK(wc_session_generate(session, NULL));
  while (status == WC_STATUS_OK) status = wc_session_step(session, &step);
  EXPECT(status == WC_STATUS_CONTEXT_FULL || status == WC_STATUS_END);
  EXPECT_OK(wc_session_get_info(session, &info));
  EXPECT(status != WC_STATUS_CONTEXT_FULL || info.position == info.n_ctx);
}

void run_session(wc_context* context, wc_model* model) {
  wc_session_options options = WC_SESSION_OPTIONS_INIT;
  wc_session_info info = WC_SESSION_INFO_INIT;
  wc_session* session = NULL;
  const uint32_t n_vocab = wc_tokenizer_vocab_size(wc_model_tokenizer(model));
  run_create(model);
  options.n_ctx = 48;
  options.num_threads = 2;
  if (!EXPECT_OK(wc_session_create(model, &options, &session))) return;
  run_prefill(session, n_vocab);
  EXPECT_STATUS(wc_session_get_info(NULL, &info), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_get_info(session, NULL), INVALID_ARGUMENT);
  EXPECT_OK(wc_session_get_info(session, &info));
  EXPECT(info.n_ctx == 48 && info.position == kNumIds && info.num_threads == 2);
  EXPECT(info.kv_bytes > 0 && info.activation_bytes > 0 && info.prefill_tokens == kNumIds);
  /* A caller of an older version gets the fields it knows. */
  info.struct_size = (uint32_t)offsetof(wc_session_info, kv_bytes);
  info.kv_bytes = 77;
  EXPECT_OK(wc_session_get_info(session, &info));
  EXPECT(info.kv_bytes == 77);

  run_generate(context, session);
  run_full(session);
  EXPECT_STATUS(wc_session_truncate(NULL, 0), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_session_truncate(session, 1000), INVALID_ARGUMENT);
  EXPECT_OK(wc_session_truncate(session, 4));
  wc_session_cancel(session);
  wc_session_cancel(NULL);
  EXPECT_STATUS(wc_session_prefill(session, kIds + 4, 1), CANCELLED);
  EXPECT_OK(wc_session_prefill(session, kIds + 4, 1));
  EXPECT_STATUS(wc_session_reset(NULL), INVALID_ARGUMENT);
  EXPECT_OK(wc_session_reset(session));
  info.struct_size = sizeof info;
  EXPECT_OK(wc_session_get_info(session, &info));
  EXPECT(info.position == 0 && info.prefill_tokens == 0);
  wc_session_destroy(session);
}
