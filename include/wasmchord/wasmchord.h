/* wasmchord: run language models inside your program. The stable C ABI and the library's only door.
 *
 * Reading order: context (configuration) -> loader or wc_model_load_file -> model -> tokenizer -> session -> step.
 * A whole program is about 40 lines: see examples/hello.c.
 *
 * Conventions, for every function unless it says otherwise:
 *  1. Handles are opaque. What a `_create`, `_load_` or `_finish` gives belongs to the caller and goes back through
 * `_destroy`, which accepts NULL. Destroy sessions before their model, models and samplers before their context.
 *  2. Fallible functions return a wc_status; outputs are written only on WC_STATUS_OK (exceptions are named). The text
 * that explains a failure is wc_last_error(context).
 *  3. Text goes in as (pointer, length in bytes) and comes out as UTF-8. Nothing needs or gets a terminating NUL except
 * where "C string" is said.
 *  4. Functions that fill a caller's buffer take its capacity and report the needed size through a size_t*; a capacity
 * of 0 (with a NULL buffer) asks for the size. Too small a buffer is WC_STATUS_BUFFER_TOO_SMALL, with the needed size
 * still reported.
 *  5. Option structs begin with `struct_size`; initialise them with their WC_..._INIT macro. Fields are only ever
 * appended.
 *  6. Different handles may be used from different threads at once, also two sessions of one model. One session, loader
 * or sampler serves one thread at a time; contexts, models and tokenizers are shared freely. wc_session_cancel alone
 * may be called from any thread at any time.
 *  7. The library keeps no global state, prints nothing, never aborts, and lets no exception out. A NULL handle where
 * one is needed is WC_STATUS_INVALID_ARGUMENT.
 */
#ifndef WASMCHORD_WASMCHORD_H_
#define WASMCHORD_WASMCHORD_H_

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define WC_API
#else
#define WC_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ version */

#define WC_VERSION_MAJOR 0
#define WC_VERSION_MINOR 1
#define WC_VERSION_PATCH 0
/* Grows by one with every change that an old caller could notice. */
#define WC_ABI_VERSION 1u

/* "0.1.0", a C string that lives as long as the program. */
WC_API const char* wc_version(void);
/* The WC_ABI_VERSION that the library was built with; compare it with the header's. */
WC_API uint32_t wc_abi_version(void);

/* ------------------------------------------------------------------- status */

/* Pinned in themed tens, append-only. */
typedef enum wc_status {
  WC_STATUS_OK = 0,
  WC_STATUS_PENDING = 1, /* the result is not there yet; call again (GPU read-back) */
  WC_STATUS_END = 2,     /* generation has ended; not an error */

  WC_STATUS_INVALID_ARGUMENT = 10, /* NULL, out of range, or not UTF-8 where text is asked for */
  WC_STATUS_INVALID_STATE = 11,    /* the call does not fit what was called before */
  WC_STATUS_BUFFER_TOO_SMALL = 12,
  WC_STATUS_NOT_FOUND = 13, /* no metadata key, sampler, or tensor of that name */
  WC_STATUS_UNKNOWN_OPTION = 14,
  WC_STATUS_CANCELLED = 15,

  WC_STATUS_IO = 20,
  WC_STATUS_OUT_OF_MEMORY = 21,
  WC_STATUS_MEMORY_LIMIT = 22, /* max_memory_bytes would be passed */
  WC_STATUS_ISA_UNAVAILABLE = 23,
  WC_STATUS_BACKEND_UNAVAILABLE = 24,

  WC_STATUS_BAD_MAGIC = 30, /* not a GGUF file */
  WC_STATUS_UNSUPPORTED_VERSION = 31,
  WC_STATUS_TRUNCATED = 32,
  WC_STATUS_BAD_COUNT = 33,
  WC_STATUS_BAD_STRING = 34,
  WC_STATUS_BAD_VALUE_TYPE = 35,
  WC_STATUS_BAD_NESTING = 36,
  WC_STATUS_DUPLICATE_KEY = 37,
  WC_STATUS_BAD_ALIGNMENT = 38,
  WC_STATUS_BAD_SPLIT = 39,

  WC_STATUS_BAD_TENSOR_NAME = 40,
  WC_STATUS_BAD_DIMENSIONS = 41,
  WC_STATUS_BAD_OFFSET = 42,
  WC_STATUS_TENSOR_OVERLAP = 43,
  WC_STATUS_DUPLICATE_TENSOR = 44,
  WC_STATUS_UNKNOWN_TENSOR_TYPE = 45,

  WC_STATUS_MISSING_KEY = 50,
  WC_STATUS_WRONG_KEY_TYPE = 51,
  WC_STATUS_BAD_KEY_VALUE = 52,
  WC_STATUS_MISSING_TENSOR = 53,
  WC_STATUS_BAD_TENSOR_SHAPE = 54,
  WC_STATUS_UNSUPPORTED_ARCHITECTURE = 55,
  WC_STATUS_UNSUPPORTED_FEATURE = 56,
  WC_STATUS_UNSUPPORTED_TENSOR_TYPE = 57,
  WC_STATUS_NON_FINITE_WEIGHTS = 58,

  WC_STATUS_UNSUPPORTED_TOKENIZER = 60,
  WC_STATUS_BAD_VOCABULARY = 61,

  WC_STATUS_CONTEXT_FULL = 70, /* no position left in the session's context */
  WC_STATUS_BAD_TOKEN = 71,    /* a token id outside the vocabulary */
  WC_STATUS_BAD_LOGITS = 72,   /* NaN or infinite logits */

  WC_STATUS_INTERNAL = 90,
  WC_STATUS_FORCE32 = 0x7FFFFFFF
} wc_status;

/* "WC_STATUS_TRUNCATED"; a C string that lives as long as the program; "WC_STATUS_UNKNOWN" for a number not listed. */
WC_API const char* wc_status_name(wc_status status);

/* Bytes that belong to the object they came from. */
typedef struct wc_string {
  const char* data;
  size_t size;
} wc_string;

/* ------------------------------------------------------------------ context */

typedef struct wc_context wc_context;

/* Large blocks (weights, KV cache, activations) come from here. `alloc` returns NULL when it has no memory; `free` gets
 * the size that was asked for. Both may be called from any thread. alloc == NULL: the C++ heap. */
typedef struct wc_allocator {
  void* (*alloc)(void* user, size_t bytes, size_t alignment);
  void (*free)(void* user, void* ptr, size_t bytes);
  void* user;
} wc_allocator;

typedef enum wc_log_level {
  WC_LOG_DEBUG = 0,
  WC_LOG_INFO = 1,
  WC_LOG_WARNING = 2,
  WC_LOG_ERROR = 3,
  WC_LOG_FORCE32 = 0x7FFFFFFF
} wc_log_level;

/* `text` (UTF-8, `size` bytes) is valid during the call. May be called from any thread that is inside the library. */
typedef void (*wc_log_fn)(void* user, wc_log_level level, const char* text, size_t size);

/* Runs task(task_data, i) once for each i in [0, n), all of them concurrently (they wait for one another), and returns
 * when all have returned. run == NULL: the library's own threads, which sleep when idle. */
typedef struct wc_thread_runner {
  void (*run)(void* user, uint32_t n, void (*task)(void* task_data, uint32_t index), void* task_data);
  void* user;
} wc_thread_runner;

typedef struct wc_context_options {
  uint32_t struct_size;
  uint32_t num_threads;      /* 0: as many as the process may run at once; at most 256 */
  uint64_t max_memory_bytes; /* cap on what the allocator hands out for everything made from this context; 0: none */
  uint32_t deterministic;    /* 1: logits must be bit-identical on every instruction set */
  uint32_t gpu_enabled;      /* 1: use a GPU backend where this build has one and it works; this build has none */
  const char* isa;           /* C string, "scalar" or "avx2"; NULL: the environment's WC_FORCE_ISA, else the best one */
  wc_allocator allocator;
  wc_log_fn log; /* NULL: silent */
  void* log_user;
  wc_thread_runner runner;
} wc_context_options;

#define WC_CONTEXT_OPTIONS_INIT                                                                                \
  {                                                                                                            \
    (uint32_t)sizeof(wc_context_options), 0u, 0u, 0u, 0u, NULL, {NULL, NULL, NULL}, NULL, NULL, { NULL, NULL } \
  }

/* Creates a context. `options` may be NULL (defaults). On failure there is no handle to ask: the status says it all.
 * Errors: INVALID_ARGUMENT, ISA_UNAVAILABLE, OUT_OF_MEMORY. */
WC_API wc_status wc_context_create(const wc_context_options* options, wc_context** out);
WC_API void wc_context_destroy(wc_context* context);

/* Changes the configuration from a JSON object with any of the keys "max_memory_bytes", "deterministic", "gpu_enabled",
 * "num_threads", "isa". All or nothing. Errors: INVALID_ARGUMENT (not JSON, wrong type, out of range; the message names
 * the key), UNKNOWN_OPTION (an unknown key), ISA_UNAVAILABLE, INVALID_STATE once a loader, model or session was made
 * from the context. Not thread-safe. */
WC_API wc_status wc_context_configure(wc_context* context, const char* json, size_t json_size);

/* The message of the last failing call that the calling thread made with this context or with anything made from it; ""
 * if none. A C string, valid until that thread's next failing call. */
WC_API const char* wc_last_error(const wc_context* context);

/* The instruction set that runs: "avx2", "scalar"; a C string that lives as long as the program. */
WC_API const char* wc_context_isa(const wc_context* context);

/* Bytes. Mapped files are not counted as allocated. */
typedef struct wc_memory_report {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t live_bytes;  /* handed out by the allocator now */
  uint64_t peak_bytes;  /* the most at any time */
  uint64_t limit_bytes; /* max_memory_bytes; 0: none */
} wc_memory_report;
#define WC_MEMORY_REPORT_INIT \
  { (uint32_t)sizeof(wc_memory_report), 0u, 0u, 0u, 0u }

WC_API wc_status wc_context_memory(const wc_context* context, wc_memory_report* out);

/* ------------------------------------------------------------------ loading */

typedef struct wc_model wc_model;
typedef struct wc_loader wc_loader;

typedef struct wc_progress {
  uint64_t bytes_done;
  uint64_t bytes_total; /* 0 while unknown */
  uint32_t tensors_done;
  uint32_t tensors_total; /* 0 until the header has been read */
} wc_progress;

/* Returns 0 to go on; anything else ends the load with WC_STATUS_CANCELLED. */
typedef int (*wc_progress_fn)(void* user, const wc_progress* progress);

/* Bits of wc_load_options.flags. */
#define WC_LOAD_VOCAB_ONLY 1u /* tokenizer and metadata; no tensor is read; sessions cannot be made */
#define WC_LOAD_TRUST_WEIGHTS \
  2u /* skip the scan for NaN and infinite scales; an mmapped file is then paged in on demand */

typedef struct wc_load_options {
  uint32_t struct_size;
  uint32_t flags;
  uint64_t total_bytes; /* push loader: length of the (first) file if known, else 0 */
  wc_progress_fn progress;
  void* progress_user;
} wc_load_options;
#define WC_LOAD_OPTIONS_INIT \
  { (uint32_t)sizeof(wc_load_options), 0u, 0u, NULL, NULL }

/* Maps a GGUF file (of a split model: the first of its files; the others are found beside it) and gives a model.
 * Weights stay in the mapped file. Errors: IO and every status of the 30s to 60s; the message names the key or tensor.
 */
WC_API wc_status wc_model_load_file(wc_context* context, const char* path, size_t path_size,
                                    const wc_load_options* options, wc_model** out);

/* The push loader: feed the bytes of a GGUF file in order, in pieces of any size. `options` may be NULL. */
WC_API wc_status wc_loader_create(wc_context* context, const wc_load_options* options, wc_loader** out);
/* Takes all of `bytes`. After a failure every further call gives the same status. Same errors as wc_model_load_file. */
WC_API wc_status wc_loader_feed(wc_loader* loader, const void* bytes, size_t size);
/* Split models: the next byte fed is the first of the next file. `total_bytes` as in wc_load_options. */
WC_API wc_status wc_loader_next_file(wc_loader* loader, uint64_t total_bytes);
WC_API wc_status wc_loader_progress(const wc_loader* loader, wc_progress* out);
/* Ends the feed and gives the model; the loader can then only be destroyed. Errors: TRUNCATED and those of feed. */
WC_API wc_status wc_loader_finish(wc_loader* loader, wc_model** out);
WC_API void wc_loader_destroy(wc_loader* loader);

/* Describes a well-formed GGUF file without loading it, whether or not this library can run it, as a JSON object:
 * {"version","big_endian","alignment","file_bytes","architecture","name","parameters","metadata":{key: value, ...},
 *  "tensors":[{"name","type","shape":[...],"offset","bytes","split"}, ...], "types":{"Q4_0":{"tensors","bytes"}, ...},
 *  "runnable":bool, "unsupported":[text, ...],
 * "memory":{"n_ctx","weights_bytes","kv_bytes","activation_bytes","total_bytes"} or null} Arrays longer than 64
 * elements are given as {"type","size","first":[...]}. `n_ctx` 0: the model's own context length. Errors:
 * BUFFER_TOO_SMALL, IO, every status of the 30s and 40s. */
WC_API wc_status wc_inspect_file(wc_context* context, const char* path, size_t path_size, uint32_t n_ctx, char* buffer,
                                 size_t capacity, size_t* needed);
/* The same from the bytes fed so far: a preflight before the weights are fetched. INVALID_STATE until the header is
 * complete. */
WC_API wc_status wc_loader_inspect(wc_loader* loader, uint32_t n_ctx, char* buffer, size_t capacity, size_t* needed);

/* -------------------------------------------------------------------- model */

WC_API void wc_model_destroy(wc_model* model);

typedef struct wc_model_info {
  uint32_t struct_size;
  uint32_t n_layers;
  uint32_t n_embd;
  uint32_t n_heads;
  uint32_t n_kv_heads;
  uint32_t n_ctx_train; /* context length that the file names */
  uint32_t n_vocab;
  uint32_t n_experts;       /* 0: a dense model */
  uint64_t n_params;        /* elements of all tensors */
  uint64_t weights_bytes;   /* bytes of all tensors that the model uses */
  uint64_t bytes_per_token; /* weight bytes read to decode one token */
  wc_string architecture;   /* "llama"; owned by the model, as the next two */
  wc_string name;           /* general.name or "" */
  wc_string file_type;      /* the type of most weight bytes, for example "Q4_0" */
} wc_model_info;
#define WC_MODEL_INFO_INIT                                                                                     \
  {                                                                                                            \
    (uint32_t)sizeof(wc_model_info), 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, {NULL, 0}, {NULL, 0}, { NULL, 0 } \
  }

WC_API wc_status wc_model_get_info(const wc_model* model, wc_model_info* out);

/* Metadata of the file, in its order. Keys and strings belong to the model. Errors: NOT_FOUND (no such key or index),
 * WRONG_KEY_TYPE (another type than asked for; any integer type serves for _i64, any number for _f64). */
WC_API size_t wc_model_metadata_count(const wc_model* model);
WC_API wc_status wc_model_metadata_key(const wc_model* model, size_t index, wc_string* key);
WC_API wc_status wc_model_metadata_string(const wc_model* model, const char* key, size_t key_size, wc_string* out);
WC_API wc_status wc_model_metadata_i64(const wc_model* model, const char* key, size_t key_size, int64_t* out);
WC_API wc_status wc_model_metadata_f64(const wc_model* model, const char* key, size_t key_size, double* out);
/* Any value, arrays included, as JSON. */
WC_API wc_status wc_model_metadata_json(const wc_model* model, const char* key, size_t key_size, char* buffer,
                                        size_t capacity, size_t* needed);
/* The file's chat template (Jinja text); `name` NULL or empty: the default one. NOT_FOUND where it has none. */
WC_API wc_status wc_model_chat_template(const wc_model* model, const char* name, size_t name_size, wc_string* out);

/* ---------------------------------------------------------------- tokenizer */

typedef struct wc_tokenizer wc_tokenizer;

/* Belongs to the model; never NULL for a model that loaded. */
WC_API const wc_tokenizer* wc_model_tokenizer(const wc_model* model);

/* Bits of the flags of encode and decode. */
#define WC_ENCODE_ADD_SPECIAL 1u /* add BOS and EOS by the file's own rule */
#define WC_ENCODE_PARSE_SPECIAL \
  2u                         /* control tokens spelled out in the text become their ids; otherwise they stay text */
#define WC_DECODE_SPECIAL 1u /* write control tokens as their text; otherwise they give nothing */

/* Any bytes. Errors: BUFFER_TOO_SMALL with *n = ids needed, BAD_VOCABULARY where a byte has no token. */
WC_API wc_status wc_tokenizer_encode(const wc_tokenizer* tokenizer, const char* text, size_t text_size, uint32_t flags,
                                     int32_t* ids, size_t capacity, size_t* n);
/* Bytes of a whole sequence; may end inside a UTF-8 sequence if the ids do. Errors: BUFFER_TOO_SMALL, BAD_TOKEN. */
WC_API wc_status wc_tokenizer_decode(const wc_tokenizer* tokenizer, const int32_t* ids, size_t n, uint32_t flags,
                                     char* buffer, size_t capacity, size_t* needed);
WC_API uint32_t wc_tokenizer_vocab_size(const wc_tokenizer* tokenizer);
/* The vocabulary entry as stored in the file, its token type (the file format's number, 1 normal … 6 byte) and score;
 * any output may be NULL. BAD_TOKEN. */
WC_API wc_status wc_tokenizer_token(const wc_tokenizer* tokenizer, int32_t id, wc_string* piece, int32_t* type,
                                    float* score);

typedef enum wc_special_token {
  WC_TOKEN_BOS = 0,
  WC_TOKEN_EOS = 1,
  WC_TOKEN_EOT = 2,
  WC_TOKEN_UNK = 3,
  WC_TOKEN_SEP = 4,
  WC_TOKEN_PAD = 5,
  WC_TOKEN_FORCE32 = 0x7FFFFFFF
} wc_special_token;
/* The id, or -1 where the vocabulary has none. */
WC_API int32_t wc_tokenizer_special(const wc_tokenizer* tokenizer, wc_special_token which);
/* 1 for every token that ends a turn in this file (EOS, EOT and their kin), else 0. */
WC_API int32_t wc_tokenizer_is_end(const wc_tokenizer* tokenizer, int32_t id);

/* ----------------------------------------------------------------- samplers */

typedef struct wc_sampler wc_sampler;

typedef struct wc_sampler_param {
  const char* key; /* C string */
  double value;
} wc_sampler_param;

/* An empty chain; it chooses the most likely token. */
WC_API wc_status wc_sampler_create(wc_context* context, wc_sampler** out);
WC_API void wc_sampler_destroy(wc_sampler* sampler);
/* Appends a member, applied in the order of adding (`name`: a C string):
 *   "penalties" {last_n, repeat, frequency, presence} · "logit_bias" {token, bias, token, bias, ...} · "top_k" {k} ·
 * "top_p" {p, min_keep} · "min_p" {p, min_keep} · "typical" {p, min_keep} · "temperature" {t} · "greedy" {} · "dist"
 * {seed} Errors: NOT_FOUND (no such sampler), UNKNOWN_OPTION (no such key), INVALID_ARGUMENT (value out of range). */
WC_API wc_status wc_sampler_add(wc_sampler* sampler, const char* name, const wc_sampler_param* params, size_t n_params);
/* Names that wc_sampler_add knows: C strings; NULL past the end. */
WC_API const char* wc_sampler_name(size_t index);
/* Chooses from `n` logits. Does not count the choice as accepted. BAD_LOGITS where one is NaN or +infinity. */
WC_API wc_status wc_sampler_sample(wc_sampler* sampler, const float* logits, size_t n, int32_t* id);
/* Tells the chain (its penalties) that a token entered the text. */
WC_API wc_status wc_sampler_accept(wc_sampler* sampler, int32_t id);
/* Forgets accepted tokens and restarts the random stream at its seed. */
WC_API wc_status wc_sampler_reset(wc_sampler* sampler);

/* ----------------------------------------------------------------- sessions */

typedef struct wc_session wc_session;

typedef enum wc_kv_type { WC_KV_F32 = 0, WC_KV_F16 = 1, WC_KV_FORCE32 = 0x7FFFFFFF } wc_kv_type;

typedef struct wc_session_options {
  uint32_t struct_size;
  uint32_t n_ctx;       /* positions; 0: the model's context length, at most 4096 */
  uint32_t n_batch;     /* tokens that logits are kept for at once during prefill; 0: 512 */
  uint32_t n_ubatch;    /* tokens computed at once: cancellation is seen between two; 0: 128 */
  wc_kv_type kv_type;   /* WC_KV_F16 by default */
  uint32_t num_threads; /* 0: the context's */
} wc_session_options;
#define WC_SESSION_OPTIONS_INIT \
  { (uint32_t)sizeof(wc_session_options), 0u, 0u, 0u, WC_KV_F16, 0u }

/* Allocates KV cache and activations; nothing is allocated later while tokens are decoded. `options` may be NULL.
 * Errors: INVALID_ARGUMENT, MEMORY_LIMIT, OUT_OF_MEMORY, INVALID_STATE (vocabulary-only model). */
WC_API wc_status wc_session_create(wc_model* model, const wc_session_options* options, wc_session** out);
WC_API void wc_session_destroy(wc_session* session);

/* Appends tokens to the context and computes them, `n_ubatch` at a time. A token that step() gave out last and that is
 * not computed yet goes in front. Errors: CONTEXT_FULL (nothing was appended), BAD_TOKEN (likewise), CANCELLED (the
 * micro-batches before it stay), BAD_LOGITS. */
WC_API wc_status wc_session_prefill(wc_session* session, const int32_t* ids, size_t n);
/* As prefill, and writes the logits of ids[first .. n-1] to `logits`, [n - first, n_vocab] floats of the caller's. */
WC_API wc_status wc_session_eval(wc_session* session, const int32_t* ids, size_t n, size_t first, float* logits);
/* The logits after the last computed token, n_vocab floats, valid until the next call on this session. INVALID_STATE
 * before any. */
WC_API wc_status wc_session_logits(wc_session* session, const float** logits, size_t* n);

typedef struct wc_generate_options {
  uint32_t struct_size;
  uint32_t max_tokens;   /* 0: until the context is full */
  uint32_t ignore_end;   /* 1: end-of-generation tokens do not stop */
  uint32_t emit_special; /* 1: control tokens appear in the text */
  wc_sampler* sampler;   /* must outlive the generation; NULL: the most likely token */
  const wc_string* stop; /* stop strings; copied */
  size_t n_stop;
} wc_generate_options;
#define WC_GENERATE_OPTIONS_INIT \
  { (uint32_t)sizeof(wc_generate_options), 0u, 0u, 0u, NULL, NULL, 0 }

/* Starts a generation after a prefill. `options` may be NULL. INVALID_STATE before any token was computed. */
WC_API wc_status wc_session_generate(wc_session* session, const wc_generate_options* options);

typedef enum wc_end_reason {
  WC_END_NONE = 0,
  WC_END_TOKEN = 1,  /* the model ended its turn */
  WC_END_STOP = 2,   /* a stop string */
  WC_END_LENGTH = 3, /* max_tokens */
  WC_END_FORCE32 = 0x7FFFFFFF
} wc_end_reason;

typedef struct wc_step {
  uint32_t struct_size;
  int32_t token; /* the token chosen; -1 with WC_STATUS_END where none was */
  wc_string
      text; /* valid UTF-8 that became complete with it; may be empty; valid until the next call on this session */
  wc_end_reason end_reason; /* set with WC_STATUS_END */
  uint32_t reserved;
} wc_step;
#define WC_STEP_INIT \
  { (uint32_t)sizeof(wc_step), -1, {NULL, 0}, WC_END_NONE, 0u }

/* One token of the generation. Fills *out on WC_STATUS_OK (go on) and WC_STATUS_END (no more; `text` may hold what had
 * been held back; a stop string and what follows it are never given out). CONTEXT_FULL: no position is left, and `text`
 * holds what had been held back. Other errors: CANCELLED, BAD_LOGITS, INVALID_STATE (no generation under way). */
WC_API wc_status wc_session_step(wc_session* session, wc_step* out);

/* Makes the running prefill, eval or step (or else the next one) end with WC_STATUS_CANCELLED within one micro-batch.
 * From any thread. */
WC_API void wc_session_cancel(wc_session* session);
/* Empties the context; keeps the memory. */
WC_API wc_status wc_session_reset(wc_session* session);
/* Keeps the first `n` positions (n <= wc_session_info.position) and forgets the rest. */
WC_API wc_status wc_session_truncate(wc_session* session, uint32_t n);

typedef struct wc_session_info {
  uint32_t struct_size;
  uint32_t n_ctx;
  uint32_t position; /* tokens computed and kept */
  uint32_t num_threads;
  uint64_t kv_bytes;         /* of the whole cache */
  uint64_t activation_bytes; /* scratch for one micro-batch */
  uint64_t prefill_tokens;   /* totals since creation or reset */
  uint64_t decode_tokens;
  double prefill_seconds;
  double decode_seconds; /* sampling included */
} wc_session_info;
#define WC_SESSION_INFO_INIT \
  { (uint32_t)sizeof(wc_session_info), 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0.0, 0.0 }

WC_API wc_status wc_session_get_info(const wc_session* session, wc_session_info* out);

#ifdef __cplusplus
}
#endif

#endif /* WASMCHORD_WASMCHORD_H_ */
