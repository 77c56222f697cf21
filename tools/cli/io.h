// Whole files in, bytes out, both without any translation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wasmchord::cli {

// Every byte, also NUL. Throw CliError.
std::string read_stdin();
std::string read_file(const std::string& path);

// Straight to standard output, unbuffered. Throws CliError where not all of it could be written.
void write_stdout(std::string_view bytes);

// Integers separated by white space, commas or brackets. Throws CliError that quotes what is none.
std::vector<int32_t> parse_ids(std::string_view text);

}  // namespace wasmchord::cli
