#include "tools/cli/embedded_model.h"

#include <cstring>

#if !defined(__ELF__)
#error "The built-in model is put in place by ELF assembler directives"
#endif

// A generated C array of a few megabytes would take the compiler minutes; the assembler copies the file as it is.
__asm__(
    ".pushsection .rodata,\"a\"\n"
    ".balign 64\n"
    ".globl wc_embedded_model_begin\n"
    ".hidden wc_embedded_model_begin\n"
    "wc_embedded_model_begin:\n"
    ".incbin \"" WC_CLI_MODEL
    "\"\n"
    ".globl wc_embedded_model_end\n"
    ".hidden wc_embedded_model_end\n"
    "wc_embedded_model_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
__attribute__((visibility("hidden"))) extern const unsigned char wc_embedded_model_begin[];
__attribute__((visibility("hidden"))) extern const unsigned char wc_embedded_model_end[];
}

namespace wasmchord::cli {

EmbeddedModel embedded_model() {
  const char* slash = std::strrchr(WC_CLI_MODEL, '/');
  return {wc_embedded_model_begin, static_cast<size_t>(wc_embedded_model_end - wc_embedded_model_begin),
          slash == nullptr ? WC_CLI_MODEL : slash + 1};
}

}  // namespace wasmchord::cli
