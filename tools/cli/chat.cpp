// wasmchord chat: a conversation of many turns.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>

#include "tools/cli/commands.h"
#include "tools/cli/conversation.h"
#include "tools/cli/io.h"
#include "tools/cli/line_editor.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

struct ChatOptions {
  EngineOptions engine;
  ConversationOptions conversation;
};

constexpr const char* kHelp =
    "/help               this\n"
    "/reset              forgets the conversation, not the system's message\n"
    "/system [TEXT]      sets the system's message, or takes it away\n"
    "/save FILE          writes the conversation as JSON\n"
    "/load FILE          goes on with a conversation\n"
    "/regenerate         answers the last message again\n"
    "/stats              tokens and speed\n"
    "/exit               ends, as Ctrl-D does; Ctrl-C stops an answer\n"
    "A line that ends in \\ goes on in the next; lines between two of \"\"\" are one message, as pasted lines are.\n";

// A file's content where there is such a file; else a name for the library to find.
std::string read_template(const std::string& name_or_file) {
  std::error_code error;
  return std::filesystem::is_regular_file(name_or_file, error) ? read_file(name_or_file) : name_or_file;
}

std::string argument_of(const std::string& line) {
  const size_t space = line.find(' ');
  const size_t begin = space == std::string::npos ? line.size() : line.find_first_not_of(' ', space);
  return begin == std::string::npos ? std::string() : line.substr(begin);
}

// Does what a /command says; false where it ends the chat.
bool run_chat_command(const std::string& line, Conversation* conversation) {
  const std::string name = line.substr(0, line.find(' '));
  const std::string argument = argument_of(line);
  const bool needs_file = name == "/save" || name == "/load";
  if (needs_file && argument.empty()) throw CliError(name + " needs a file");
  if (name == "/exit" || name == "/quit") return false;
  if (name == "/help") {
    std::fputs(kHelp, stderr);
  } else if (name == "/reset") {
    conversation->reset();
  } else if (name == "/system") {
    conversation->set_system(argument);
  } else if (name == "/save") {
    conversation->save(argument);
  } else if (name == "/load") {
    conversation->load(argument);
  } else if (name == "/regenerate") {
    if (!conversation->regenerate()) throw CliError("there is no message to answer");
  } else if (name == "/stats") {
    std::fprintf(stderr, "[%s]\n", conversation->stats().c_str());
  } else {
    throw CliError("there is no command " + name + ": /help lists them");
  }
  return true;
}

// One message or command; false at the end.
bool turn(const std::string& text, Conversation* conversation) {
  if (text.find_first_not_of(" \t\n") == std::string::npos) return true;
  if (text[0] == '/') return run_chat_command(text, conversation);
  conversation->say(text);
  return true;
}

// The next message. Only while it is waited for does Ctrl-C end the command: right after, it stops the answer to come.
std::optional<std::string> read_message(LineEditor* editor, InterruptGuard* guard) {
  guard->exit_when_idle([editor] { editor->restore_terminal(); });
  std::optional<std::string> text = editor->read_message("> ");
  guard->exit_when_idle(nullptr);
  return text;
}

int run(const ChatOptions& options) {
  InterruptGuard guard;
  const Engine engine(options.engine, 0, &guard);
  ConversationOptions conversation_options = options.conversation;
  if (options.engine.is_built_in()) conversation_options.usual_temperature = kBuiltInTemperature;
  conversation_options.chat_template = read_template(options.conversation.chat_template);
  Conversation conversation(engine, conversation_options, &guard);
  LineEditor editor;
  const bool interactive = stdin_is_terminal();
  if (interactive) std::fprintf(stderr, "%s; /help lists the commands\n", options.engine.display_name().c_str());
  int code = 0;
  while (const std::optional<std::string> text = read_message(&editor, &guard)) {
    try {
      if (!turn(*text, &conversation)) break;
    } catch (const CliError& error) {
      std::fprintf(stderr, "wasmchord: %s\n", error.what());
      code = interactive ? 0 : 1;  // a person has seen it
    }
    const int signal = guard.take();
    if (signal != 0 && (signal != SIGINT || !interactive)) return 128 + signal;
  }
  return code;
}

}  // namespace

void add_chat(CLI::App& app, Command* chosen) {
  auto options = std::make_shared<ChatOptions>();
  CLI::App* command = app.add_subcommand("chat", "Talks with a model in its own chat format");
  ConversationOptions& conversation = options->conversation;
  add_engine_options(*command, &options->engine);
  command->add_option("--system", conversation.system, "The system's message")->type_name("TEXT");
  command
      ->add_option("--template", conversation.chat_template,
                   "Chat template: a built-in one's name or a Jinja file (default: the model's)")
      ->type_name("NAME|FILE");
  command->add_option("-n,--predict", conversation.n_predict,
                      "At most so many tokens an answer (default: until it ends)");
  command->add_option("-t,--threads", options->engine.threads, "Threads (default: as many as there are cores)");
  command->add_option("-c,--ctx", conversation.session.n_ctx, "Context length (default: the model's, at most 4096)");
  add_kv_option(*command, &conversation.session.kv_type);
  add_sampling_options(*command, &conversation.sampling);
  command->callback([options, chosen] { *chosen = [options] { return run(*options); }; });
}

}  // namespace wasmchord::cli
