// The functions that every template sees.
#include "src/chat/compare.h"
#include "src/chat/renderer.h"
#include "src/chat/time_format.h"

namespace wasmchord::chat {
namespace globals {
namespace {

constexpr int64_t kMaxRange = 100000;  // of Jinja's sandbox

Result<Value> range(Renderer& r, const Value&, CallArguments& arguments) {
  const std::vector<Value>& given = arguments.positional;
  if (given.empty() || given.size() > 3 || !arguments.keyword.empty())
    return failure("range expected 1 to 3 arguments");
  for (const Value& v : given) {
    if (!v.is_integral()) {
      return failure("'" + std::string(type_name(v)) + "' object cannot be interpreted as an integer");
    }
  }
  const int64_t start = given.size() > 1 ? given[0].as_int() : 0;
  const int64_t stop = given.size() > 1 ? given[1].as_int() : given[0].as_int();
  const int64_t step = given.size() > 2 ? given[2].as_int() : 1;
  if (step == 0) return failure("range() arg 3 must not be zero");
  std::vector<Value> items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    if (items.size() >= kMaxRange) {
      return failure("Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
    }
    items.push_back(Value::integer(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  std::string label = "range(" + std::to_string(start) + ", " + std::to_string(stop);
  if (step != 1) label += ", " + std::to_string(step);
  return make_sequence(r.heap(), std::move(items), SequenceKind::kRange, label + ")");
}

// Fills a dictionary from a mapping or pairs, then from keywords.
Status fill_dict(Renderer& r, CallArguments& arguments, Dict* dict) {
  if (arguments.positional.size() > 1) return failure("dict expected at most 1 argument");
  if (!arguments.positional.empty()) {
    const Value& from = arguments.positional[0];
    if (from.is_dict()) {
      for (const auto& [key, value] : from.dict().entries) dict_set(r.heap(), dict, key, value);
    } else {
      WC_ASSIGN(const std::vector<Value> pairs, iterate(r.heap(), from));
      for (const Value& pair : pairs) {
        WC_ASSIGN(const std::vector<Value> parts, iterate(r.heap(), pair));
        if (parts.size() != 2) return failure("dictionary update sequence elements must have length 2");
        if (!dict_set(r.heap(), dict, parts[0], parts[1])) return failure("unhashable type in a dictionary key");
      }
    }
  }
  for (auto& [key, value] : arguments.keyword) dict_set(r.heap(), dict, r.text(key), std::move(value));
  return Status::ok();
}

Result<Value> dict(Renderer& r, const Value&, CallArguments& arguments) {
  const Value result = make_dict(r.heap());
  WC_TRY(fill_dict(r, arguments, &result.dict()));
  if (too_deep(result)) return Status(Code::kTemplateLimit, "lists and dictionaries are nested too deep");
  return result;
}

Result<Value> make_namespace(Renderer& r, const Value&, CallArguments& arguments) {
  Dict initial;
  WC_TRY(fill_dict(r, arguments, &initial));
  auto space = std::make_shared<Namespace>();
  space->charge.grow(r.heap(), sizeof(Namespace) + initial.entries.size() * (sizeof(Value) + 64));
  for (auto& [key, value] : initial.entries) {
    if (key.is_string()) space->attributes.emplace_back(key.str(), std::move(value));
  }
  r.heap()->keep(space);
  return Value(Kind::kNamespace, std::move(space));
}

Result<Value> raise_exception(Renderer& r, const Value&, CallArguments& arguments) {
  std::vector<Value> v;
  WC_TRY(bind("raise_exception", arguments, {"message"}, 1, &v));
  const Value message = to_text(r.heap(), v[0]);
  return Status(Code::kTemplateRefused, std::string(message.str()));
}

Result<Value> strftime_now(Renderer& r, const Value&, CallArguments& arguments) {
  std::vector<Value> v;
  WC_TRY(bind("strftime_now", arguments, {"format"}, 1, &v));
  if (!v[0].is_string()) return failure("strftime() argument 1 must be str");
  return r.text(format_time(r.options().now, v[0].str()));
}

Result<Value> cycler_next(Renderer&, const Value& self, CallArguments&) {
  auto& cycler = self.as<Callable>();
  return cycler.state[cycler.position++ % cycler.state.size()];
}

Result<Value> cycler_reset(Renderer&, const Value& self, CallArguments&) {
  self.as<Callable>().position = 0;
  return Value::none();
}

// A cycler itself cannot be called; it is known by this function.
Result<Value> call_cycler(Renderer&, const Value&, CallArguments&) {
  return failure("'Cycler' object is not callable");
}

Result<Value> make_cycler(Renderer& r, const Value&, CallArguments& arguments) {
  if (arguments.positional.empty()) return failure("at least one item has to be provided");
  const Value cycler = make_function(r.heap(), "cycler", call_cycler);
  cycler.as<Callable>().state = std::move(arguments.positional);
  return cycler;
}

// Nothing at the first call, then its separator.
Result<Value> joiner_call(Renderer& r, const Value& self, CallArguments&) {
  auto& joiner = self.as<Callable>();
  return joiner.position++ == 0 ? r.text({}) : joiner.state[0];
}

Result<Value> make_joiner(Renderer& r, const Value&, CallArguments& arguments) {
  std::vector<Value> v = {r.text(", ")};
  WC_TRY(bind("joiner", arguments, {"sep"}, 0, &v));
  const Value joiner = make_function(r.heap(), "joiner", joiner_call);
  joiner.as<Callable>().state = std::move(v);
  return joiner;
}

}  // namespace
}  // namespace globals

const Value* cycler_current(const Value& value) {
  const auto& callable = value.as<Callable>();
  if (callable.function != globals::call_cycler) return nullptr;
  return &callable.state[callable.position % callable.state.size()];
}

Function find_cycler_method(std::string_view name) {
  if (name == "next") return globals::cycler_next;
  return name == "reset" ? globals::cycler_reset : nullptr;
}

Function find_global(std::string_view name) {
  static constexpr std::pair<std::string_view, Function> kFunctions[] = {
      {"range", globals::range},
      {"dict", globals::dict},
      {"namespace", globals::make_namespace},
      {"raise_exception", globals::raise_exception},
      {"strftime_now", globals::strftime_now},
      {"cycler", globals::make_cycler},
      {"joiner", globals::make_joiner},
  };
  for (const auto& [key, function] : kFunctions) {
    if (key == name) return function;
  }
  return nullptr;
}

}  // namespace wasmchord::chat
