#!/usr/bin/env python3
"""Writes what the WebAssembly binding repeats of the C header: which functions the modules export, and the numbers, struct
layouts and signatures that TypeScript needs. The layouts are proven again by the compiler (bindings/wasm/abi_layout.h).

usage: gen_abi.py           writes bindings/wasm/exports.list, bindings/wasm/abi_layout.h and bindings/js/src/abi.ts
       gen_abi.py --check   fails where one of them is not what would be written
       --root DIR           of the repository
"""
import argparse
import pathlib
import re
import sys

HEADER = "include/wasmchord/wasmchord.h"
# Functions that the modules leave out.
LEFT_OUT = {
    "wc_model_load_file": "there are no files",
    "wc_inspect_file": "there are no files",
    "wc_context_configure": "the options of wc_context_create() say it all",
}
# Beyond the header: bindings/wasm/host.cpp and the C library. (name, result, arguments)
EXTRA = [
    ("malloc", "p", "p"), ("free", "v", "p"), ("wasm_set_host_hooks", "v", "p"),
]
# Only modules with threads have these, which export themselves.
THREADS = [
    ("wasm_set_pool_size", "v", "i"), ("wasm_set_stack_pointer", "v", "p"), ("wasm_run_thread", "v", "ip"),
]
SCALARS = {  # C type: (code, bytes); p: a pointer or size_t
    "uint32_t": ("u32", 4), "int32_t": ("i32", 4), "int": ("i32", 4), "float": ("f32", 4),
    "uint64_t": ("u64", 8), "int64_t": ("i64", 8), "double": ("f64", 8), "size_t": ("ptr", 0),
}
SIGNATURES = {"u32": "i", "i32": "i", "f32": "f", "u64": "j", "i64": "j", "f64": "d", "ptr": "p"}


def read_header(path):
    text = path.read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)


def read_enums(text):
    enums = {}
    for body, name in re.findall(r"typedef enum \w+ \{(.*?)\} (\w+);", text, flags=re.DOTALL):
        values = re.findall(r"(WC_\w+)\s*=\s*(\w+)", body)
        enums[name] = {key: int(value, 0) for key, value in values if not key.endswith("FORCE32")}
    return enums


def read_constants(text):
    found = re.findall(r"^#define (WC_\w+) (\d+)u?\s*$", text, flags=re.MULTILINE)
    return {name: int(value) for name, value in found}


def read_function_types(text):
    return set(re.findall(r"typedef \w+ \(\*(\w+)\)\(", text))


def split_field(line):
    """'const char* key' -> ('const char*', 'key'); a function pointer -> ('*', its name)."""
    pointer = re.match(r".*?\(\*(\w+)\)\(", line, flags=re.DOTALL)
    if pointer:
        return "*", pointer[1]
    kind, name = re.match(r"(.*?)(\w+)$", line, flags=re.DOTALL).groups()
    return kind.strip(), name


def read_structs(text):
    structs = {}
    for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, flags=re.DOTALL):
        structs[name] = [split_field(line.strip()) for line in body.split(";") if line.strip()]
    return structs


class Header:
    """The header's contents, and what its types are in memory."""

    def __init__(self, text):
        self.enums = read_enums(text)
        self.constants = read_constants(text)
        self.structs = read_structs(text)
        self.function_types = read_function_types(text)
        self.functions = self.read_functions(text)

    def scalar(self, kind):
        if "*" in kind or kind in self.function_types:
            return "ptr", 0
        if kind in self.enums:
            return "i32", 4
        return SCALARS[kind]

    def layout(self, name, pointer):
        """([(field, code, offset)], size, alignment) with nested structs as 'outer.inner'."""
        fields, offset, widest = [], 0, 1
        for kind, field in self.structs[name]:
            if kind in self.structs:
                inner, size, alignment = self.layout(kind, pointer)
            else:
                code, size = self.scalar(kind)
                size = size or pointer
                inner, alignment = [("", code, 0)], size
            offset = (offset + alignment - 1) // alignment * alignment
            fields += [(field + ("." + sub if sub else ""), code, offset + at) for sub, code, at in inner]
            offset, widest = offset + size, max(widest, alignment)
        return fields, (offset + widest - 1) // widest * widest, widest

    def code(self, kind):
        kind = kind.strip()
        return "v" if kind == "void" else SIGNATURES[self.scalar(kind)[0]]

    def read_functions(self, text):
        functions = []
        for result, name, arguments in re.findall(r"^WC_API (.*?)(\w+)\(([^;]*)\);", text, flags=re.MULTILINE):
            codes = ""
            if arguments.strip() != "void":
                codes = "".join(self.code(split_field(one.strip())[0]) for one in arguments.split(","))
            functions.append((name, self.code(result), codes))
        return functions


def exports_text(header):
    names = [name for name, _, _ in header.functions if name not in LEFT_OUT] + [name for name, _, _ in EXTRA]
    return "".join(f"_{name}\n" for name in names)


def layout_text(header):
    lines = ["// Generated by tools/gen_abi.py from wasmchord.h: the layouts that abi.ts has, checked by the compiler.",
             "#pragma once", "", "#include <wasmchord/wasmchord.h>", "", "#include <cstddef>", "",
             "namespace wasmchord::wasm {", "constexpr size_t either(size_t wasm32, size_t wasm64) {",
             "  return sizeof(void*) == 4 ? wasm32 : wasm64;", "}", "}  // namespace wasmchord::wasm", ""]
    for name in header.structs:
        narrow, narrow_size, _ = header.layout(name, 4)
        wide, wide_size, _ = header.layout(name, 8)
        lines.append(f"static_assert(sizeof({name}) == wasmchord::wasm::either({narrow_size}, {wide_size}));")
        for (field, _, at32), (_, _, at64) in zip(narrow, wide):
            lines.append(f"static_assert(offsetof({name}, {field}) == wasmchord::wasm::either({at32}, {at64}));")
    return "\n".join(lines) + "\n"


def camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def struct_text(header, name):
    narrow, narrow_size, _ = header.layout(name, 4)
    wide, wide_size, _ = header.layout(name, 8)
    lines = [f"export const {name} = {{", f"  byteSize: [{narrow_size}, {wide_size}],"]
    for (field, code, at32), (_, _, at64) in zip(narrow, wide):
        lines.append(f"  {camel(field.replace('.', '_'))}: ['{code}', {at32}, {at64}],")
    return lines + ["} as const;", ""]


def typescript_text(header):
    lines = ["// Generated by tools/gen_abi.py from include/wasmchord/wasmchord.h; do not edit.", "",
             "export const ABI_VERSION = %d;" % header.constants["WC_ABI_VERSION"], "",
             "/** The statuses by number, for messages. */", "export const STATUS_NAMES: Record<number, string> = {"]
    lines += [f"  {value}: '{key}'," for key, value in header.enums["wc_status"].items()]
    lines += ["};", ""]
    for values in header.enums.values():
        lines += [f"export const {key} = {value};" for key, value in values.items()]
        lines.append("")
    lines += [f"export const {key} = {value};" for key, value in header.constants.items() if "VERSION" not in key]
    lines += ["", "// Struct layouts: the size and each field's type and offset, for 4-byte and for 8-byte pointers.", ""]
    for name in header.structs:
        lines += struct_text(header, name)
    lines += ["/** Signatures, the result first: i 32 bits, j 64 bits, p pointer or size, f and d floating point, v nothing. */",
              "export const FUNCTIONS = {"]
    functions = [one for one in header.functions if one[0] not in LEFT_OUT] + EXTRA
    lines += [f"  {name}: '{result}{arguments}'," for name, result, arguments in functions]
    lines += ["} as const;", "", "/** As above, of modules with threads only. */", "export const THREAD_FUNCTIONS = {"]
    lines += [f"  {name}: '{result}{arguments}'," for name, result, arguments in THREADS]
    return "\n".join(lines) + "\n} as const;\n"


def outputs(root):
    header = Header(read_header(root / HEADER))
    return {"bindings/wasm/exports.list": exports_text(header), "bindings/wasm/abi_layout.h": layout_text(header),
            "bindings/js/src/abi.ts": typescript_text(header)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    options = parser.parse_args()
    stale = []
    for name, text in outputs(options.root).items():
        path = options.root / name
        if not options.check:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    for name in stale:
        print(f"{name} does not fit {HEADER}: run tools/gen_abi.py")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
