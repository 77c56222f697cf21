// Owners of the C ABI's handles, and the error that every command ends with.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "wasmchord/wasmchord.h"

namespace wasmchord::cli {

template <auto destroy>
struct Destroy {
  template <typename T>
  void operator()(T* handle) const {
    destroy(handle);
  }
};

using ContextHandle = std::unique_ptr<wc_context, Destroy<wc_context_destroy>>;
using LoaderHandle = std::unique_ptr<wc_loader, Destroy<wc_loader_destroy>>;
using ModelHandle = std::unique_ptr<wc_model, Destroy<wc_model_destroy>>;
using SamplerHandle = std::unique_ptr<wc_sampler, Destroy<wc_sampler_destroy>>;
using SessionHandle = std::unique_ptr<wc_session, Destroy<wc_session_destroy>>;

// Ends the command: the text goes to stderr after "wasmchord: ", the exit code is 1.
class CliError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The command line does not make sense: as CliError with exit code 2.
class UsageError : public CliError {
 public:
  using CliError::CliError;
};

// A signal asked the command to end.
class Interrupted : public std::exception {
 public:
  explicit Interrupted(int signal) : signal_(signal) {}
  int signal() const { return signal_; }

 private:
  int signal_;
};

// Throws CliError with "<what>: <the library's message>" unless `status` is WC_STATUS_OK.
void check(wc_status status, const wc_context* context, std::string_view what);

inline std::string_view view(const wc_string& text) { return {text.data == nullptr ? "" : text.data, text.size}; }

}  // namespace wasmchord::cli
