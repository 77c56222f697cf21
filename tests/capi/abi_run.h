/* What the parts of abi_run share: checks that go on after a failure, and the model under test. */
#ifndef WASMCHORD_TESTS_CAPI_ABI_RUN_H_
#define WASMCHORD_TESTS_CAPI_ABI_RUN_H_

#include <string.h>
#include <wasmchord/wasmchord.h>

#define MODEL WC_TEST_DATA_DIR "/models/tales-1m-q8_0.gguf"

#define EXPECT(condition) expect((condition) != 0, #condition, __FILE__, __LINE__)
#define EXPECT_STATUS(call, status) expect_status((call), WC_STATUS_##status, #call, __FILE__, __LINE__)
#define EXPECT_OK(call) EXPECT_STATUS(call, OK)

/* Each counts and prints a failure; `ok` comes back. */
int expect(int ok, const char* text, const char* file, int line);
int expect_status(wc_status got, wc_status wanted, const char* text, const char* file, int line);

void run_tokenizer(const wc_context* context, const wc_model* model);
void run_chat(const wc_context* context, const wc_model* model);
void run_sampler(wc_context* context);
void run_session(wc_context* context, wc_model* model);

#endif /* WASMCHORD_TESTS_CAPI_ABI_RUN_H_ */
