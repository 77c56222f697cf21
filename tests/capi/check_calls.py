#!/usr/bin/env python3
"""Fails where a function that the C header declares is called in none of the given C files.

usage: check_calls.py HEADER FILE...
"""
import pathlib
import re
import sys

DECLARATION = re.compile(r"^WC_API\s[^;(]*?\b(wc_\w+)\s*\(", re.MULTILINE)
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


def uncalled(header, sources):
    declared = DECLARATION.findall(header)
    if not declared:
        raise SystemExit("check_calls: the header declares nothing; is it the right file?")
    code = COMMENT.sub("", "\n".join(sources))
    return [name for name in declared if not re.search(rf"\b{name}\s*\(", code)]


def self_test():
    header = "WC_API wc_status wc_a(int x);\nWC_API const char*\n    wc_b(void);\n"
    assert uncalled(header, ["wc_a(1); /* wc_b() */"]) == ["wc_b"]
    assert uncalled(header, ["wc_a (1);", "x = wc_b();"]) == []
    assert uncalled(header, ["not_wc_a(); wc_ab();"]) == ["wc_a", "wc_b"]


def main():
    self_test()
    header, *sources = [pathlib.Path(name).read_text(encoding="utf-8") for name in sys.argv[1:]]
    missing = uncalled(header, sources)
    for name in missing:
        print(f"{name} is declared but never called")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
