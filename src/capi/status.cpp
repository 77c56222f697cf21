#include "src/base/status.h"

#include "include/wasmchord/wasmchord.h"

namespace wasmchord::capi {
namespace {

#define WC_FOR_EACH_STATUS(X)                           \
  X(kOk, OK)                                            \
  X(kPending, PENDING)                                  \
  X(kEnd, END)                                          \
  X(kInvalidArgument, INVALID_ARGUMENT)                 \
  X(kInvalidState, INVALID_STATE)                       \
  X(kBufferTooSmall, BUFFER_TOO_SMALL)                  \
  X(kNotFound, NOT_FOUND)                               \
  X(kUnknownOption, UNKNOWN_OPTION)                     \
  X(kCancelled, CANCELLED)                              \
  X(kIo, IO)                                            \
  X(kOutOfMemory, OUT_OF_MEMORY)                        \
  X(kMemoryLimit, MEMORY_LIMIT)                         \
  X(kIsaUnavailable, ISA_UNAVAILABLE)                   \
  X(kBackendUnavailable, BACKEND_UNAVAILABLE)           \
  X(kBadMagic, BAD_MAGIC)                               \
  X(kUnsupportedVersion, UNSUPPORTED_VERSION)           \
  X(kTruncated, TRUNCATED)                              \
  X(kBadCount, BAD_COUNT)                               \
  X(kBadString, BAD_STRING)                             \
  X(kBadValueType, BAD_VALUE_TYPE)                      \
  X(kBadNesting, BAD_NESTING)                           \
  X(kDuplicateKey, DUPLICATE_KEY)                       \
  X(kBadAlignment, BAD_ALIGNMENT)                       \
  X(kBadSplit, BAD_SPLIT)                               \
  X(kBadTensorName, BAD_TENSOR_NAME)                    \
  X(kBadDimensions, BAD_DIMENSIONS)                     \
  X(kBadOffset, BAD_OFFSET)                             \
  X(kTensorOverlap, TENSOR_OVERLAP)                     \
  X(kDuplicateTensor, DUPLICATE_TENSOR)                 \
  X(kUnknownTensorType, UNKNOWN_TENSOR_TYPE)            \
  X(kMissingKey, MISSING_KEY)                           \
  X(kWrongKeyType, WRONG_KEY_TYPE)                      \
  X(kBadKeyValue, BAD_KEY_VALUE)                        \
  X(kMissingTensor, MISSING_TENSOR)                     \
  X(kBadTensorShape, BAD_TENSOR_SHAPE)                  \
  X(kUnsupportedArchitecture, UNSUPPORTED_ARCHITECTURE) \
  X(kUnsupportedFeature, UNSUPPORTED_FEATURE)           \
  X(kUnsupportedTensorType, UNSUPPORTED_TENSOR_TYPE)    \
  X(kNonFiniteWeights, NON_FINITE_WEIGHTS)              \
  X(kUnsupportedTokenizer, UNSUPPORTED_TOKENIZER)       \
  X(kBadVocabulary, BAD_VOCABULARY)                     \
  X(kContextFull, CONTEXT_FULL)                         \
  X(kBadToken, BAD_TOKEN)                               \
  X(kBadLogits, BAD_LOGITS)                             \
  X(kBadTemplate, BAD_TEMPLATE)                         \
  X(kTemplateFailed, TEMPLATE_FAILED)                   \
  X(kTemplateRefused, TEMPLATE_REFUSED)                 \
  X(kTemplateLimit, TEMPLATE_LIMIT)                     \
  X(kInternal, INTERNAL)

#define WC_ASSERT_SAME_NUMBER(code, name) \
  static_assert(static_cast<int>(Code::code) == static_cast<int>(WC_STATUS_##name));
WC_FOR_EACH_STATUS(WC_ASSERT_SAME_NUMBER)
#undef WC_ASSERT_SAME_NUMBER

// A switch over the enumeration, so that the compiler names a code that is missing above.
const char* name_of(Code code) {
  switch (code) {
#define WC_STATUS_CASE(code, name) \
  case Code::code:                 \
    return "WC_STATUS_" #name;
    WC_FOR_EACH_STATUS(WC_STATUS_CASE)
#undef WC_STATUS_CASE
  }
  return "WC_STATUS_UNKNOWN";
}

#define WC_TEXT_OF(x) #x
#define WC_VERSION_TEXT(major, minor, patch) WC_TEXT_OF(major) "." WC_TEXT_OF(minor) "." WC_TEXT_OF(patch)

}  // namespace
}  // namespace wasmchord::capi

const char* wc_version(void) { return WC_VERSION_TEXT(WC_VERSION_MAJOR, WC_VERSION_MINOR, WC_VERSION_PATCH); }

uint32_t wc_abi_version(void) { return WC_ABI_VERSION; }

const char* wc_status_name(wc_status status) { return wasmchord::capi::name_of(static_cast<wasmchord::Code>(status)); }
