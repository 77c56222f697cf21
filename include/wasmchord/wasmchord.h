/**
 * @file
 * wasmchord: run language models inside your program. The stable C ABI and the library's only door.
 *
 * Reading order: context (configuration), loader or wc_model_load_file(), model, tokenizer, session, step.
 * A whole program is about 50 lines: see examples/hello.c. C++ programs have wasmchord.hpp.
 *
 * Conventions, for every function unless it says otherwise:
 *  1. Handles are opaque. What a `_create`, `_load_` or `_finish` gives belongs to the caller and goes back through
 *     `_destroy`, which accepts NULL. The order is free: what was made from a handle keeps what it needs of it alive.
 *  2. Fallible functions return a wc_status; outputs are written only on #WC_STATUS_OK (exceptions are named). The text
 *     that explains a failure is wc_last_error(). Besides the errors a function lists, any may give
 *     #WC_STATUS_INVALID_ARGUMENT (a NULL handle or output, a length with a NULL pointer, a wrong `struct_size`, an
 *     unknown flag), #WC_STATUS_OUT_OF_MEMORY and #WC_STATUS_INTERNAL.
 *  3. Text goes in as (pointer, length in bytes) and comes out as UTF-8. Nothing needs or gets a terminating NUL except
 *     where "C string" is said. What goes in is read during the call only.
 *  4. Functions that fill a caller's buffer take its capacity and report the needed size through a `size_t*`; a
 * capacity of 0 (with a NULL buffer) asks for it. Too small a buffer is #WC_STATUS_BUFFER_TOO_SMALL, nothing else is
 * written.
 *  5. Structs begin with `struct_size` (but for those that are passed to callbacks or hold only pointers); initialise
 *     them with their `WC_..._INIT` macro. Fields are only ever appended: programs built with an older header go on
 *     working, as the library reads and writes no more than `struct_size` bytes.
 *  6. Different handles may be used from different threads at once, also two sessions of one model. One session, loader
 *     or sampler serves one thread at a time; contexts, models and tokenizers are shared freely. wc_session_cancel()
 *     alone may be called from any thread at any time.
 *  7. The library keeps no global state, prints nothing, never aborts, and lets no exception out.
 */
#ifndef WASMCHORD_WASMCHORD_H_
#define WASMCHORD_WASMCHORD_H_

#include <stddef.h>
#include <stdint.h>

/** Marks what the library exports. */
#if defined(_WIN32)
#define WC_API
#else
#define WC_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ version */

#define WC_VERSION_MAJOR 0 /**< Of this header, as the next two. */
#define WC_VERSION_MINOR 1 /**< See #WC_VERSION_MAJOR. */
#define WC_VERSION_PATCH 0 /**< See #WC_VERSION_MAJOR. */
/** Grows by one with every change that an old caller could notice. */
#define WC_ABI_VERSION 1u

/** The library's version, "0.1.0": a C string that lives as long as the program. */
WC_API const char* wc_version(void);
/** The #WC_ABI_VERSION that the library was built with; compare it with the header's. */
WC_API uint32_t wc_abi_version(void);

/* ------------------------------------------------------------------- status */

/** What a call came to. Pinned in themed tens, append-only. */
typedef enum wc_status {
  WC_STATUS_OK = 0,      /**< Done. */
  WC_STATUS_PENDING = 1, /**< The result is not there yet; call again (GPU read-back). */
  WC_STATUS_END = 2,     /**< Generation has ended; not an error. */

  WC_STATUS_INVALID_ARGUMENT = 10, /**< NULL, out of range, or not UTF-8 where text is asked for. */
  WC_STATUS_INVALID_STATE = 11,    /**< The call does not fit what was called before. */
  WC_STATUS_BUFFER_TOO_SMALL = 12, /**< The caller's buffer; the needed size has been reported. */
  WC_STATUS_NOT_FOUND = 13,        /**< No metadata key, sampler, or tensor of that name. */
  WC_STATUS_UNKNOWN_OPTION = 14,   /**< No option of that name. */
  WC_STATUS_CANCELLED = 15,        /**< By wc_session_cancel() or a progress callback. */

  WC_STATUS_IO = 20,                  /**< The system could not open, map or read a file. */
  WC_STATUS_OUT_OF_MEMORY = 21,       /**< The allocator or the C++ heap has none. */
  WC_STATUS_MEMORY_LIMIT = 22,        /**< `max_memory_bytes` would be passed. */
  WC_STATUS_ISA_UNAVAILABLE = 23,     /**< The instruction set is not in this build or not in this CPU. */
  WC_STATUS_BACKEND_UNAVAILABLE = 24, /**< The backend is not in this build. */

  WC_STATUS_BAD_MAGIC = 30,           /**< Not a GGUF file. */
  WC_STATUS_UNSUPPORTED_VERSION = 31, /**< A GGUF version other than 1, 2 and 3. */
  WC_STATUS_TRUNCATED = 32,           /**< The file ends before what it promises. */
  WC_STATUS_BAD_COUNT = 33,           /**< A count that no file of this length can hold. */
  WC_STATUS_BAD_STRING = 34,          /**< A string length that no file of this length can hold. */
  WC_STATUS_BAD_VALUE_TYPE = 35,      /**< A metadata type that the format does not assign. */
  WC_STATUS_BAD_NESTING = 36,         /**< Arrays nested too deep. */
  WC_STATUS_DUPLICATE_KEY = 37,       /**< Two metadata entries of one key. */
  WC_STATUS_BAD_ALIGNMENT = 38,       /**< `general.alignment` is not a sensible power of two. */
  WC_STATUS_BAD_SPLIT = 39,           /**< The files of a split model do not fit together. */

  WC_STATUS_BAD_TENSOR_NAME = 40,     /**< Empty or too long. */
  WC_STATUS_BAD_DIMENSIONS = 41,      /**< None, too many, zero, overflowing, or rows that are not whole blocks. */
  WC_STATUS_BAD_OFFSET = 42,          /**< Unaligned or beyond the file. */
  WC_STATUS_TENSOR_OVERLAP = 43,      /**< Two tensors share bytes. */
  WC_STATUS_DUPLICATE_TENSOR = 44,    /**< Two tensors of one name. */
  WC_STATUS_UNKNOWN_TENSOR_TYPE = 45, /**< A type number that the format does not assign. */

  WC_STATUS_MISSING_KEY = 50,              /**< The model needs a metadata key that the file lacks. */
  WC_STATUS_WRONG_KEY_TYPE = 51,           /**< A metadata value of another type than is asked for. */
  WC_STATUS_BAD_KEY_VALUE = 52,            /**< A metadata value out of its range. */
  WC_STATUS_MISSING_TENSOR = 53,           /**< The model needs a tensor that the file lacks. */
  WC_STATUS_BAD_TENSOR_SHAPE = 54,         /**< A tensor whose shape contradicts the metadata. */
  WC_STATUS_UNSUPPORTED_ARCHITECTURE = 55, /**< `general.architecture` is not one this build runs. */
  WC_STATUS_UNSUPPORTED_FEATURE = 56,      /**< The architecture with something this build does not compute. */
  WC_STATUS_UNSUPPORTED_TENSOR_TYPE = 57,  /**< A known type that this build does not compute with. */
  WC_STATUS_NON_FINITE_WEIGHTS = 58,       /**< NaN or infinite numbers among the weights. */

  WC_STATUS_UNSUPPORTED_TOKENIZER = 60, /**< A tokenizer or pre-tokenizer that this build lacks. */
  WC_STATUS_BAD_VOCABULARY = 61,        /**< The vocabulary contradicts itself. */

  WC_STATUS_CONTEXT_FULL = 70, /**< No position is left in the session's context. */
  WC_STATUS_BAD_TOKEN = 71,    /**< A token id outside the vocabulary. */
  WC_STATUS_BAD_LOGITS = 72,   /**< NaN or infinite logits. */

  WC_STATUS_BAD_TEMPLATE = 80,     /**< A chat template that does not compile. */
  WC_STATUS_TEMPLATE_FAILED = 81,  /**< An error in a chat template while it rendered. */
  WC_STATUS_TEMPLATE_REFUSED = 82, /**< A chat template that called `raise_exception`; the message is its own. */
  WC_STATUS_TEMPLATE_LIMIT = 83,   /**< A chat template that takes too many steps, memory, output or recursion. */
  WC_STATUS_INTERNAL = 90,         /**< A fault of the library; please report it with its message. */
  WC_STATUS_FORCE32 = 0x7FFFFFFF   /**< Pins the size of the type; never given. */
} wc_status;

/** "WC_STATUS_TRUNCATED" and so on, "WC_STATUS_UNKNOWN" for a number not listed: a C string that lives for ever. */
WC_API const char* wc_status_name(wc_status status);

/** Bytes that belong to the object they came from. */
typedef struct wc_string {
  const char* data; /**< Not NUL-terminated; may be NULL where `size` is 0. */
  size_t size;      /**< Bytes. */
} wc_string;

/* ------------------------------------------------------------------ context */

/** Configuration, memory accounting and error messages, shared by everything made from it. */
typedef struct wc_context wc_context;

/** Where large blocks (weights, KV cache, activations) come from. Both functions may be called from any thread that is
 * inside the library. `alloc` NULL (then `free` too): the C++ heap. */
typedef struct wc_allocator {
  /** Gives `bytes` bytes aligned to `alignment` (a power of two), or NULL when there is no memory. */
  void* (*alloc)(void* user, size_t bytes, size_t alignment);
  void (*free)(void* user, void* ptr, size_t bytes); /**< Takes back what `alloc` gave for the same `bytes`. */
  void* user;                                        /**< Handed to both. */
} wc_allocator;

/** How much a log line matters. */
typedef enum wc_log_level {
  WC_LOG_DEBUG = 0,           /**< For those who change the library. */
  WC_LOG_INFO = 1,            /**< What was chosen. */
  WC_LOG_WARNING = 2,         /**< Works, but not as one may expect. */
  WC_LOG_ERROR = 3,           /**< Does not work. */
  WC_LOG_FORCE32 = 0x7FFFFFFF /**< Pins the size of the type; never given. */
} wc_log_level;

/** Receives a log line: `text` (UTF-8, `size` bytes) is valid during the call. May be called from any thread that is
 * inside the library; must not call it back. */
typedef void (*wc_log_fn)(void* user, wc_log_level level, const char* text, size_t size);

/** The host's threads. `run` NULL: the library's own, which sleep when idle. */
typedef struct wc_thread_runner {
  /** Runs `task(task_data, i)` once for each i in [0, n), all of them concurrently (they wait for one another), and
   * returns when all have returned. Called from the thread that is inside the library. */
  void (*run)(void* user, uint32_t n, void (*task)(void* task_data, uint32_t index), void* task_data);
  void* user; /**< Handed to `run`. */
} wc_thread_runner;

/** Options of wc_context_create(). Hooks and their `user` must outlive everything made from the context. */
typedef struct wc_context_options {
  uint32_t struct_size;      /**< Set by #WC_CONTEXT_OPTIONS_INIT. */
  uint32_t num_threads;      /**< 0: as many as the process may run at once; at most 256. */
  uint64_t max_memory_bytes; /**< Cap on what the allocator hands out for everything made from this context; 0: none. */
  uint32_t deterministic;    /**< 1: logits must be bit-identical on every instruction set. */
  uint32_t gpu_enabled;      /**< 1: use a GPU backend where this build has one and it works; this build has none. */
  const char* isa;           /**< As wc_context_isa() names it; NULL: the environment's WC_FORCE_ISA, else the best. */
  wc_allocator allocator;    /**< Where large blocks come from. */
  wc_log_fn log;             /**< NULL: silent. */
  void* log_user;            /**< Handed to `log`. */
  wc_thread_runner runner;   /**< The threads that compute. */
} wc_context_options;

/** Defaults. */
#define WC_CONTEXT_OPTIONS_INIT                                                                                \
  {                                                                                                            \
    (uint32_t)sizeof(wc_context_options), 0u, 0u, 0u, 0u, NULL, {NULL, NULL, NULL}, NULL, NULL, { NULL, NULL } \
  }

/** Creates a context. `options` may be NULL (defaults). On failure there is no handle to ask: the status says it all.
 * Errors: INVALID_ARGUMENT, ISA_UNAVAILABLE, OUT_OF_MEMORY. */
WC_API wc_status wc_context_create(const wc_context_options* options, wc_context** out);
/** Destroys a context; what was made from it keeps what it needs of it. Not while another thread is inside a call. */
WC_API void wc_context_destroy(wc_context* context);

/** Changes the configuration from a JSON object (`json_size` bytes of UTF-8) with any of the keys "num_threads" and
 * "max_memory_bytes" (integers), "deterministic" and "gpu_enabled" (true or false), "isa" (a string, or null for the
 * default); meanings and ranges are those of wc_context_options. All or nothing. Not thread-safe. Errors:
 * INVALID_ARGUMENT (not JSON, wrong type, out of range; the message names the key), UNKNOWN_OPTION (an unknown key),
 * ISA_UNAVAILABLE, INVALID_STATE once a loader or model was made from the context. */
WC_API wc_status wc_context_configure(wc_context* context, const char* json, size_t json_size);

/** The message of the last failing call that the calling thread made with this context or with anything made from it;
 * "" if none, or for NULL. A C string that belongs to the context, valid until that thread's next failing call. A
 * context keeps the messages of the 256 threads that failed last; older ones are dropped. */
WC_API const char* wc_last_error(const wc_context* context);

/** The instruction set that runs: "scalar", on x86 also "avx2", on 64-bit Arm "neon", "neon_dotprod", "neon_i8mm"; ""
 * for NULL. A C string that belongs to the context, valid until it is configured or destroyed. */
WC_API const char* wc_context_isa(const wc_context* context);

/** Memory in bytes. Mapped files and small bookkeeping are not counted. */
typedef struct wc_memory_report {
  uint32_t struct_size; /**< Set by #WC_MEMORY_REPORT_INIT. */
  uint32_t reserved;    /**< 0. */
  uint64_t live_bytes;  /**< Handed out by the allocator now. */
  uint64_t peak_bytes;  /**< The most at any time. */
  uint64_t limit_bytes; /**< `max_memory_bytes`; 0: none. */
} wc_memory_report;
/** Nothing yet. */
#define WC_MEMORY_REPORT_INIT \
  { (uint32_t)sizeof(wc_memory_report), 0u, 0u, 0u, 0u }

/** What everything made from the context takes. Fills `*out`. */
WC_API wc_status wc_context_memory(const wc_context* context, wc_memory_report* out);

/* ------------------------------------------------------------------ loading */

/** A loaded model: immutable, shared by sessions and threads. */
typedef struct wc_model wc_model;
/** A model being loaded from bytes as they arrive. */
typedef struct wc_loader wc_loader;

/** How far a load has come. */
typedef struct wc_progress {
  uint64_t bytes_done;    /**< Bytes taken so far, of all files. */
  uint64_t bytes_total;   /**< 0 while unknown. */
  uint32_t tensors_done;  /**< Tensors complete. */
  uint32_t tensors_total; /**< 0 until the header has been read. */
} wc_progress;

/** Hears of progress, in the thread that loads; `progress` is valid during the call. Returns 0 to go on; anything else
 * ends the load with #WC_STATUS_CANCELLED. */
typedef int (*wc_progress_fn)(void* user, const wc_progress* progress);

/** Bit of wc_load_options.flags: tokenizer and metadata only; no tensor is read; sessions cannot be made. */
#define WC_LOAD_VOCAB_ONLY 1u
/** Bit of wc_load_options.flags: skip the scan for NaN and infinite scales; a mapped file is paged in on demand. */
#define WC_LOAD_TRUST_WEIGHTS 2u
/** Bit of wc_load_options.flags: weights keep the file's layout. A mapped file is then computed from as it lies, its
 * pages shared with other processes and, with #WC_LOAD_TRUST_WEIGHTS, read when first needed: the load takes
 * milliseconds. Without it quantised matrices are copied into the CPU's best layout, each once and without its pages of
 * the file staying in memory: generation is faster. The results are the same. */
#define WC_LOAD_FILE_LAYOUT 4u

/** Options of wc_model_load_file() and wc_loader_create(). */
typedef struct wc_load_options {
  uint32_t struct_size;    /**< Set by #WC_LOAD_OPTIONS_INIT. */
  uint32_t flags;          /**< #WC_LOAD_VOCAB_ONLY, #WC_LOAD_TRUST_WEIGHTS, #WC_LOAD_FILE_LAYOUT. */
  uint64_t total_bytes;    /**< Push loader: length of the (first) file if known, else 0. */
  wc_progress_fn progress; /**< NULL: none. */
  void* progress_user;     /**< Handed to `progress`. */
} wc_load_options;
/** Defaults. */
#define WC_LOAD_OPTIONS_INIT \
  { (uint32_t)sizeof(wc_load_options), 0u, 0u, NULL, NULL }

/** Maps a GGUF file (of a split model: the first of its files; the others are found beside it) and gives a model.
 * `path`: `path_size` bytes in the system's encoding, without NUL. `options` may be NULL. Weights may stay in
 * the mapped file, which must not change while the model lives. Errors: IO, MEMORY_LIMIT, CANCELLED and every status of
 * the 30s to 60s; the message names the key or tensor. */
WC_API wc_status wc_model_load_file(wc_context* context, const char* path, size_t path_size,
                                    const wc_load_options* options, wc_model** out);

/** Starts a push load: feed the bytes of a GGUF file in order, in pieces of any size. `options` may be NULL. */
WC_API wc_status wc_loader_create(wc_context* context, const wc_load_options* options, wc_loader** out);
/** Takes all of `bytes` (`size` of them; copied where they are needed). After a failure every further feed, next_file
 * and finish gives the same status. Errors: those of wc_model_load_file() but IO; INVALID_STATE after finish. */
WC_API wc_status wc_loader_feed(wc_loader* loader, const void* bytes, size_t size);
/** Split models: the next byte fed is the first of the next file, of `total_bytes` bytes (0: unknown). Errors:
 * TRUNCATED, BAD_SPLIT and those of feed. */
WC_API wc_status wc_loader_next_file(wc_loader* loader, uint64_t total_bytes);
/** How far the load has come. Fills `*out`. */
WC_API wc_status wc_loader_progress(const wc_loader* loader, wc_progress* out);
/** Ends the feed and gives the model; the loader can then only be destroyed. Errors: TRUNCATED, MISSING_TENSOR and
 * those of feed. */
WC_API wc_status wc_loader_finish(wc_loader* loader, wc_model** out);
/** Destroys a loader, finished or not; its model lives on. */
WC_API void wc_loader_destroy(wc_loader* loader);

/** Describes a well-formed GGUF file without loading it, whether or not this library can run it, as a JSON object of
 * `*needed` bytes:
 *
 *     {"version", "big_endian", "alignment", "data_offset", "file_bytes", "architecture", "name", "parameters",
 *      "metadata": {key: value, ...},
 *      "tensors": [{"name", "type", "shape": [...], "offset", "bytes", "split"}, ...],
 *      "types": {"Q4_0": {"tensors", "bytes"}, ...}, "runnable": bool, "unsupported": [text, ...],
 *      "memory": {"n_ctx", "weights_bytes", "kv_bytes", "activation_bytes", "total_bytes"}}
 *
 * "file_bytes" (of the first file), "architecture", "name" and "memory" are null where they are not known. "shape" has
 * the contiguous dimension first; "offset" counts bytes from the start of the data section of the tensor's file. Arrays
 * of more than 64 elements are given as {"type", "size", "first": [...]}. Bytes that are not UTF-8 become U+FFFD,
 * numbers that are not finite null. `n_ctx`: positions to estimate memory for; 0: the model's own context length.
 * `path` as in wc_model_load_file(). Errors: BUFFER_TOO_SMALL, IO, every status of the 30s and 40s, WRONG_KEY_TYPE and
 * BAD_KEY_VALUE (of the keys that describe the file itself). */
WC_API wc_status wc_inspect_file(wc_context* context, const char* path, size_t path_size, uint32_t n_ctx, char* buffer,
                                 size_t capacity, size_t* needed);
/** As wc_inspect_file(), from the bytes fed so far: a preflight before the weights are fetched. Works also where feed
 * has refused the model behind a complete header. Errors: BUFFER_TOO_SMALL; INVALID_STATE until the header is complete
 * and after finish; where the header is broken, what feed gave. */
WC_API wc_status wc_loader_inspect(wc_loader* loader, uint32_t n_ctx, char* buffer, size_t capacity, size_t* needed);

/* -------------------------------------------------------------------- model */

/** Destroys a model; its strings and its tokenizer go with it. */
WC_API void wc_model_destroy(wc_model* model);

/** What a model is. All 0 but `n_vocab` and the strings for a vocabulary-only model. */
typedef struct wc_model_info {
  uint32_t struct_size;     /**< Set by #WC_MODEL_INFO_INIT. */
  uint32_t n_layers;        /**< Transformer blocks. */
  uint32_t n_embd;          /**< Width of the residual stream. */
  uint32_t n_heads;         /**< Query heads. */
  uint32_t n_kv_heads;      /**< Key and value heads. */
  uint32_t n_ctx_train;     /**< Context length that the file names, positions. */
  uint32_t n_vocab;         /**< Logits of each token. */
  uint32_t n_experts;       /**< 0: a dense model. */
  uint64_t n_params;        /**< Elements of all tensors. */
  uint64_t weights_bytes;   /**< Bytes of all tensors that the model uses. */
  uint64_t bytes_per_token; /**< Weight bytes read to decode one token. */
  wc_string architecture;   /**< "llama"; owned by the model, as the next two. */
  wc_string name;           /**< `general.name` or "". */
  wc_string file_type;      /**< The type of most weight bytes, for example "Q4_0". */
} wc_model_info;
/** Nothing yet. */
#define WC_MODEL_INFO_INIT                                                                                     \
  {                                                                                                            \
    (uint32_t)sizeof(wc_model_info), 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0u, {NULL, 0}, {NULL, 0}, { NULL, 0 } \
  }

/** What the model is. Fills `*out`. */
WC_API wc_status wc_model_get_info(const wc_model* model, wc_model_info* out);

/** The number of metadata entries of the file (the first of a split model); 0 for NULL. */
WC_API size_t wc_model_metadata_count(const wc_model* model);
/** The key of entry `index`, in the file's order. `*key` belongs to the model. Errors: NOT_FOUND past the end. */
WC_API wc_status wc_model_metadata_key(const wc_model* model, size_t index, wc_string* key);
/** The string under `key` (`key_size` bytes), as in the file. `*out` belongs to the model. Errors: NOT_FOUND,
 * WRONG_KEY_TYPE. */
WC_API wc_status wc_model_metadata_string(const wc_model* model, const char* key, size_t key_size, wc_string* out);
/** The integer under `key`, of any integer type; a bool is 0 or 1. Errors: NOT_FOUND, WRONG_KEY_TYPE, BAD_KEY_VALUE
 * (above INT64_MAX). */
WC_API wc_status wc_model_metadata_i64(const wc_model* model, const char* key, size_t key_size, int64_t* out);
/** The number under `key`, of any integer or floating-point type. Errors: NOT_FOUND, WRONG_KEY_TYPE. */
WC_API wc_status wc_model_metadata_f64(const wc_model* model, const char* key, size_t key_size, double* out);
/** Any value under `key` as JSON of `*needed` bytes, arrays in full. Errors: NOT_FOUND, BUFFER_TOO_SMALL. */
WC_API wc_status wc_model_metadata_json(const wc_model* model, const char* key, size_t key_size, char* buffer,
                                        size_t capacity, size_t* needed);
/** The file's chat template (Jinja text) called `name` (`name_size` bytes); NULL or empty: the default one. `*out`
 * belongs to the model. Errors: NOT_FOUND where it has none, WRONG_KEY_TYPE. */
WC_API wc_status wc_model_chat_template(const wc_model* model, const char* name, size_t name_size, wc_string* out);

/* ---------------------------------------------------------------- tokenizer */

/** Text to token ids and back: immutable, shared by threads. */
typedef struct wc_tokenizer wc_tokenizer;

/** The tokenizer of a model. Belongs to it; never NULL but for NULL. */
WC_API const wc_tokenizer* wc_model_tokenizer(const wc_model* model);

/** Flag of wc_tokenizer_encode(): add BOS and EOS by the file's own rule. */
#define WC_ENCODE_ADD_SPECIAL 1u
/** Flag of wc_tokenizer_encode(): control tokens spelled out in the text become their ids; otherwise they stay text. */
#define WC_ENCODE_PARSE_SPECIAL 2u
/** Flag of wc_tokenizer_decode(): write control tokens as their text; otherwise they give nothing. */
#define WC_DECODE_SPECIAL 1u

/** Turns `text` (`text_size` bytes, any bytes) into `*n` ids, at most `capacity`. `flags`: #WC_ENCODE_ADD_SPECIAL,
 * #WC_ENCODE_PARSE_SPECIAL. Errors: BUFFER_TOO_SMALL with `*n` the ids needed, BAD_VOCABULARY where a byte has no
 * token. */
WC_API wc_status wc_tokenizer_encode(const wc_tokenizer* tokenizer, const char* text, size_t text_size, uint32_t flags,
                                     int32_t* ids, size_t capacity, size_t* n);
/** Turns a whole sequence of `n` ids into `*needed` bytes; they may end inside a UTF-8 sequence if the ids do. `flags`:
 * #WC_DECODE_SPECIAL. Errors: BUFFER_TOO_SMALL, BAD_TOKEN. */
WC_API wc_status wc_tokenizer_decode(const wc_tokenizer* tokenizer, const int32_t* ids, size_t n, uint32_t flags,
                                     char* buffer, size_t capacity, size_t* needed);
/** Entries of the vocabulary; ids are 0 to one less. 0 for NULL. */
WC_API uint32_t wc_tokenizer_vocab_size(const wc_tokenizer* tokenizer);
/** The vocabulary entry `id` as stored in the file (`*piece` belongs to the model), its token type (the file format's
 * number: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte) and its score (0 where the file has none);
 * any output may be NULL. Errors: BAD_TOKEN. */
WC_API wc_status wc_tokenizer_token(const wc_tokenizer* tokenizer, int32_t id, wc_string* piece, int32_t* type,
                                    float* score);

/** Tokens that a file may single out. */
typedef enum wc_special_token {
  WC_TOKEN_BOS = 0,             /**< Begins a text. */
  WC_TOKEN_EOS = 1,             /**< Ends a text. */
  WC_TOKEN_EOT = 2,             /**< Ends a turn. */
  WC_TOKEN_UNK = 3,             /**< Stands for what has no token. */
  WC_TOKEN_SEP = 4,             /**< Separates texts. */
  WC_TOKEN_PAD = 5,             /**< Fills a batch. */
  WC_TOKEN_FORCE32 = 0x7FFFFFFF /**< Pins the size of the type; never given. */
} wc_special_token;
/** The id of `which`, or -1 where the vocabulary has none. */
WC_API int32_t wc_tokenizer_special(const wc_tokenizer* tokenizer, wc_special_token which);
/** 1 for every token that ends a turn in this file (EOS, EOT and their kin), else 0. */
WC_API int32_t wc_tokenizer_is_end(const wc_tokenizer* tokenizer, int32_t id);

/* --------------------------------------------------------------------- chat */

/** A conversation to be made a prompt. Keys of `options`, each optional: "template": the name of a built-in one or of
 * one of the file's, or Jinja text (default: the file's; with tools its "tool_use", where it has one);
 * "add_generation_prompt": begin the assistant's turn (true); "variables": an object of further variables; "now":
 * seconds since 1970 for `strftime_now` (the clock); "parse_special_in_content": control tokens spelled out in messages
 * and tools become ids in wc_chat_encode() (false: no message can forge a turn). */
typedef struct wc_chat_request {
  uint32_t struct_size; /**< Set by #WC_CHAT_REQUEST_INIT. */
  wc_string messages;   /**< A JSON array of objects with "role", "content" and what else the template reads. */
  wc_string tools;      /**< A JSON array of tools as the template wants them, or empty. */
  wc_string options;    /**< A JSON object, or empty. */
} wc_chat_request;
/** Nothing yet. */
#define WC_CHAT_REQUEST_INIT                                             \
  {                                                                      \
    (uint32_t)sizeof(wc_chat_request), {NULL, 0}, {NULL, 0}, { NULL, 0 } \
  }

/** Renders the conversation as `*needed` bytes. Templates are Jinja as Hugging Face runs it, compiled once for each
 * model, in a sandbox with limits. Thread-safe. Errors: NOT_FOUND (no such template, or none in the file),
 * UNKNOWN_OPTION, INVALID_ARGUMENT (JSON), BUFFER_TOO_SMALL; with line and column BAD_TEMPLATE, TEMPLATE_FAILED,
 * _REFUSED, _LIMIT. */
WC_API wc_status wc_chat_apply(const wc_model* model, const wc_chat_request* request, char* buffer, size_t capacity,
                               size_t* needed);
/** As wc_chat_apply(), as `*n` ids: the template's control tokens become their ids, what came from messages and tools
 * stays text ("role" and "type" are the template's where they are plain words). BOS comes first where the file's rule
 * asks for it, once. Errors: also BAD_VOCABULARY. */
WC_API wc_status wc_chat_encode(const wc_model* model, const wc_chat_request* request, int32_t* ids, size_t capacity,
                                size_t* n);
/** Built-in template number `index`: a C string that lives for ever; NULL past the end. */
WC_API const char* wc_chat_template_name(size_t index);

/* ----------------------------------------------------------------- samplers */

/** An ordered chain that chooses a token from logits. Serves one generation at a time. */
typedef struct wc_sampler wc_sampler;

/** A named number. */
typedef struct wc_sampler_param {
  const char* key; /**< C string. */
  double value;    /**< In the range that its sampler accepts. */
} wc_sampler_param;

/** Creates an empty chain; it chooses the most likely token. */
WC_API wc_status wc_sampler_create(wc_context* context, wc_sampler** out);
/** Destroys a chain. */
WC_API void wc_sampler_destroy(wc_sampler* sampler);
/** Appends a member, applied in the order of adding. `name`: a C string, with `n_params` parameters, each optional:
 *  - "penalties" {last_n, repeat, frequency, presence}
 *  - "logit_bias" {token, bias, token, bias, ...}
 *  - "top_k" {k}, "top_p" {p, min_keep}, "min_p" {p, min_keep}, "typical" {p, min_keep}
 *  - "temperature" {t}
 *  - "greedy" {}, "dist" {seed}: choose
 *
 * Errors: NOT_FOUND (no such sampler), UNKNOWN_OPTION (no such key), INVALID_ARGUMENT (value out of range). */
WC_API wc_status wc_sampler_add(wc_sampler* sampler, const char* name, const wc_sampler_param* params, size_t n_params);
/** Name number `index` of those that wc_sampler_add() knows: a C string that lives as long as the program; NULL past
 * the end. */
WC_API const char* wc_sampler_name(size_t index);
/** Chooses `*id` from `n` logits. Does not count the choice as accepted. Another `n` than before (here or in a session)
 * resets the chain. Errors: BAD_LOGITS where one is NaN or +infinity, or all are -infinity. */
WC_API wc_status wc_sampler_sample(wc_sampler* sampler, const float* logits, size_t n, int32_t* id);
/** Tells the chain (its penalties) that token `id` entered the text; steps do so themselves. Counts only once the chain
 * has met a vocabulary, in wc_sampler_sample() or wc_session_generate(). Errors: BAD_TOKEN for a negative id. */
WC_API wc_status wc_sampler_accept(wc_sampler* sampler, int32_t id);
/** Forgets accepted tokens and restarts the random stream at its seed. */
WC_API wc_status wc_sampler_reset(wc_sampler* sampler);

/* ----------------------------------------------------------------- sessions */

/** A context being filled and continued with one model. */
typedef struct wc_session wc_session;

/** Element type of the KV cache. The types in blocks need heads of a multiple of 32 elements. */
typedef enum wc_kv_type {
  WC_KV_F32 = 0,             /**< 32-bit floats. */
  WC_KV_F16 = 1,             /**< 16-bit floats. */
  WC_KV_Q8_0 = 2,            /**< Blocks of 32 in 8 bits: 8.5 bits an element, close to #WC_KV_F16. */
  WC_KV_Q4_0 = 3,            /**< Blocks of 32 in 4 bits: 4.5 bits an element, for where memory is short. */
  WC_KV_FORCE32 = 0x7FFFFFFF /**< Pins the size of the type; never given. */
} wc_kv_type;

/** Options of wc_session_create(). */
typedef struct wc_session_options {
  uint32_t struct_size; /**< Set by #WC_SESSION_OPTIONS_INIT. */
  uint32_t n_ctx;       /**< Positions; 0: the model's context length, at most 4096. */
  uint32_t n_batch;     /**< Most tokens computed at once; 0: 512. */
  uint32_t n_ubatch;    /**< Tokens computed at once; 0: as many as keep the activations small (9 MiB). */
  wc_kv_type kv_type;   /**< #WC_KV_F16 by default. */
  uint32_t num_threads; /**< 0: the context's; at most 256. */
} wc_session_options;
/** Defaults. */
#define WC_SESSION_OPTIONS_INIT \
  { (uint32_t)sizeof(wc_session_options), 0u, 0u, 0u, WC_KV_F16, 0u }

/** Allocates KV cache and activations; nothing is allocated later while tokens are decoded. `options` may be NULL.
 * Errors: INVALID_ARGUMENT (also where kv_type does not fit the model's heads), MEMORY_LIMIT, OUT_OF_MEMORY,
 * INVALID_STATE (vocabulary-only model). */
WC_API wc_status wc_session_create(wc_model* model, const wc_session_options* options, wc_session** out);
/** Destroys a session. Not while another thread is inside a call with it. */
WC_API void wc_session_destroy(wc_session* session);

/** Appends `n` tokens to the context and computes them, `n_ubatch` at a time. A token that wc_session_step() gave out
 * last and that is not computed yet goes in front. Errors: CONTEXT_FULL (nothing was appended), BAD_TOKEN (likewise),
 * CANCELLED (the micro-batches before it stay), BAD_LOGITS. */
WC_API wc_status wc_session_prefill(wc_session* session, const int32_t* ids, size_t n);
/** Makes the context hold these `n` tokens, at least one, and computes only what follows the longest beginning that it
 * holds already: a growing conversation costs its new turn alone. `*n_reused` (may be NULL): tokens not computed again;
 * the last always is. Errors: as prefill; INVALID_ARGUMENT for no tokens; CONTEXT_FULL and BAD_TOKEN change nothing. */
WC_API wc_status wc_session_prefill_reuse(wc_session* session, const int32_t* ids, size_t n, size_t* n_reused);
/** As prefill, and writes the logits of ids[first .. n-1] to `logits`, [n - first, n_vocab] floats of the caller's. */
WC_API wc_status wc_session_eval(wc_session* session, const int32_t* ids, size_t n, size_t first, float* logits);
/** The logits after the last computed token: `*n` (= n_vocab) floats that belong to the session, valid until the next
 * call on it. Errors: INVALID_STATE before any token was computed. */
WC_API wc_status wc_session_logits(wc_session* session, const float** logits, size_t* n);

/** Options of wc_session_generate(). */
typedef struct wc_generate_options {
  uint32_t struct_size;  /**< Set by #WC_GENERATE_OPTIONS_INIT. */
  uint32_t max_tokens;   /**< 0: until the context is full. */
  uint32_t ignore_end;   /**< 1: end-of-generation tokens do not stop. */
  uint32_t emit_special; /**< 1: control tokens appear in the text. */
  wc_sampler* sampler;   /**< Must outlive the generation; NULL: the most likely token. */
  const wc_string* stop; /**< Stop strings, none empty; copied. */
  size_t n_stop;         /**< Number of stop strings. */
} wc_generate_options;
/** Defaults. */
#define WC_GENERATE_OPTIONS_INIT \
  { (uint32_t)sizeof(wc_generate_options), 0u, 0u, 0u, NULL, NULL, 0 }

/** Starts a generation after a prefill. `options` may be NULL. The sampler goes on from where it is (wc_sampler_reset()
 * makes it begin anew) and is told of the tokens that were prefilled since the last generation began, so that its
 * penalties count the prompt. Errors: INVALID_STATE before any token was computed. */
WC_API wc_status wc_session_generate(wc_session* session, const wc_generate_options* options);

/** Why a generation ended. */
typedef enum wc_end_reason {
  WC_END_NONE = 0,            /**< It has not. */
  WC_END_TOKEN = 1,           /**< The model ended its turn. */
  WC_END_STOP = 2,            /**< A stop string. */
  WC_END_LENGTH = 3,          /**< `max_tokens`. */
  WC_END_FORCE32 = 0x7FFFFFFF /**< Pins the size of the type; never given. */
} wc_end_reason;

/** What one step gave. */
typedef struct wc_step {
  uint32_t struct_size;     /**< Set by #WC_STEP_INIT. */
  int32_t token;            /**< The token chosen; -1 with #WC_STATUS_END where none was. */
  wc_string text;           /**< Valid UTF-8 that became complete with it, or empty; valid until the next call. */
  wc_end_reason end_reason; /**< Set with #WC_STATUS_END. */
  uint32_t reserved;        /**< 0. */
} wc_step;
/** Nothing yet. */
#define WC_STEP_INIT \
  { (uint32_t)sizeof(wc_step), -1, {NULL, 0}, WC_END_NONE, 0u }

/** One token of the generation. Fills `*out` on #WC_STATUS_OK (go on) and #WC_STATUS_END (no more; `text` may hold what
 * had been held back; a stop string and what follows it are never given out). Errors: CONTEXT_FULL (no position is
 * left, and `text` holds what had been held back), CANCELLED, BAD_LOGITS, INVALID_STATE (no generation under way). */
WC_API wc_status wc_session_step(wc_session* session, wc_step* out);

/** Makes the running prefill, eval or step (or else the next one) end with #WC_STATUS_CANCELLED within one micro-batch.
 * From any thread. */
WC_API void wc_session_cancel(wc_session* session);
/** Empties the context; keeps the memory. */
WC_API wc_status wc_session_reset(wc_session* session);
/** Keeps the first `n` positions and forgets the rest. Errors: INVALID_ARGUMENT above wc_session_info.position. */
WC_API wc_status wc_session_truncate(wc_session* session, uint32_t n);

/** What a session holds and has done. */
typedef struct wc_session_info {
  uint32_t struct_size;      /**< Set by #WC_SESSION_INFO_INIT. */
  uint32_t n_ctx;            /**< Positions there are. */
  uint32_t position;         /**< Tokens computed and kept. */
  uint32_t num_threads;      /**< Threads that compute. */
  uint64_t kv_bytes;         /**< Of the whole cache. */
  uint64_t activation_bytes; /**< Scratch for one micro-batch. */
  uint64_t prefill_tokens;   /**< Totals since creation or reset, as the next three. */
  uint64_t decode_tokens;    /**< Tokens that steps computed. */
  double prefill_seconds;    /**< Wall-clock time of prefill and eval. */
  double decode_seconds;     /**< Wall-clock time of steps, sampling included. */
} wc_session_info;
/** Nothing yet. */
#define WC_SESSION_INFO_INIT \
  { (uint32_t)sizeof(wc_session_info), 0u, 0u, 0u, 0u, 0u, 0u, 0u, 0.0, 0.0 }

/** What the session holds and has done. Fills `*out`. */
WC_API wc_status wc_session_get_info(const wc_session* session, wc_session_info* out);

#ifdef __cplusplus
}
#endif

#endif /* WASMCHORD_WASMCHORD_H_ */
