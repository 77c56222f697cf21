#include "src/chat/convert.h"

#include <algorithm>
#include <cmath>

#include "src/chat/callable.h"
#include "src/chat/numbers.h"
#include "src/chat/utf8.h"

namespace wasmchord::chat {
namespace {

void append_hex(uint32_t c, int digits, std::string* out) {
  constexpr const char* kHex = "0123456789abcdef";
  for (int k = digits - 1; k >= 0; --k) out->push_back(kHex[(c >> (4 * k)) & 15]);
}

// Copies a text piece by piece, each character as `escape` writes it, keeping the marks.
template <typename Escape>
void append_escaped(const Text& text, TextBuilder* out, Escape escape) {
  size_t mark = 0;
  std::string piece;
  bool piece_marked = false;
  for (size_t i = 0; i < text.bytes.size();) {
    while (mark < text.marks.size() && text.marks[mark].end <= i) ++mark;
    const bool marked = mark < text.marks.size() && text.marks[mark].begin <= i;
    if (marked != piece_marked) {
      out->add(piece, piece_marked);
      piece.clear();
      piece_marked = marked;
    }
    escape(utf8::next(text.bytes, &i), &piece);
  }
  out->add(piece, piece_marked);
}

void append_string_repr(const Text& text, TextBuilder* out) {
  const bool has_single = text.bytes.find('\'') != std::string::npos;
  const char quote = has_single && text.bytes.find('"') == std::string::npos ? '"' : '\'';
  out->add(std::string_view(&quote, 1));
  append_escaped(text, out, [quote](char32_t c, std::string* piece) {
    if (c == '\\' || c == static_cast<char32_t>(quote)) {
      piece->append({'\\', static_cast<char>(c)});
    } else if (c == '\n') {
      piece->append("\\n");
    } else if (c == '\r') {
      piece->append("\\r");
    } else if (c == '\t') {
      piece->append("\\t");
    } else if (utf8::is_printable(c)) {
      utf8::append(c, piece);
    } else {
      piece->append(c < 0x100 ? "\\x" : (c < 0x10000 ? "\\u" : "\\U"));
      append_hex(c, c < 0x100 ? 2 : (c < 0x10000 ? 4 : 8), piece);
    }
  });
  out->add(std::string_view(&quote, 1));
}

void append_json_string(const Text& text, bool ensure_ascii, TextBuilder* out) {
  out->add("\"");
  append_escaped(text, out, [ensure_ascii](char32_t c, std::string* piece) {
    constexpr std::string_view kFrom = "\"\\\b\f\n\r\t";
    constexpr std::string_view kTo = "\"\\bfnrt";
    const size_t known = c < 0x80 ? kFrom.find(static_cast<char>(c)) : std::string_view::npos;
    if (known != std::string_view::npos) {
      piece->append({'\\', kTo[known]});
    } else if (c < 0x20 || (ensure_ascii && c >= 0x7F && c < 0x10000 && c != 0x7F)) {
      piece->append("\\u");
      append_hex(c, 4, piece);
    } else if (ensure_ascii && c >= 0x10000) {
      const uint32_t v = c - 0x10000;
      piece->append("\\u");
      append_hex(0xD800 + (v >> 10), 4, piece);
      piece->append("\\u");
      append_hex(0xDC00 + (v & 0x3FF), 4, piece);
    } else {
      utf8::append(c, piece);
    }
  });
  out->add("\"");
}

void append_sequence_repr(const Value& value, TextBuilder* out, uint32_t depth) {
  const Sequence& sequence = value.sequence();
  if (sequence.kind == SequenceKind::kRange) return out->add(sequence.label);
  if (sequence.kind == SequenceKind::kIterator) return out->add("<generator object>");
  const bool tuple = sequence.kind == SequenceKind::kTuple;
  if (sequence.kind == SequenceKind::kView) {
    out->add(sequence.label);
    out->add("(");
  }
  out->add(tuple ? "(" : "[");
  for (size_t i = 0; i < sequence.items.size(); ++i) {
    if (i > 0) out->add(", ");
    append_repr(sequence.items[i], out, depth + 1);
  }
  if (tuple && sequence.items.size() == 1) out->add(",");
  out->add(tuple ? ")" : "]");
  if (sequence.kind == SequenceKind::kView) out->add(")");
}

void append_dict_repr(const Value& value, TextBuilder* out, uint32_t depth) {
  out->add("{");
  bool first = true;
  for (const auto& [key, item] : value.dict().entries) {
    if (!first) out->add(", ");
    first = false;
    append_repr(key, out, depth + 1);
    out->add(": ");
    append_repr(item, out, depth + 1);
  }
  out->add("}");
}

// The indentation of a JSON text: nothing without one.
class JsonWriter {
 public:
  JsonWriter(const JsonStyle& style, TextBuilder* out) : style_(style), out_(*out) {
    item_separator_ = style.item_separator.value_or(style.indent ? "," : ", ");
    key_separator_ = style.key_separator.value_or(": ");
  }

  Status write(const Value& value, uint32_t depth);

 private:
  void new_line(uint32_t depth) {
    if (!style_.indent) return;
    out_.add("\n");
    for (uint32_t i = 0; i < depth; ++i) out_.add(*style_.indent);
  }
  Status write_list(const Value& value, uint32_t depth);
  Status write_dict(const Value& value, uint32_t depth);
  Status write_key(const Value& key);

  const JsonStyle& style_;
  TextBuilder& out_;
  std::string item_separator_;
  std::string key_separator_;
};

std::string json_number(const Value& value) {
  if (value.is(Kind::kInt)) return std::to_string(value.as_int());
  const double f = value.as_double();
  if (std::isnan(f)) return "NaN";
  if (std::isinf(f)) return f < 0 ? "-Infinity" : "Infinity";
  return float_repr(f);
}

Status JsonWriter::write(const Value& value, uint32_t depth) {
  if (depth > kMaxValueDepth || out_.must_stop()) {
    return {Code::kTemplateLimit, "lists and dictionaries are nested too deep or too large"};
  }
  switch (value.kind()) {
    case Kind::kNone:
      out_.add("null");
      return Status::ok();
    case Kind::kBool:
      out_.add(value.as_bool() ? "true" : "false");
      return Status::ok();
    case Kind::kInt:
    case Kind::kFloat:
      out_.add(json_number(value));
      return Status::ok();
    case Kind::kString:
      append_json_string(value.text(), style_.ensure_ascii, &out_);
      return Status::ok();
    case Kind::kSequence:
      if (value.sequence().kind <= SequenceKind::kTuple) return write_list(value, depth);
      break;
    case Kind::kDict:
      return write_dict(value, depth);
    default:
      break;
  }
  return failure("Object of type " + std::string(type_name(value)) + " is not JSON serializable");
}

Status JsonWriter::write_list(const Value& value, uint32_t depth) {
  out_.add("[");
  bool first = true;
  for (const Value& item : value.items()) {
    if (!first) out_.add(item_separator_);
    first = false;
    new_line(depth + 1);
    WC_TRY(write(item, depth + 1));
  }
  if (!first) new_line(depth);
  out_.add("]");
  return Status::ok();
}

Status JsonWriter::write_key(const Value& key) {
  if (key.is_string()) {
    append_json_string(key.text(), style_.ensure_ascii, &out_);
    return Status::ok();
  }
  if (!key.is_number() && !key.is_none()) {
    return failure("keys must be str, int, float, bool or None, not " + std::string(type_name(key)));
  }
  out_.add("\"");
  WC_TRY(write(key, 0));
  out_.add("\"");
  return Status::ok();
}

Status JsonWriter::write_dict(const Value& value, uint32_t depth) {
  std::vector<const std::pair<Value, Value>*> entries;
  for (const auto& entry : value.dict().entries) entries.push_back(&entry);
  if (style_.sort_keys) {
    const auto is_text = [](const auto* entry) { return entry->first.is_string(); };
    if (!std::all_of(entries.begin(), entries.end(), is_text)) return failure("only strings can be sorted as keys");
    std::stable_sort(entries.begin(), entries.end(),
                     [](const auto* a, const auto* b) { return a->first.str() < b->first.str(); });
  }
  out_.add("{");
  bool first = true;
  for (const auto* entry : entries) {
    if (!first) out_.add(item_separator_);
    first = false;
    new_line(depth + 1);
    WC_TRY(write_key(entry->first));
    out_.add(key_separator_);
    WC_TRY(write(entry->second, depth + 1));
  }
  if (!first) new_line(depth);
  out_.add("}");
  return Status::ok();
}

}  // namespace

bool truthy(const Value& value) {
  switch (value.kind()) {
    case Kind::kUndefined:
    case Kind::kNone:
      return false;
    case Kind::kBool:
    case Kind::kInt:
      return value.as_int() != 0;
    case Kind::kFloat:
      return value.as_double() != 0;
    case Kind::kString:
      return !value.str().empty();
    case Kind::kSequence:
      return value.sequence().kind == SequenceKind::kIterator || !value.items().empty();
    case Kind::kDict:
      return !value.dict().entries.empty();
    case Kind::kNamespace:
    case Kind::kCallable:
    case Kind::kLoop:
      break;
  }
  return true;
}

void append_repr(const Value& value, TextBuilder* out, uint32_t depth) {
  if (depth > kMaxValueDepth || out->must_stop()) return out->add("...");
  switch (value.kind()) {
    case Kind::kUndefined:
      return out->add("Undefined");
    case Kind::kNone:
      return out->add("None");
    case Kind::kBool:
      return out->add(value.as_bool() ? "True" : "False");
    case Kind::kInt:
      return out->add(std::to_string(value.as_int()));
    case Kind::kFloat:
      return out->add(float_repr(value.as_double()));
    case Kind::kString:
      return append_string_repr(value.text(), out);
    case Kind::kSequence:
      return append_sequence_repr(value, out, depth);
    case Kind::kDict:
      return append_dict_repr(value, out, depth);
    case Kind::kNamespace:
      return out->add("<Namespace>");
    case Kind::kCallable:
      return out->add("<function " + value.as<Callable>().name + ">");
    case Kind::kLoop:
      return out->add("<LoopContext>");
  }
}

void append_text(const Value& value, TextBuilder* out) {
  if (value.is_string()) return out->add(value);
  if (!value.is_undefined()) append_repr(value, out);
}

Value to_text(Heap* heap, const Value& value) {
  if (value.is_string()) return value;
  TextBuilder out(heap);
  append_text(value, &out);
  return out.finish();
}

Status append_json(const Value& value, const JsonStyle& style, TextBuilder* out) {
  return JsonWriter(style, out).write(value, 0);
}

}  // namespace wasmchord::chat
