// The wall between the library and C: no exception passes it, and every failure leaves its message in the context.
#pragma once

#include <new>
#include <utility>

#include "src/capi/handles.h"

namespace wasmchord::capi {

inline wc_status to_c(Code code) { return static_cast<wc_status>(code); }

inline Status invalid_argument(const char* message) { return Status(Code::kInvalidArgument, message); }

// Runs body() -> Status. `errors` may be null.
template <typename Body>
wc_status guarded_by(ErrorLog* errors, Body&& body) noexcept {
  const auto fail = [&](Code code, std::string_view message) {
    if (errors != nullptr) errors->set(message);
    return to_c(code);
  };
  try {
    const Status status = body();
    const bool is_answer = status.is_ok() || status.code() == Code::kPending || status.code() == Code::kEnd;
    return is_answer ? to_c(status.code()) : fail(status.code(), status.message());
  } catch (const std::bad_alloc&) {
    return fail(Code::kOutOfMemory, "the C++ heap has no memory left");
  } catch (const std::exception& exception) {
    return fail(Code::kInternal, exception.what());
  } catch (...) {
    return fail(Code::kInternal, "an exception of unknown type");
  }
}

// As above for a call on `handle`, which it checks.
template <typename Handle, typename Body>
wc_status guarded(const Handle* handle, Body&& body) noexcept {
  if (handle == nullptr) return WC_STATUS_INVALID_ARGUMENT;
  return guarded_by(&handle->state->errors, std::forward<Body>(body));
}

}  // namespace wasmchord::capi
