#include "src/chat/builtin_templates.h"

#include <iterator>

namespace wasmchord::chat {
namespace builtin {
namespace {

constexpr std::string_view chatml = R"({%- for message in messages %}
{{- '<|im_start|>' ~ message.role ~ '\n' ~ message.content ~ '<|im_end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %})";

// The system's text is part of the first user's turn.
constexpr std::string_view llama2 = R"({%- set ns = namespace(system='') %}
{%- for message in messages %}
{%- if message.role == 'system' %}
{%- set ns.system = '<<SYS>>\n' ~ message.content ~ '\n<</SYS>>\n\n' %}
{%- elif message.role == 'user' %}
{{- bos_token ~ '[INST] ' ~ ns.system ~ message.content ~ ' [/INST]' }}
{%- set ns.system = '' %}
{%- else %}
{{- ' ' ~ message.content ~ ' ' ~ eos_token }}
{%- endif %}
{%- endfor %})";

constexpr std::string_view llama3 = R"({{- bos_token }}
{%- for message in messages %}
{{- '<|start_header_id|>' ~ message.role ~ '<|end_header_id|>\n\n' ~ message.content|trim ~ '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %})";

constexpr std::string_view mistral = R"({{- bos_token }}
{%- set ns = namespace(system='') %}
{%- for message in messages %}
{%- if message.role == 'system' %}
{%- set ns.system = message.content ~ '\n\n' %}
{%- elif message.role == 'user' %}
{{- '[INST] ' ~ ns.system ~ message.content ~ ' [/INST]' }}
{%- set ns.system = '' %}
{%- else %}
{{- ' ' ~ message.content ~ eos_token }}
{%- endif %}
{%- endfor %})";

constexpr std::string_view zephyr = R"({%- for message in messages %}
{{- '<|' ~ message.role ~ '|>\n' ~ message.content ~ eos_token ~ '\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %})";

constexpr std::string_view phi = R"({%- for message in messages %}
{{- '<|' ~ message.role ~ '|>\n' ~ message.content ~ '<|end|>\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %})";

constexpr std::string_view gemma = R"({{- bos_token }}
{%- set ns = namespace(system='') %}
{%- for message in messages %}
{%- if message.role == 'system' %}
{%- set ns.system = message.content ~ '\n\n' %}
{%- else %}
{%- set role = 'model' if message.role == 'assistant' else message.role %}
{{- '<start_of_turn>' ~ role ~ '\n' ~ ns.system ~ message.content|trim ~ '<end_of_turn>\n' }}
{%- set ns.system = '' %}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %})";

constexpr std::string_view alpaca = R"({%- for message in messages %}
{%- if message.role == 'system' %}
{{- message.content ~ '\n\n' }}
{%- elif message.role == 'user' %}
{{- '### Instruction:\n' ~ message.content ~ '\n\n' }}
{%- else %}
{{- '### Response:\n' ~ message.content ~ eos_token ~ '\n\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ '### Response:\n' }}{% endif %})";

constexpr std::string_view vicuna = R"({%- for message in messages %}
{%- if message.role == 'system' %}
{{- message.content ~ '\n\n' }}
{%- elif message.role == 'user' %}
{{- 'USER: ' ~ message.content ~ '\n' }}
{%- else %}
{{- 'ASSISTANT: ' ~ message.content ~ eos_token ~ '\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %})";

struct Entry {
  const char* name;
  std::string_view source;
};

constexpr Entry kEntries[] = {
#define WC_CHAT_TEMPLATE(name) {#name, name},
#include "src/chat/templates.def"
#undef WC_CHAT_TEMPLATE
};

}  // namespace
}  // namespace builtin

std::string_view builtin_template(std::string_view name) {
  for (const builtin::Entry& entry : builtin::kEntries) {
    if (name == entry.name) return entry.source;
  }
  return {};
}

const char* builtin_template_name(size_t index) {
  return index < std::size(builtin::kEntries) ? builtin::kEntries[index].name : nullptr;
}

}  // namespace wasmchord::chat
