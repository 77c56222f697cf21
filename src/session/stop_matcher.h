// Finds stop strings in a stream of text, across the borders of its pieces, and holds back what could still become one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wasmchord {

class StopMatcher {
 public:
  // Empty strings among `stop` are ignored.
  explicit StopMatcher(std::vector<std::string> stop = {});

  // Appends to *out what of the text so far can no longer belong to a stop string. True once one has been found: what
  // came before it is then in *out, it and the rest are dropped.
  bool push(std::string_view piece, std::string* out);
  // The end of the stream: gives what is held back.
  void flush(std::string* out);

 private:
  std::vector<std::string> stop_;
  std::string held_;
};

}  // namespace wasmchord
