#include "tools/cli/line_editor.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>

#if WC_HAVE_LIBEDIT
#include <editline/readline.h>
#endif

#include "tools/cli/io.h"
#include "tools/cli/terminal.h"

namespace wasmchord::cli {
namespace {

constexpr int kPasteMs = 20;  // lines of a paste follow one another faster than anyone types
constexpr std::string_view kBlock = "\"\"\"";

}  // namespace

struct LineEditor::Terminal {
  termios state = {};
};

LineEditor::LineEditor() : interactive_(stdin_is_terminal()) {
  if (!interactive_) return;
  auto* terminal = new Terminal;
  if (tcgetattr(STDIN_FILENO, &terminal->state) != 0) {
    delete terminal;
    return;
  }
  terminal_ = terminal;
#if WC_HAVE_LIBEDIT
  using_history();
  rl_catch_signals = 0;  // a thread of the command takes them
#endif
}

LineEditor::~LineEditor() { delete terminal_; }

void LineEditor::restore_terminal() const {
  if (terminal_ != nullptr) tcsetattr(STDIN_FILENO, TCSANOW, &terminal_->state);
}

bool LineEditor::more_is_waiting() const {
  pollfd descriptor = {STDIN_FILENO, POLLIN, 0};
  return interactive_ && poll(&descriptor, 1, kPasteMs) == 1 && (descriptor.revents & POLLIN) != 0;
}

std::optional<std::string> LineEditor::read_line(const std::string& prompt) {
#if WC_HAVE_LIBEDIT
  if (interactive_) {
    char* line = readline(prompt.c_str());
    if (line == nullptr) return std::nullopt;
    std::string text(line);
    if (!text.empty()) add_history(line);
    std::free(line);
    return text;
  }
#endif
  if (interactive_) write_stdout(prompt);
  std::string text;
  if (!std::getline(std::cin, text)) return std::nullopt;
  return text;
}

std::optional<std::string> LineEditor::read_message(const std::string& prompt) {
  std::optional<std::string> line = read_line(prompt);
  if (!line) return std::nullopt;
  std::string message;
  const std::string more = std::string(prompt.size() > 2 ? prompt.size() - 2 : 0, ' ') + "| ";
  if (*line == kBlock) {
    while ((line = read_line(more)) && *line != kBlock) {
      message += (message.empty() ? "" : "\n") + *line;
    }
    return message;
  }
  message = *line;
  while (message.ends_with('\\') || more_is_waiting()) {
    line = read_line(more);
    if (!line) break;
    if (message.ends_with('\\')) message.pop_back();
    message += "\n" + *line;
  }
  return message;
}

}  // namespace wasmchord::cli
