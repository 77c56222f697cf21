/* Loads a model, reads a prompt, writes what follows: hello MODEL.gguf "Once upon a time" */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wasmchord/wasmchord.h>

static wc_context* context;

static void check(wc_status status) {
  if (status == WC_STATUS_OK) return;
  fprintf(stderr, "hello: %s: %s\n", wc_status_name(status), wc_last_error(context));
  exit(1);
}

int main(int argc, char** argv) {
  wc_model* model;
  wc_session* session;
  wc_generate_options options = WC_GENERATE_OPTIONS_INIT;
  wc_step step = WC_STEP_INIT;
  wc_status status;
  const wc_tokenizer* tokenizer;
  int32_t* ids;
  size_t n;

  if (argc != 3) {
    fprintf(stderr, "usage: hello MODEL.gguf PROMPT\n");
    return 2;
  }
  check(wc_context_create(NULL, &context));
  check(wc_model_load_file(context, argv[1], strlen(argv[1]), NULL, &model));
  check(wc_session_create(model, NULL, &session));

  /* No prompt has more tokens than bytes, but for BOS and EOS. */
  tokenizer = wc_model_tokenizer(model);
  n = strlen(argv[2]) + 2;
  ids = malloc(n * sizeof *ids);
  if (ids == NULL) return 1;
  check(wc_tokenizer_encode(tokenizer, argv[2], strlen(argv[2]), WC_ENCODE_ADD_SPECIAL, ids, n, &n));
  check(wc_session_prefill(session, ids, n));
  free(ids);

  options.max_tokens = 100;
  check(wc_session_generate(session, &options));
  printf("%s", argv[2]);
  do {
    status = wc_session_step(session, &step);
    if (status != WC_STATUS_END) check(status);
    fwrite(step.text.data, 1, step.text.size, stdout);
    fflush(stdout);
  } while (status == WC_STATUS_OK);
  printf("\n");

  wc_session_destroy(session);
  wc_model_destroy(model);
  wc_context_destroy(context);
  return 0;
}
