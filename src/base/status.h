// Status and Result<T>: how every fallible function of the library reports.
// Codes are the C ABI's numbers (capi.cpp asserts the equality); they are pinned and append-only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace wasmchord {

enum class Code : int32_t {
  kOk = 0,
  kPending = 1,  // a result is outstanding, ask again
  kEnd = 2,      // generation has ended; not an error

  // 10s: the caller
  kInvalidArgument = 10,
  kInvalidState = 11,
  kBufferTooSmall = 12,
  kNotFound = 13,
  kUnknownOption = 14,
  kCancelled = 15,

  // 20s: the environment
  kIo = 20,
  kOutOfMemory = 21,
  kMemoryLimit = 22,
  kIsaUnavailable = 23,
  kBackendUnavailable = 24,

  // 30s: the GGUF container and its metadata
  kBadMagic = 30,
  kUnsupportedVersion = 31,
  kTruncated = 32,
  kBadCount = 33,
  kBadString = 34,
  kBadValueType = 35,
  kBadNesting = 36,
  kDuplicateKey = 37,
  kBadAlignment = 38,
  kBadSplit = 39,

  // 40s: the tensor directory
  kBadTensorName = 40,
  kBadDimensions = 41,
  kBadOffset = 42,
  kTensorOverlap = 43,
  kDuplicateTensor = 44,
  kUnknownTensorType = 45,

  // 50s: the model described by the file
  kMissingKey = 50,
  kWrongKeyType = 51,
  kBadKeyValue = 52,
  kMissingTensor = 53,
  kBadTensorShape = 54,
  kUnsupportedArchitecture = 55,
  kUnsupportedFeature = 56,
  kUnsupportedTensorType = 57,
  kNonFiniteWeights = 58,

  // 60s: the vocabulary
  kUnsupportedTokenizer = 60,
  kBadVocabulary = 61,

  // 70s: generation
  kContextFull = 70,
  kBadToken = 71,
  kBadLogits = 72,

  // 80s: chat templates; the message names line and column
  kBadTemplate = 80,      // does not compile
  kTemplateFailed = 81,   // an error while rendering
  kTemplateRefused = 82,  // raise_exception
  kTemplateLimit = 83,    // too much work, memory, output or recursion

  kInternal = 90,
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status ok() { return {}; }
  bool is_ok() const { return code_ == Code::kOk; }
  explicit operator bool() const { return is_ok(); }
  Code code() const { return code_; }
  const std::string& message() const { return message_; }

 private:
  Code code_ = Code::kOk;
  std::string message_;
};

// A T or the Status that says why there is none. value() may be called only after ok().
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}         // NOLINT: implicit by design
  Result(Status status) : v_(std::in_place_index<1>, std::move(status)) {}  // NOLINT: implicit by design

  bool is_ok() const { return v_.index() == 0; }
  explicit operator bool() const { return is_ok(); }
  T& value() & { return *std::get_if<0>(&v_); }
  const T& value() const& { return *std::get_if<0>(&v_); }
  T&& value() && { return std::move(*std::get_if<0>(&v_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return std::get_if<0>(&v_); }
  const T* operator->() const { return std::get_if<0>(&v_); }
  Status status() const { return is_ok() ? Status() : *std::get_if<1>(&v_); }

 private:
  std::variant<T, Status> v_;
};

}  // namespace wasmchord

#define WC_CONCAT_INNER(a, b) a##b
#define WC_CONCAT(a, b) WC_CONCAT_INNER(a, b)

// Returns early with the failing Status of `expr` (a Status).
#define WC_TRY(expr)                                                             \
  do {                                                                           \
    if (::wasmchord::Status wc_status_ = (expr); !wc_status_) return wc_status_; \
  } while (0)

// `WC_ASSIGN(auto x, f())`: declares x from a Result, or returns its Status.
#define WC_ASSIGN(decl, expr)                                                            \
  auto WC_CONCAT(wc_result_, __LINE__) = (expr);                                         \
  if (!WC_CONCAT(wc_result_, __LINE__)) return WC_CONCAT(wc_result_, __LINE__).status(); \
  decl = *std::move(WC_CONCAT(wc_result_, __LINE__))
