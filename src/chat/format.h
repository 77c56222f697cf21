// "%s %d" % values and "{} {x}".format(...).
#pragma once

#include "src/chat/callable.h"

namespace wasmchord::chat {

// printf-style, positional or by name.
Result<Value> format_percent(Renderer& renderer, const Value& format, CallArguments& arguments);
Result<Value> format_braces(Renderer& renderer, const Value& format, CallArguments& arguments);

}  // namespace wasmchord::chat
