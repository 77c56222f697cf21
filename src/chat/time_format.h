// strftime() in the C locale, for hostile formats.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

namespace wasmchord::chat {

// Unknown conversions stay as they are.
std::string format_time(const std::tm& time, std::string_view format);

}  // namespace wasmchord::chat
