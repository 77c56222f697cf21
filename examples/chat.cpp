// A conversation in the model's own chat format, one line a message: chat MODEL.gguf
#include <iostream>
#include <string>
#include <wasmchord/wasmchord.hpp>

namespace {

// Text as a JSON string. Programs that have a JSON library use that.
std::string quoted(std::string_view text) {
  constexpr const char* kHex = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (byte < 0x20) {
      out += {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out + '"';
}

void add_message(std::string* messages, std::string_view role, std::string_view content) {
  *messages += messages->empty() ? "" : ", ";
  *messages += "{\"role\": " + quoted(role) + ", \"content\": " + quoted(content) + "}";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: chat MODEL.gguf\n";
    return 2;
  }
  try {
    const wasmchord::Context context;
    const wasmchord::Model model(context, argv[1]);
    wasmchord::Session session(model);
    wasmchord::Sampler sampler(context);
    sampler.add("top_k", {{"k", 40}}).add("temperature", {{"t", 0.8}}).add("dist", {{"seed", 42}});
    // A file that names no format is spoken to in ChatML.
    const std::string options = model.chat_template() ? "{}" : R"({"template": "chatml"})";

    std::string messages;
    for (std::string line; std::cout << "> " << std::flush && std::getline(std::cin, line);) {
      add_message(&messages, "user", line);
      // The template puts control tokens around the messages; one spelled out in a message stays text. What the session
      // holds already is not computed again: each turn costs what is new in it.
      session.prefill_reuse(model.chat_encode("[" + messages + "]", {}, options));
      std::string answer;
      for (const std::string_view piece : session.generate({.max_tokens = 200, .sampler = &sampler})) {
        std::cout << piece << std::flush;
        answer += piece;
      }
      std::cout << '\n';
      add_message(&messages, "assistant", answer);
    }
  } catch (const wasmchord::Error& error) {
    std::cerr << "chat: " << wc_status_name(error.status()) << ": " << error.what() << '\n';
    return 1;
  }
}
