// Lines from a person or from a pipe.
#pragma once

#include <optional>
#include <string>

namespace wasmchord::cli {

// At a terminal: editing and history through libedit where the build has it. One at a time.
class LineEditor {
 public:
  LineEditor();
  ~LineEditor();
  LineEditor(const LineEditor&) = delete;
  LineEditor& operator=(const LineEditor&) = delete;

  // One message: a line, or several that came at once (pasted), that end in a backslash, or that lie between lines of
  // three double quotes. None at the end of the input.
  std::optional<std::string> read_message(const std::string& prompt);

  // Puts the terminal back as it was found; for a process that ends in the middle of a line. From any thread.
  void restore_terminal() const;

 private:
  std::optional<std::string> read_line(const std::string& prompt);
  // Whether more input is there already, as after a paste.
  bool more_is_waiting() const;

  struct Terminal;
  bool interactive_;
  Terminal* terminal_ = nullptr;
};

}  // namespace wasmchord::cli
