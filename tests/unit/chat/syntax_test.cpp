// Statements, white space, scopes, macros, and what does not compile.
#include <gtest/gtest.h>

#include "tests/unit/chat/render.h"

namespace wasmchord::chat_testing {
namespace {

void expect(const char* source, const char* expected) {
  const Outcome outcome =
      render(source, R"({"xs": [1, 2, 3], "tree": [{"n": 1, "c": [{"n": 2, "c": []}]}, {"n": 3, "c": []}]})");
  EXPECT_TRUE(outcome.status) << source << ": " << outcome.status.message();
  EXPECT_EQ(outcome.text, expected) << source;
}

void expect_bad(std::string_view source, const char* message) {
  const Outcome outcome = render(source);
  EXPECT_EQ(outcome.status.code(), Code::kBadTemplate) << source;
  EXPECT_NE(outcome.status.message().find(message), std::string::npos) << outcome.status.message();
}

TEST(ChatSyntax, WhiteSpaceGoesWhereTagsSaySo) {
  expect("a\n  {% if true %}\nb\n  {% endif %}\nc\n", "a\nb\nc");
  expect("a {%- if true -%} b {%- endif -%} c", "abc");
  expect("  {%+ if true %}x{% endif %}", "  x");
  expect("{% if true +%}\nx{% endif %}", "\nx");
  expect("a {{- 1 -}} b", "a1b");
  expect("x\n  {# comment #}\ny {#- tight -#} z", "x\nyz");
  expect("a {% if true %} {% endif %}", "a  ");
  expect("a\r\nb\rc\r\n", "a\nb\nc");
  expect("a\n\n", "a\n");
  expect("{% raw %}{{ x }}{% if %}{% endraw %}!", "{{ x }}{% if %}!");
  expect("{%- raw -%}  {{ x }}  {%- endraw -%}  !", "{{ x }}!");
  expect("{{ '}}' }}{{ {'a': {'b': 1}}['a']['b'] }}", "}}1");
}

TEST(ChatSyntax, LoopsKnowWhereTheyAre) {
  expect("{% for x in xs %}{{ loop.index }}/{{ loop.length }}{{ ',' if not loop.last }}{% endfor %}", "1/3,2/3,3/3");
  expect("{% for x in xs %}{{ loop.revindex0 }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}", "22;113;02;");
  expect("{% for x in xs if x != 2 %}{{ x }}{{ loop.index }}{% else %}none{% endfor %}", "1132");
  expect("{% for x in [] %}x{% else %}none{% endfor %}", "none");
  expect("{% for x in xs %}{% if x == 1 %}{% continue %}{% endif %}{% break %}{% else %}none{% endfor %}", "none");
  expect("{% for x in xs %}{% if x == 2 %}{% break %}{% endif %}{% else %}none{% endfor %}", "");
  expect(
      "{% for x in xs %}{% if x == 2 %}{% continue %}{% endif %}{{ x }}{% if x == 3 %}{% break %}{% endif %}{% endfor "
      "%}",
      "13");
  expect("{% for x in xs %}{{ loop.cycle('a', 'b') }}{{ loop.changed(x > 1) }}{% endfor %}", "aTruebTrueaFalse");
  expect("{% for i in tree recursive %}{{ i.n }}{{ loop.depth }}{% if i.c %}({{ loop(i.c) }}){% endif %}{% endfor %}",
         "11(22)31");
  expect("{% for a, (b, c) in [(1, (2, 3))] %}{{ a + b + c }}{% endfor %}", "6");
}

TEST(ChatSyntax, AssignmentsStayInTheirBlock) {
  expect("{% set x = 1 %}{% for i in xs %}{% set x = i %}{% endfor %}{{ x }}", "1");
  expect("{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}", "2");
  expect(
      "{% set ns = namespace(x=1, y='a') %}{% for i in xs %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.y }}",
      "7a");
  expect("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a is defined }}", "3False");
  expect("{% set x %}a{{ 1 }}b{% endset %}{{ x }}", "a1b");
  expect("{% set x | upper | trim %} abc {% endset %}[{{ x }}]", "[ABC]");
  expect("{% set a, b = 1, 2 %}{{ a }}{{ b }}", "12");
  expect("{% filter upper | replace('B', '-') %}abc{% endfilter %}", "A-C");
  expect("{% generation %}{% set x = 1 %}g{{ x }}{% endgeneration %}{{ x is defined }}", "g1False");
}

TEST(ChatSyntax, MacrosTakeArgumentsAndCallers) {
  expect("{% macro m(a, b=2, c=b) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, c=3) }} {{ m(1, 4, 5) }}",
         "122 123 145");
  expect("{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}", "(1, 2){'x': 3}");
  expect("{% macro m(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) m(5) %}{{ y + 1 }}{% endcall %}", "<6>");
  expect("{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "3210");
  expect("{% macro m() %}{{ late }}{% endmacro %}{% set late = 'x' %}{{ m() }}", "x");
  expect("{% macro m(x) %}{{ x is undefined }}{% endmacro %}{{ m() }}", "True");
  expect("{% set j = joiner(',') %}{% for x in xs %}{{ j() }}{{ x }}{% endfor %}", "1,2,3");
  expect("{% set c = cycler('a', 'b') %}{% for x in xs %}{{ c.next() }}{{ c.current }}{% endfor %}{{ c.reset() }}",
         "abbaabNone");
}

TEST(ChatSyntax, TellsTheDate) {
  chat::RenderOptions options;
  options.now.tm_year = 2026 - 1900;
  options.now.tm_mon = 1;
  options.now.tm_mday = 3;
  options.now.tm_hour = 15;
  const Outcome outcome = render("{{ strftime_now('%d %B %Y, %-d %b %H:%M %p %%') }}", "{}", options);
  EXPECT_EQ(outcome.text, "03 February 2026, 3 Feb 15:00 PM %");
}

TEST(ChatSyntax, WhatIsWrongIsRefusedWithItsPlace) {
  expect_bad("a\nb {% if x %}", "expected endif");
  expect_bad("\n  {{ 1 + }}", "line 2, column 10");
  expect_bad("{{ x", "line 1, column 1: the tag has no end");
  expect_bad("{# x", "the comment has no end");
  expect_bad("{% raw %}x", "the raw block has no end");
  expect_bad("{{ 'x }}", "the string has no end");
  expect_bad("{% nosuch %}", "unknown tag 'nosuch'");
  expect_bad("{% include 'x' %}", "no other template");
  expect_bad("{% break %}", "belong into a loop");
  expect_bad("{% set true = 1 %}", "cannot assign");
  expect_bad("{{ 99999999999999999999 }}", "beyond 64 bits");
  expect_bad("{{ f(a=1, 2) }}", "invalid arguments");
  expect_bad("{{ x ? y }}", "unexpected character");
  expect_bad("{{ (1] }}", "unexpected ]");
  expect_bad("{{ 1 is odd is even }}", "cannot be chained");
  expect_bad("{% endif %}", "unknown tag 'endif'");
  expect_bad(std::string_view("\xff{{ 1 }}"), "not UTF-8");
}

}  // namespace
}  // namespace wasmchord::chat_testing
