// As hello.c, with sampling: hello_cpp MODEL.gguf "Once upon a time"
#include <iostream>
#include <wasmchord/wasmchord.hpp>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: hello_cpp MODEL.gguf PROMPT\n";
    return 2;
  }
  try {
    const wasmchord::Context context;
    const wasmchord::Model model(context, argv[1]);
    wasmchord::Session session(model);
    wasmchord::Sampler sampler(context);
    sampler.add("top_k", {{"k", 40}}).add("temperature", {{"t", 0.8}}).add("dist", {{"seed", 42}});

    session.prefill(argv[2]);
    std::cout << argv[2];
    for (const std::string_view piece : session.generate({.max_tokens = 100, .sampler = &sampler})) {
      std::cout << piece << std::flush;
    }
    std::cout << '\n';
  } catch (const wasmchord::Error& error) {
    std::cerr << "hello_cpp: " << wc_status_name(error.status()) << ": " << error.what() << '\n';
    return 1;
  }
}
