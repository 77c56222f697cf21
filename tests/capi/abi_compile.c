/* The C header alone, in every language standard it promises: all macros expand, all types are complete. */
#include <wasmchord/wasmchord.h>

#ifdef __cplusplus
#define WC_SAME_SIZE(a, b) static_assert(sizeof(a) == sizeof(b), "")
#else
#define WC_SAME_SIZE(a, b) _Static_assert(sizeof(a) == sizeof(b), "")
#endif

/* Enumerations cross the door as 32-bit numbers. */
WC_SAME_SIZE(wc_status, int32_t);
WC_SAME_SIZE(wc_log_level, int32_t);
WC_SAME_SIZE(wc_special_token, int32_t);
WC_SAME_SIZE(wc_kv_type, int32_t);
WC_SAME_SIZE(wc_end_reason, int32_t);

size_t wc_test_inits(void);

size_t wc_test_inits(void) {
  const wc_context_options context = WC_CONTEXT_OPTIONS_INIT;
  const wc_memory_report memory = WC_MEMORY_REPORT_INIT;
  const wc_load_options load = WC_LOAD_OPTIONS_INIT;
  const wc_model_info model = WC_MODEL_INFO_INIT;
  const wc_session_options session = WC_SESSION_OPTIONS_INIT;
  const wc_generate_options generate = WC_GENERATE_OPTIONS_INIT;
  const wc_step step = WC_STEP_INIT;
  const wc_chat_request chat = WC_CHAT_REQUEST_INIT;
  const wc_session_info info = WC_SESSION_INFO_INIT;
  const wc_progress progress = {0, 0, 0, 0};
  const wc_sampler_param param = {"k", 40.0};
  return context.struct_size + memory.struct_size + load.struct_size + model.struct_size + session.struct_size +
         generate.struct_size + step.struct_size + chat.struct_size + info.struct_size + (size_t)progress.tensors_done +
         (size_t)param.value;
}
