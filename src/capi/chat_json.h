// Conversations as JSON, and as values of templates.
#pragma once

#include <string_view>

#include "src/base/status.h"
#include "src/capi/json.h"
#include "src/chat/value.h"

namespace wasmchord::capi {

// Whether strings are content of the conversation: they then stay text wherever a template writes them. Of content, the
// values of "role" and "type" and the keys of objects count as the template's own where they are plain words.
enum class Origin { kTrusted, kContent };

Result<chat::Value> to_value(chat::Heap* heap, const nlohmann::ordered_json& json, Origin origin);

// `what` names the text in errors. kInvalidArgument with the place where it is not JSON or nested too deep.
Result<nlohmann::ordered_json> parse_json(std::string_view text, std::string_view what);

}  // namespace wasmchord::capi
