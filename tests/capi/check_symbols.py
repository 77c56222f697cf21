#!/usr/bin/env python3
"""Fails where the static library could print, abort or exit, or defines a name outside wc_* and C++ namespaces.

Every undefined or external symbol is looked at; what is not recognised as harmless by a reasoned rule below counts.

usage: check_symbols.py NM LIBRARY
"""
import re
import subprocess
import sys

# Printing, ending the process, and what leads there. std::terminate and __cxa_* belong to the C++ runtime: terminate is
# reached only by an exception in a noexcept function, and what the ABI's functions call is guarded.
FORBIDDEN = re.compile(
    r"^(?:_*(?:v|f|vf|d|vd|as|vas)?w?printf(?:_chk)?|puts|fputs|fputc|putc|putchar|fwrite|write|perror|psignal|syslog"
    r"|abort|_?exit|_Exit|quick_exit|raise|kill|signal|__assert\w*|std::__glibcxx_assert_fail.*"
    r"|std::(?:cout|cerr|clog|wcout|wcerr|wclog)|std::(?:basic_)?o?stream\b.*|std::ostream::.*|stdout|stderr"
    r"|std::exit.*|std::abort.*|std::ios_base::Init::.*)(?:@.*)?$")
# Definitions that the compiler makes for namespaced code and for what is behind the handles. Some names of templates are
# beyond nm's demangler.
DEFINED = re.compile(
    r"^(?:wc_\w+(?:::~?wc_\w+\(.*\))?|_ZN[A-Z]*\d+(?:nlohmann|wasmchord)\w+|(?:(?:typeinfo|typeinfo name|vtable|VTT|guard variable|construction vtable)[ ]for[ ].*"
    r"|DW\.ref\..*|__clang_call_terminate|.*\b(?:wasmchord|std|nlohmann|__gnu_cxx)::.*|operator (?:new|delete).*))$")


def problems(listing):
    """`listing`: lines of nm -C, "address type name" or "U name"."""
    seen_own = 0
    for line in listing.splitlines():
        match = re.match(r"^\s*(?:[0-9a-fA-F]+\s+)?([A-Za-z?-])\s(.+)$", line)
        if not match:
            if line.strip() and not line.endswith(".o:"):
                yield f"cannot read: {line}"
            continue
        kind, name = match[1], match[2].strip()
        if kind in "Uw":
            if FORBIDDEN.match(name):
                yield f"refers to {name}"
        elif kind.isupper() or kind in "vu":
            seen_own += name.startswith("wc_")
            if not DEFINED.match(name):
                yield f"defines {name}"
    if seen_own == 0:
        yield "defines no wc_ function: this is not the library"


def self_test():
    good = "0000000000000000 T wc_version\n                 U snprintf\n0000 W std::vector<int>::push_back(int&&)\n"
    assert list(problems(good)) == []
    for bad in ("U printf", "U puts", "U abort", "U exit", "U std::cout", "U __assert_fail", "U __printf_chk",
                "U fprintf@GLIBC_2.2.5", "0000 T helper", "0000 D some_global", "0000 B table", "U _exit", "U vfprintf"):
        assert list(problems(good + " " + bad + "\n")), bad
    assert list(problems(""))
    assert list(problems(good + "nm: no symbols\n"))


def main():
    self_test()
    result = subprocess.run([sys.argv[1], "-C", "--extern-only", sys.argv[2]], capture_output=True, text=True,
                            check=True)
    found = sorted(set(problems(result.stdout)))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
