#!/usr/bin/env python3
"""Fails on an #include that the layers forbid (src/README.md draws them).

usage: check_layers.py [ROOT]
"""
import pathlib
import re
import sys

SOURCE_SUFFIXES = {".c", ".cpp", ".h", ".hpp", ".def"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', re.MULTILINE)

BASE = {"base"}
DATA = {"tensor"} | BASE
SEAM = {"backend"} | DATA
MODEL = {"model", "tokenizer", "ops", "gguf"} | SEAM
SESSION = {"session", "sampler", "chat"} | MODEL

# What each layer may include besides the C++ standard library.
ALLOWED = {
    "base": BASE,
    "tensor": DATA | {"kernels/formats"},
    "gguf": {"gguf"} | DATA,
    "backend": SEAM,
    "ops": {"ops"} | SEAM,
    "backend/registry": {"backend/registry", "backend/concrete"} | SEAM,
    "backend/concrete": {"ops", "backend/registry", "kernels/formats", "kernels/cpu"} | SEAM,
    "sampler": {"sampler"} | BASE,
    "tokenizer": {"tokenizer", "gguf"} | BASE,
    "chat": {"chat", "gguf"} | BASE,
    "model": MODEL,
    "session": SESSION,
    "capi": {"capi", "backend/registry", "public"} | SESSION,
    "kernels/formats": {"kernels/formats"},
    "kernels/cpu": {"kernels/formats", "kernels/cpu", "kernels/isa"},
    "kernels/isa": {"kernels/formats", "kernels/cpu", "kernels/isa"},
    "public": {"public"},
    "tools/cli": {"tools/cli", "tools/convert", "tools/quantize", "public"},
    "tools/convert": {"tools/convert", "tools/quantize", "gguf"} | DATA,
    "tools/quantize": {"tools/quantize", "gguf", "kernels/formats"} | DATA,
    "examples": {"examples", "public"},
    "bindings": {"bindings", "public"},
}
# A header that depends on nothing and gives the same bits everywhere: src/ may use it wherever it computes.
EXACT_MATH = "kernels/cpu/exact_math.h"
# Written by CMake into the build folder.
GENERATED = {"build_commit.h", "wasmchord_formats.h"}
# Outside of the layers: they test, measure or prepare, and may look at anything.
FREE = ("tests/", "bench/", "tools/", "kernels/wgsl/")


def layer_of(path):
    """The layer that a file belongs to; None where the rule says nothing about it."""
    parts = path.split("/")
    if path.startswith(("include/wasmchord/", "wasmchord/")):
        return "public"
    for tool in ("tools/cli", "tools/convert", "tools/quantize"):
        if path.startswith(tool + "/"):
            return tool
    if parts[0] in ("examples", "bindings"):
        return parts[0]
    if path.startswith("kernels/formats/"):
        return "kernels/formats"
    if path.startswith("kernels/cpu/"):
        return "kernels/cpu" if len(parts) == 3 else "kernels/isa"
    if path.startswith("src/backend/") and len(parts) > 3:
        return "backend/concrete"
    if path.startswith("src/backend/") and path != "src/backend/backend.h":
        return "backend/registry"
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return None


def violation(path, included, quoted):
    """Why `path` must not include `included`; None where it may."""
    layer = layer_of(path)
    if layer is None:
        return None
    target = layer_of(included)
    if target is None:
        # Programs of the user's side may keep headers beside their sources.
        beside = path.startswith(("include/", "examples/", "bindings/")) and "/" not in included
        if not quoted or beside or included in GENERATED:
            return None
        return "is not named from the repository's root"
    if layer == "backend/concrete" and target == layer and included.split("/")[2] != path.split("/")[2]:
        return "is another backend's"
    if target in ALLOWED[layer] or target == layer:
        return None
    if included == EXACT_MATH and path.startswith("src/"):
        return None
    return f"is not below {layer}"


def check(root):
    """All violations below `root`, as lines of text."""
    found = []
    for folder in ("include", "src", "kernels", "examples", "bindings", "tools/cli", "tools/convert",
                   "tools/quantize"):
        for file in sorted((root / folder).rglob("*")):
            path = file.relative_to(root).as_posix()
            if file.suffix not in SOURCE_SUFFIXES or not file.is_file():
                continue
            layer = layer_of(path)
            if layer not in ALLOWED and not path.startswith(FREE):
                found.append(f"{path}: belongs to no layer that tools/check_layers.py knows")
            else:
                found.extend(check_file(file, path))
    return found


def check_file(file, path):
    found = []
    text = file.read_text(encoding="utf-8")
    for match in INCLUDE.finditer(text):
        reason = violation(path, match[2], match[1] == '"')
        if reason:
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path}:{line}: {match[2]} {reason}")
    return found


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    found = check(root)
    for line in found:
        print(line)
    print(f"check_layers: {len(found)} forbidden includes" if found else "check_layers: every include is allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
