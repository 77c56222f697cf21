// Templates made to explode.
#include <gtest/gtest.h>

#include "tests/unit/chat/render.h"

namespace wasmchord::chat_testing {
namespace {

Outcome with_limits(std::string_view source, bool immutable = true) {
  chat::RenderOptions options;
  options.limits.max_steps = 200'000;
  options.limits.max_memory_bytes = 4 << 20;
  options.limits.max_output_bytes = 1 << 20;
  options.immutable = immutable;
  return render(source, "{}", options);
}

void expect_limit(std::string_view source) {
  const Outcome outcome = with_limits(source);
  EXPECT_EQ(outcome.status.code(), Code::kTemplateLimit) << source << ": " << outcome.status.message();
  EXPECT_EQ(outcome.status.message().rfind("line ", 0), 0u) << outcome.status.message();
}

TEST(ChatLimits, StepsEnd) {
  expect_limit(
      "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}{% endfor %}{% endfor "
      "%}");
  expect_limit("{% macro m(n) %}{{ m(n) if n else '' }}{{ m(n - 1) if n else '' }}{% endmacro %}{{ m(60) }}");
}

TEST(ChatLimits, MemoryEnds) {
  expect_limit("{{ 'a' * 1000000000000 }}");
  expect_limit("{{ [0] * 1000000000000 }}");
  expect_limit(
      "{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}");
  expect_limit("{% set ns = namespace(s=[0]) %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}{% endfor %}");
  expect_limit("{{ 'x'.center(100000000000) }}");
  expect_limit("{{ '%9999999999d' % 1 }}");
  expect_limit("{{ ('ab' * 1000000).replace('', 'xyzxyzxyz') }}");
  expect_limit("{{ ('ab' * 1000000) | list | length }}");
  expect_limit("{{ [1]|tojson(indent=100000000) }}");
}

TEST(ChatLimits, OutputEnds) {
  expect_limit("{% for i in range(1000) %}{% for i in range(100) %}" + std::string(100, 'x') +
               "{% endfor %}{% endfor %}");
}

TEST(ChatLimits, RecursionEnds) {
  expect_limit("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
  expect_limit("{% for x in [[]] recursive %}{{ loop([x]) }}{% endfor %}");
  expect_limit("{% set ns = namespace(x=[]) %}{% for i in range(1000) %}{% set ns.x = [ns.x] %}{% endfor %}");
  expect_limit("{% set ns = namespace(x={}) %}{% for i in range(1000) %}{% set ns.x = {'a': ns.x} %}{% endfor %}");
  // A list that is twice in itself, sixty times over, has 2^60 parts to print.
  const std::string twins =
      "{% set ns = namespace(x=[]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}";
  expect_limit(twins + "{{ ns.x }}");
  expect_limit(twins + "{{ ns.x|tojson }}");
  const std::string deep = std::string(5000, '(') + "1" + std::string(5000, ')');
  EXPECT_EQ(render("{{ " + deep + " }}").status.code(), Code::kBadTemplate);
  std::string sum = "1";
  for (int i = 0; i < 5000; ++i) sum += "+1";
  EXPECT_EQ(render("{{ " + sum + " }}").status.code(), Code::kBadTemplate);
  std::string nots;
  for (int i = 0; i < 5000; ++i) nots += "not ";
  EXPECT_EQ(render("{{ " + nots + "1 }}").status.code(), Code::kBadTemplate);
  std::string blocks;
  for (int i = 0; i < 5000; ++i) blocks += "{% if 1 %}";
  EXPECT_EQ(render(blocks).status.code(), Code::kBadTemplate);
  std::string dots = "x";
  for (int i = 0; i < 5000; ++i) dots += ".x";
  EXPECT_EQ(render("{{ " + dots + " }}").status.code(), Code::kBadTemplate);
}

TEST(ChatLimits, WhatHoldsItselfIsLetGo) {
  // Without the sandbox, a list can be its own element; LeakSanitizer sees what stays.
  EXPECT_TRUE(with_limits("{% set a = [] %}{% set _ = a.append(1) %}{{ a }}", false).status);
  EXPECT_TRUE(with_limits("{% set a = [] %}{% set _ = a.append(a) %}{{ a }}", false).status);
  EXPECT_TRUE(with_limits("{% set ns = namespace() %}{% set ns.self = ns %}{{ ns.self.self is defined }}").status);
  EXPECT_TRUE(with_limits("{% set ns = namespace() %}{% macro m() %}{% endmacro %}{% set ns.m = m %}x").status);
  EXPECT_TRUE(with_limits("{% set ns = namespace() %}{% for i in [1] %}{% set ns.l = loop %}{% endfor %}x").status);
}

TEST(ChatLimits, ALongConversationFits) {
  nlohmann::ordered_json messages = nlohmann::ordered_json::array();
  for (int i = 0; i < 2000; ++i) {
    messages.push_back({{"role", i % 2 == 0 ? "user" : "assistant"}, {"content", std::string(1000, 'x')}});
  }
  const Outcome outcome =
      render_json("{% for m in messages %}<|{{ m.role }}|>\n{{ m['content'] | trim + '<|end|>' }}{% endfor %}",
                  {{"messages", messages}});
  EXPECT_TRUE(outcome.status) << outcome.status.message();
  EXPECT_GT(outcome.text.size(), 2'000'000u);
}

}  // namespace
}  // namespace wasmchord::chat_testing
