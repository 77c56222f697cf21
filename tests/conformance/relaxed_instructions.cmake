# usage: cmake -DDISASSEMBLER=wasm-dis -DMODULE=file.wasm -DALLOWED=regex -P relaxed_instructions.cmake
# Fails on an instruction of relaxed SIMD other than ALLOWED: the results of the others differ from engine to engine.
execute_process(COMMAND "${DISASSEMBLER}" -all "${MODULE}" OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
if(NOT text MATCHES "f32x4\\.mul")
  message(FATAL_ERROR "${MODULE} holds no SIMD, so this looks at the wrong thing")
endif()
# Some versions of wasm-dis leave "relaxed_" out of the name of the dot product.
string(REGEX MATCHALL "[a-z0-9]+\\.(relaxed_[a-z0-9_]+|dot_i8x16_i7x16[a-z0-9_]*)" found "${text}")
list(REMOVE_DUPLICATES found)
message(STATUS "${MODULE}: ${found}")
if(ALLOWED)
  list(FILTER found EXCLUDE REGEX "^(${ALLOWED})$")
endif()
if(found)
  message(FATAL_ERROR "not allowed: ${found}")
endif()
