/* Every function of the header, called from C, with right and with wrong arguments. This part: context, loading, model;
 * abi_run_text.c and abi_run_session.c have the rest, and check_calls.py proves that none is missing. */
#include "abi_run.h"

#include <stdio.h>
#include <stdlib.h>

static int failures = 0;

int expect(int ok, const char* text, const char* file, int line) {
  if (ok) return 1;
  ++failures;
  fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
  return 0;
}

int expect_status(wc_status got, wc_status wanted, const char* text, const char* file, int line) {
  if (got == wanted) return 1;
  ++failures;
  fprintf(stderr, "%s:%d: %s gave %s, not %s\n", file, line, text, wc_status_name(got), wc_status_name(wanted));
  return 0;
}

static void run_version(void) {
  char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", WC_VERSION_MAJOR, WC_VERSION_MINOR, WC_VERSION_PATCH);
  EXPECT(strcmp(wc_version(), version) == 0);
  EXPECT(wc_abi_version() == WC_ABI_VERSION);
  EXPECT(strcmp(wc_status_name(WC_STATUS_OK), "WC_STATUS_OK") == 0);
  EXPECT(strcmp(wc_status_name(WC_STATUS_BAD_LOGITS), "WC_STATUS_BAD_LOGITS") == 0);
  EXPECT(strcmp(wc_status_name((wc_status)12345), "WC_STATUS_UNKNOWN") == 0);
}

static void run_context_create(void) {
  wc_context_options options = WC_CONTEXT_OPTIONS_INIT;
  wc_context* context = NULL;
  EXPECT_STATUS(wc_context_create(NULL, NULL), INVALID_ARGUMENT);
  options.struct_size = 0;
  EXPECT_STATUS(wc_context_create(&options, &context), INVALID_ARGUMENT);
  options.struct_size = 0x10000;
  EXPECT_STATUS(wc_context_create(&options, &context), INVALID_ARGUMENT);
  options.struct_size = sizeof options - 1;
  EXPECT_STATUS(wc_context_create(&options, &context), INVALID_ARGUMENT);
  options.struct_size = sizeof options;
  options.num_threads = 257;
  EXPECT_STATUS(wc_context_create(&options, &context), INVALID_ARGUMENT);
  options.num_threads = 0;
  options.deterministic = 2;
  EXPECT_STATUS(wc_context_create(&options, &context), INVALID_ARGUMENT);
  options.deterministic = 1;
  options.isa = "mmx";
  EXPECT_STATUS(wc_context_create(&options, &context), ISA_UNAVAILABLE);
  EXPECT(context == NULL);
  /* An older caller's struct ends before `isa`, which is then not looked at. */
  options.struct_size = (uint32_t)offsetof(wc_context_options, isa);
  EXPECT_OK(wc_context_create(&options, &context));
  wc_context_destroy(context);
  options.struct_size = sizeof options;
  options.isa = "scalar";
  EXPECT_OK(wc_context_create(&options, &context));
  EXPECT(strcmp(wc_context_isa(context), "scalar") == 0);
  EXPECT(strcmp(wc_context_isa(NULL), "") == 0);
  wc_context_destroy(context);
  wc_context_destroy(NULL);
}

static wc_status configure(wc_context* context, const char* json) {
  return wc_context_configure(context, json, strlen(json));
}

static void run_context_configure(wc_context* context) {
  wc_memory_report report = WC_MEMORY_REPORT_INIT;
  EXPECT_STATUS(configure(NULL, "{}"), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_context_configure(context, NULL, 2), INVALID_ARGUMENT);
  EXPECT_STATUS(configure(context, ""), INVALID_ARGUMENT);
  EXPECT_STATUS(configure(context, "[]"), INVALID_ARGUMENT);
  EXPECT_STATUS(configure(context, "{\"num_threads\": 257}"), INVALID_ARGUMENT);
  EXPECT(strstr(wc_last_error(context), "num_threads") != NULL);
  EXPECT_STATUS(configure(context, "{\"num_threads\": -1}"), INVALID_ARGUMENT);
  EXPECT_STATUS(configure(context, "{\"deterministic\": 1}"), INVALID_ARGUMENT);
  EXPECT_STATUS(configure(context, "{\"isa\": 1}"), INVALID_ARGUMENT);
  EXPECT_STATUS(configure(context, "{\"isa\": \"mmx\"}"), ISA_UNAVAILABLE);
  EXPECT_STATUS(configure(context, "{\"max_memory_bytes\": 7, \"threads\": 2}"), UNKNOWN_OPTION);
  EXPECT(strstr(wc_last_error(context), "threads") != NULL);

  EXPECT_STATUS(wc_context_memory(NULL, &report), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_context_memory(context, NULL), INVALID_ARGUMENT);
  report.struct_size = 1;
  EXPECT_STATUS(wc_context_memory(context, &report), INVALID_ARGUMENT);
  report.struct_size = sizeof report;
  EXPECT_OK(wc_context_memory(context, &report));
  EXPECT(report.limit_bytes == 0); /* the refused configuration changed nothing */

  EXPECT_OK(configure(context,
                      "{\"max_memory_bytes\": 100000000, \"num_threads\": 2, \"deterministic\": true, "
                      "\"gpu_enabled\": false, \"isa\": null}"));
  EXPECT_OK(wc_context_memory(context, &report));
  EXPECT(report.limit_bytes == 100000000);
}

static int count_progress(void* user, const wc_progress* progress) {
  ++*(int*)user;
  return progress->tensors_done > progress->tensors_total;
}

static int stop_at_once(void* user, const wc_progress* progress) {
  (void)user;
  (void)progress;
  return 1;
}

static wc_model* run_load_file(wc_context* context) {
  wc_load_options options = WC_LOAD_OPTIONS_INIT;
  wc_model* model = NULL;
  int calls = 0;
  EXPECT_STATUS(wc_model_load_file(NULL, MODEL, strlen(MODEL), NULL, &model), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_load_file(context, NULL, 3, NULL, &model), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_load_file(context, MODEL, 0, NULL, &model), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_load_file(context, "a\0b", 3, NULL, &model), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_load_file(context, MODEL, strlen(MODEL), NULL, NULL), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_load_file(context, "no/such/file", 12, NULL, &model), IO);
  EXPECT(strstr(wc_last_error(context), "no/such/file") != NULL);
  options.flags = 1u << 31;
  EXPECT_STATUS(wc_model_load_file(context, MODEL, strlen(MODEL), &options, &model), INVALID_ARGUMENT);
  options.flags = 0;
  options.progress = stop_at_once;
  EXPECT_STATUS(wc_model_load_file(context, MODEL, strlen(MODEL), &options, &model), CANCELLED);
  EXPECT(model == NULL);
  options.progress = count_progress;
  options.progress_user = &calls;
  EXPECT_OK(wc_model_load_file(context, MODEL, strlen(MODEL), &options, &model));
  EXPECT(calls > 0);
  EXPECT_STATUS(configure(context, "{}"), INVALID_STATE);
  return model;
}

static void run_vocab_only(wc_context* context) {
  wc_load_options options = WC_LOAD_OPTIONS_INIT;
  wc_model_info info = WC_MODEL_INFO_INIT;
  wc_model* model = NULL;
  wc_session* session = NULL;
  options.flags = WC_LOAD_VOCAB_ONLY;
  EXPECT_OK(wc_model_load_file(context, MODEL, strlen(MODEL), &options, &model));
  EXPECT_STATUS(wc_session_create(model, NULL, &session), INVALID_STATE);
  EXPECT_OK(wc_model_get_info(model, &info));
  EXPECT(info.n_vocab == wc_tokenizer_vocab_size(wc_model_tokenizer(model)));
  EXPECT(info.n_layers == 0);
  wc_model_destroy(model);
}

static void run_model(wc_model* model) {
  static const char kName[] = "general.architecture";
  wc_model_info info = WC_MODEL_INFO_INIT;
  wc_string text = {NULL, 0};
  int64_t i64 = 0;
  double f64 = 0;
  char buffer[64];
  size_t needed = 0;
  EXPECT_STATUS(wc_model_get_info(NULL, &info), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_get_info(model, NULL), INVALID_ARGUMENT);
  EXPECT_OK(wc_model_get_info(model, &info));
  EXPECT(info.n_layers > 0 && info.n_params > 1000000 && info.bytes_per_token > 0);
  EXPECT(info.architecture.size == 5 && memcmp(info.architecture.data, "llama", 5) == 0);
  EXPECT(info.file_type.size == 4 && memcmp(info.file_type.data, "Q8_0", 4) == 0);

  EXPECT(wc_model_metadata_count(NULL) == 0);
  EXPECT(wc_model_metadata_count(model) > 10);
  EXPECT_OK(wc_model_metadata_key(model, 0, &text));
  EXPECT(text.size > 0);
  EXPECT_STATUS(wc_model_metadata_key(model, wc_model_metadata_count(model), &text), NOT_FOUND);
  EXPECT_STATUS(wc_model_metadata_key(model, 0, NULL), INVALID_ARGUMENT);
  EXPECT_OK(wc_model_metadata_string(model, kName, strlen(kName), &text));
  EXPECT_STATUS(wc_model_metadata_string(model, "no.key", 6, &text), NOT_FOUND);
  EXPECT_STATUS(wc_model_metadata_string(model, NULL, 6, &text), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_metadata_string(model, "llama.block_count", 17, &text), WRONG_KEY_TYPE);
  EXPECT_OK(wc_model_metadata_i64(model, "llama.block_count", 17, &i64));
  EXPECT(i64 == (int64_t)info.n_layers);
  EXPECT_STATUS(wc_model_metadata_i64(model, kName, strlen(kName), &i64), WRONG_KEY_TYPE);
  EXPECT_STATUS(wc_model_metadata_i64(model, "llama.block_count", 17, NULL), INVALID_ARGUMENT);
  EXPECT_OK(wc_model_metadata_f64(model, "llama.attention.layer_norm_rms_epsilon", 38, &f64));
  EXPECT(f64 > 0 && f64 < 1);
  EXPECT_STATUS(wc_model_metadata_f64(model, kName, strlen(kName), &f64), WRONG_KEY_TYPE);
  EXPECT_STATUS(wc_model_metadata_f64(NULL, kName, strlen(kName), &f64), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_metadata_json(model, kName, strlen(kName), NULL, 0, &needed), BUFFER_TOO_SMALL);
  EXPECT(needed == 7);
  EXPECT_OK(wc_model_metadata_json(model, kName, strlen(kName), buffer, sizeof buffer, &needed));
  EXPECT(memcmp(buffer, "\"llama\"", 7) == 0);
  EXPECT_STATUS(wc_model_metadata_json(model, kName, strlen(kName), NULL, 9, &needed), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_metadata_json(model, kName, strlen(kName), buffer, 9, NULL), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_model_chat_template(model, "no such", 7, &text), NOT_FOUND);
  EXPECT_STATUS(wc_model_chat_template(model, NULL, 0, NULL), INVALID_ARGUMENT);
  wc_model_destroy(NULL);
}

/* The caller frees what comes back. */
static unsigned char* read_model(size_t* size) {
  FILE* file = fopen(MODEL, "rb");
  unsigned char* bytes = NULL;
  if (!EXPECT(file != NULL)) return NULL;
  if (EXPECT(fseek(file, 0, SEEK_END) == 0)) {
    *size = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(*size);
    EXPECT(bytes != NULL && fread(bytes, 1, *size, file) == *size);
  }
  fclose(file);
  return bytes;
}

static void run_loader(wc_context* context) {
  wc_loader* loader = NULL;
  wc_model* model = NULL;
  wc_progress progress;
  size_t size = 0, needed = 0;
  unsigned char* bytes = read_model(&size);
  if (bytes == NULL) return;
  EXPECT_STATUS(wc_loader_create(NULL, NULL, &loader), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_loader_create(context, NULL, NULL), INVALID_ARGUMENT);
  EXPECT_OK(wc_loader_create(context, NULL, &loader));
  EXPECT_STATUS(wc_loader_feed(NULL, bytes, 1), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_loader_feed(loader, NULL, 1), INVALID_ARGUMENT);
  EXPECT_OK(wc_loader_feed(loader, bytes, 100));
  EXPECT_STATUS(wc_loader_inspect(loader, 0, NULL, 0, &needed), INVALID_STATE);
  EXPECT_OK(wc_loader_feed(loader, bytes + 100, size / 2 - 100));
  EXPECT_OK(wc_loader_progress(loader, &progress));
  EXPECT(progress.tensors_total > 0 && progress.bytes_done > 0);
  EXPECT_STATUS(wc_loader_progress(loader, NULL), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_loader_inspect(loader, 0, NULL, 0, &needed), BUFFER_TOO_SMALL);
  EXPECT(needed > 1000);
  EXPECT_STATUS(wc_loader_inspect(NULL, 0, NULL, 0, &needed), INVALID_ARGUMENT);
  EXPECT_OK(wc_loader_feed(loader, bytes + size / 2, size - size / 2));
  EXPECT_STATUS(wc_loader_finish(loader, NULL), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_loader_finish(NULL, &model), INVALID_ARGUMENT);
  EXPECT_OK(wc_loader_finish(loader, &model));
  EXPECT_STATUS(wc_loader_finish(loader, &model), INVALID_STATE);
  EXPECT_STATUS(wc_loader_feed(loader, bytes, 1), INVALID_STATE);
  EXPECT_STATUS(wc_loader_next_file(loader, 0), INVALID_STATE);
  wc_loader_destroy(loader);
  wc_model_destroy(model);

  EXPECT_OK(wc_loader_create(context, NULL, &loader));
  EXPECT_OK(wc_loader_feed(loader, bytes, size / 2));
  EXPECT_STATUS(wc_loader_finish(loader, &model), TRUNCATED);
  EXPECT_STATUS(wc_loader_feed(loader, bytes + size / 2, 1), TRUNCATED);
  wc_loader_destroy(loader);

  EXPECT_OK(wc_loader_create(context, NULL, &loader));
  EXPECT_STATUS(wc_loader_feed(loader, "not a model, by far", 19), BAD_MAGIC);
  EXPECT_STATUS(wc_loader_finish(loader, &model), BAD_MAGIC);
  EXPECT_STATUS(wc_loader_inspect(loader, 0, NULL, 0, &needed), BAD_MAGIC);
  EXPECT_STATUS(wc_loader_next_file(NULL, 0), INVALID_ARGUMENT);
  wc_loader_destroy(loader);
  wc_loader_destroy(NULL);
  free(bytes);
}

static void run_inspect(wc_context* context) {
  char* buffer;
  size_t needed = 0;
  EXPECT_STATUS(wc_inspect_file(NULL, MODEL, strlen(MODEL), 0, NULL, 0, &needed), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_inspect_file(context, MODEL, strlen(MODEL), 0, NULL, 0, NULL), INVALID_ARGUMENT);
  EXPECT_STATUS(wc_inspect_file(context, "no/such/file", 12, 0, NULL, 0, &needed), IO);
  EXPECT_STATUS(wc_inspect_file(context, MODEL, strlen(MODEL), 0, NULL, 0, &needed), BUFFER_TOO_SMALL);
  buffer = malloc(needed);
  if (!EXPECT(buffer != NULL)) return;
  EXPECT_STATUS(wc_inspect_file(context, MODEL, strlen(MODEL), 0, buffer, needed - 1, &needed), BUFFER_TOO_SMALL);
  EXPECT_OK(wc_inspect_file(context, MODEL, strlen(MODEL), 0, buffer, needed, &needed));
  EXPECT(buffer[0] == '{' && buffer[needed - 1] == '}');
  free(buffer);
}

int main(void) {
  wc_context* context = NULL;
  wc_model* model;
  run_version();
  run_context_create();
  if (!EXPECT_OK(wc_context_create(NULL, &context))) return 1;
  EXPECT(strcmp(wc_last_error(context), "") == 0);
  EXPECT(strcmp(wc_last_error(NULL), "") == 0);
  run_context_configure(context);
  model = run_load_file(context);
  run_vocab_only(context);
  if (EXPECT(model != NULL)) {
    run_model(model);
    run_tokenizer(context, model);
    run_chat(context, model);
    run_session(context, model);
  }
  run_sampler(context);
  run_loader(context);
  run_inspect(context);
  wc_model_destroy(model);
  wc_context_destroy(context);
  printf("%d failures\n", failures);
  return failures != 0;
}
