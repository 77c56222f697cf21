// Expressions, filters, tests and methods, with results of Python and Jinja2 3.1.6.
#include <gtest/gtest.h>

#include "tests/unit/chat/render.h"

namespace wasmchord::chat_testing {
namespace {

struct Case {
  const char* source;
  const char* expected;
};

void expect_all(std::initializer_list<Case> cases) {
  for (const Case& c : cases) {
    const Outcome outcome = render(c.source, R"({"xs": [3, 1, 2], "s": "Hello, World", "u": "h\u00e9llo \u4f60\u597d",
                                                 "d": {"b": 1, "a": [1, 2]}, "t": true, "n": null})");
    EXPECT_TRUE(outcome.status) << c.source << ": " << outcome.status.message();
    EXPECT_EQ(outcome.text, c.expected) << c.source;
  }
}

void expect_failure(std::initializer_list<Case> cases, Code code) {
  for (const Case& c : cases) {
    const Outcome outcome = render(c.source, R"({"xs": [3, 1, 2], "d": {}})");
    EXPECT_EQ(outcome.status.code(), code) << c.source << " gave " << outcome.text;
    EXPECT_NE(outcome.status.message().find(c.expected), std::string::npos) << outcome.status.message();
  }
}

TEST(ChatExpressions, ComputeAsPython) {
  expect_all(
      {{"{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }}",
        "3 -4 2 -2 3.5 1024 0.5"},
       {"{{ 1 + 2 * 3 - 4 }} {{ (1 + 2) * 3 }} {{ -2 ** 2 }} {{ 2 ** 3 ** 2 }}", "3 9 4 64"},
       {"{{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1.5e300 }} {{ 0.1 + 0.2 }} {{ 100.0 }}",
        "1e+16 1000000000000000.0 0.0001 1e-05 1.5e+300 0.30000000000000004 100.0"},
       {"{{ true + 1 }} {{ 1 == 1.0 }} {{ 1 == true }} {{ '1' == 1 }} {{ none == none }}", "2 True True False True"},
       {"{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }}", "True False True True"},
       {"{{ 1 if false }}|{{ 1 if true else 2 }}|{{ 1 if false else 2 if false else 3 }}", "|1|3"},
       {"{{ 'a' ~ 1 ~ none ~ [1, 'b'] }} {{ [1] + [2] }} {{ [0] * 3 }}", "a1None[1, 'b'] [1, 2] [0, 0, 0]"},
       {"{{ not xs }} {{ xs and 'yes' }} {{ n or 'no' }} {{ 3 in xs }} {{ 9 not in xs }}", "False yes no True True"},
       {"{{ 0x1f }} {{ 0b101 }} {{ 0o17 }} {{ 1_000 }} {{ 1_0.5e1 }}", "31 5 15 1000 105.0"}});
}

TEST(ChatExpressions, IndexAndSliceByCharacters) {
  expect_all(
      {{"{{ u[1] }}{{ u[-1] }}{{ u[6:] }} {{ u[::-1] }} {{ u|length }}", "é好你好 好你 olléh 8"},
       {"{{ xs[0] }} {{ xs[-1] }} {{ xs[9] is undefined }} {{ xs[1:] }} {{ xs[:-1] }}", "3 2 True [1, 2] [3, 1]"},
       {"{{ d.b }} {{ d['a'][1] }} {{ d.zz is defined }} {{ d.items()|list }}", "1 2 False [('b', 1), ('a', [1, 2])]"},
       {"{{ (1, 2)[0] }} {{ (1,) }} {{ () }} {{ 'abc'.0 }}", "1 (1,) () a"}});
}

TEST(ChatExpressions, StringMethodsTakeStartAndEnd) {
  expect_all(
      {{"{{ 'aabaa'.find('a', -2) }} {{ 'aabaa'.count('a', 1, 4) }} {{ 'abc'.find('', 9) }}", "3 2 -1"},
       {"{{ u.find('l', 3) }} {{ u.rfind('l', 0, 3) }} {{ u.index('你') }}", "3 2 6"},
       {"{{ 'abc'.startswith('b', 1) }} {{ 'abc'.endswith(('b', 'x'), 0, 2) }}", "True True"},
       {"{{ '  a  b  c '.split(none, 1) }} {{ '  a  b  c '.rsplit(none, 1) }}", "['a', 'b  c '] ['  a  b', 'c']"}});
}

TEST(ChatExpressions, SortingAsksForEqualityFirst) {
  expect_all({{"{{ xs|sort(attribute='nosuch') }} {{ [d, d]|sort(attribute='b')|length }}", "[3, 1, 2] 2"}});
  expect_failure({{"{{ [{'a': 1}, {}]|sort(attribute='a') }}", ""}}, Code::kTemplateFailed);
}

TEST(ChatExpressions, FiltersKnowTheWeb) {
  expect_all({{"{{ {'a/b': 1, 'b c': 'd&~'}|urlencode }} {{ 'a/b c'|urlencode }}", "a%2Fb=1&b+c=d%26~ a/b%20c"},
              {"{{ '<b>&#39;&#x41;&nosuch; &lt;i&gt;</b>  &amp;'|striptags }}", "'A&nosuch; <i> &"}});
}

TEST(ChatExpressions, PrintAsPythonsRepr) {
  expect_all({{"{{ ['it\\'s', 'say \"x\"', 'a\\n\\t\\\\', '\\x00\\x7f\\u200b'] }}",
               "[\"it's\", 'say \"x\"', 'a\\n\\t\\\\', '\\x00\\x7f\\u200b']"},
              {"{{ {'a': none, 1: true, 2.5: [u]} }}", "{'a': None, 1: True, 2.5: ['héllo 你好']}"},
              {"{{ range(3) }} {{ range(0, 6, 2)|list }}", "range(0, 3) [0, 2, 4]"},
              {"{{ d.keys() }} {{ d.values() }}", "dict_keys(['b', 'a']) dict_values([1, [1, 2]])"}});
}

TEST(ChatExpressions, HaveTheMethodsOfStr) {
  expect_all(
      {{"{{ ' a b  c '.split() }} {{ 'a,b,c'.split(',', 1) }} {{ 'a b c'.rsplit(none, 1) }}",
        "['a', 'b', 'c'] ['a', 'b,c'] ['a b', 'c']"},
       {"{{ s.lower() }} {{ s.swapcase() }} {{ 'hello wORLD'.title() }} {{ 'éa'.upper() }} {{ 'straße'.upper() }}",
        "hello, world hELLO, wORLD Hello World ÉA STRASSE"},
       {"{{ s.find('o') }} {{ s.rfind('o') }} {{ s.count('l') }} {{ u.find('好') }} {{ s.find('zz') }}", "4 8 3 7 -1"},
       {"{{ s.partition(', ') }} {{ 'xx'.partition('y') }}", "('Hello', ', ', 'World') ('xx', '', '')"},
       {"{{ s.startswith(('x', 'He')) }} {{ s.endswith('d') }} {{ s.removeprefix('He') }}", "True True llo, World"},
       {"{{ 'ab'.center(7, '*') }} {{ 'ab'.ljust(4) }}| {{ '42'.zfill(5) }} {{ '-42'.zfill(5) }}",
        "***ab** ab  | 00042 -0042"},
       {"{{ 'a\\nb\\r\\nc\\n'.splitlines() }} {{ '-'.join(['a', 'b']) }}", "['a', 'b', 'c'] a-b"},
       {"{{ '12'.isdigit() }} {{ 'ab'.isalpha() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }} {{ 'Ab Cd'.istitle() }}",
        "True True True True True"}});
}

TEST(ChatExpressions, FormatAsPython) {
  expect_all(
      {{"{{ '%s is %d years, %.2f %% %5d|%-5s|%05d %x' % ('Al', 7, 1.005, 42, 'ab', 42, 255) }}",
        "Al is 7 years, 1.00 %    42|ab   |00042 ff"},
       {"{{ '%s %r'|format('a', 'b') }} {{ '%(x)s'|format(x=3) }}", "a 'b' 3"},
       {"{{ '{:>6}|{:<6}|{:^6}|{:06.2f}|{:,}|{:+d}|{:x}|{:.1%}'.format('a', 'b', 'c', 3.14159, 1234567, 5, 255, 0.125) "
        "}}",
        "     a|b     |  c   |003.14|1,234,567|+5|ff|12.5%"},
       {"{{ '{0[a]} {0[b]} {x!r}'.format({'a': 1, 'b': 2}, x='q') }} {{ '{:{}}'.format('a', 3) }}|", "1 2 'q' a  |"}});
}

TEST(ChatExpressions, HaveJinjasFilters) {
  expect_all(
      {{"{{ xs|sort }} {{ xs|sort(reverse=true) }} {{ ['b', 'A', 'c']|sort }} {{ xs|max }} {{ xs|min }} {{ xs|sum }}",
        "[1, 2, 3] [3, 2, 1] ['A', 'b', 'c'] 3 1 6"},
       {"{{ xs|batch(2)|list }} {{ xs|slice(2)|list }} {{ [1, 2, 1]|unique|list }}",
        "[[3, 1], [2]] [[3, 1], [2]] [1, 2]"},
       {"{% for k, v in [{'a': 1, 'b': 2}, {'a': 1, 'b': 3}]|groupby('a') %}{{ k }}:{{ v|map(attribute='b')|join(',') "
        "}}{% endfor %}",
        "1:2,3"},
       {"{{ 'hello world-foo'|title }} {{ 'a b c'|wordcount }} {{ '<b>x</b>  y'|striptags }} {{ '<a & \"b\">'|e }}",
        "Hello World-Foo 3 x y &lt;a &amp; &#34;b&#34;&gt;"},
       {"{{ 'foo bar baz qux'|truncate(9) }} {{ 'foo bar baz qux'|truncate(9, true) }} {{ 42.55|round(1) }} {{ "
        "42.4|round }} "
        "{{ 42.1|round(0, 'ceil') }}",
        "foo... foo ba... 42.5 42.0 43.0"},
       {"{{ 1000000|filesizeformat }} {{ 1024|filesizeformat(true) }} {{ 'a b/c?'|urlencode }}",
        "1.0 MB 1.0 KiB a%20b/c%3F"},
       {"{{ d|tojson }} {{ d|tojson(indent=2) }} {{ u|tojson }} {{ '<\\'&\"'|tojson }}",
        "{\"b\": 1, \"a\": [1, 2]} {\n  \"b\": 1,\n  \"a\": [\n    1,\n    2\n  ]\n} \"héllo 你好\" \"<'&\\\"\""},
       {"{{ {'x': {}, 'y': []}|tojson(indent=1) }}", "{\n \"x\": {},\n \"y\": []\n}"},
       {"{{ d|dictsort }} {{ d|items|list }} {{ xs|map('string')|join('+') }} {{ 'x'|default('y') }} {{ q|d('y') }}",
        "[('a', [1, 2]), ('b', 1)] [('b', 1), ('a', [1, 2])] 3+1+2 x y"},
       {"{{ xs|select('odd')|list }} {{ xs|reject('>', 1)|list }} {{ [{'a': 1}, {}]|selectattr('a', 'defined')|list }}",
        "[3, 1] [1] [{'a': 1}]"},
       {"{{ 'abc'|first }} {{ xs|last }} {{ 'abc'|reverse }} {{ '42abc'|int(7) }} {{ '3.7'|int }} {{ 'x'|float(1.5) }}",
        "a 2 cba 7 3 1.5"}});
}

TEST(ChatExpressions, HaveJinjasTests) {
  expect_all(
      {{"{{ t is boolean }} {{ 1 is integer }} {{ true is integer }} {{ true is number }} {{ 1.0 is float }}",
        "True True False True True"},
       {"{{ d is mapping }} {{ xs is sequence }} {{ 's' is iterable }} {{ 5 is divisibleby 5 }} {{ 4 is not odd }}",
        "True True True True True"},
       {"{{ n is none }} {{ q is undefined }} {{ q is not defined }} {{ 2 is in [1, 2] }} {{ 'x' is sameas 'x' }}",
        "True True True True True"},
       {"{{ 'join' is filter }} {{ 'odd' is test }} {{ range is callable }} {{ 'ABC' is upper }}",
        "True True True True"}});
}

TEST(ChatExpressions, FailWhereTheReferenceFails) {
  expect_failure({{"{{ q.x }}", "'q' is undefined"},
                  {"{{ q + 1 }}", "'q' is undefined"},
                  {"{{ d.q.x }}", "has no attribute 'q'"},
                  {"{{ 'a' + 1 }}", "line 1, column 8"},
                  {"a\n  {{ 1 + none }}", "line 2, column 8"},
                  {"{{ [1] < ['a'] }}", "not supported between"},
                  {"{{ 1 // 0 }}", "by zero"},
                  {"{{ nosuch(1) }}", "'nosuch' is undefined"},
                  {"{{ 5|nosuch }}", "No filter named 'nosuch'"},
                  {"{{ 5 is nosuch }}", "No test named 'nosuch'"},
                  {"{{ q|tojson }}", "not JSON serializable"},
                  {"{{ range|tojson }}", "not JSON serializable"},
                  {"{{ xs|map('upper')|length }}", "has no len()"},
                  {"{{ range(1000000) }}", "Range too big"},
                  {"{{ xs.append(1) }}", "is unsafe"},
                  {"{{ d.update(a=1) }}", "is unsafe"}},
                 Code::kTemplateFailed);
  expect_failure({{"\n{{ raise_exception('No ' ~ 1) }}", "line 2, column 19: No 1"}}, Code::kTemplateRefused);
}

}  // namespace
}  // namespace wasmchord::chat_testing
