"""Proves that tools/check_layers.py fails on each kind of forbidden include, and on nothing else."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_layers.py"

ALLOWED = [
    ("src/base/status.cpp", "<vector>"),
    ("src/gguf/reader.h", '"src/tensor/shape.h"'),
    ("src/tensor/dtype.h", '"kernels/formats/formats.def"'),
    ("src/model/model.h", '"src/tokenizer/tokenizer.h"'),
    ("src/sampler/softmax.cpp", '"kernels/cpu/exact_math.h"'),
    ("src/backend/cpu/cpu_backend.cpp", '"kernels/cpu/kernel_table.h"'),
    ("src/capi/context.cpp", '"src/backend/registry.h"'),
    ("src/capi/context.cpp", '"wasmchord/wasmchord.h"'),
    ("tools/cli/main.cpp", '"wasmchord/wasmchord.h"'),
    ("tools/cli/convert.cpp", '"tools/convert/convert.h"'),
    ("tools/convert/convert.cpp", '"tools/quantize/recipe.h"'),
    ("tools/make_model/main.cpp", '"src/gguf/gguf.h"'),
    ("examples/hello.c", "<wasmchord/wasmchord.h>"),
    ("include/wasmchord/wasmchord.hpp", '"wasmchord.h"'),
]
FORBIDDEN = [
    ("src/base/status.cpp", '"src/gguf/gguf.h"'),
    ("src/gguf/reader.cpp", '"src/model/model.h"'),
    ("src/model/model.cpp", '"src/session/session.h"'),
    ("src/model/model.cpp", '"src/backend/cpu/cpu_backend.h"'),
    ("src/model/model.cpp", '"src/backend/registry.h"'),
    ("src/model/model.cpp", '"src/sampler/sampler.h"'),
    ("src/model/model.cpp", '"kernels/cpu/kernel_table.h"'),
    ("src/sampler/top_k.cpp", '"src/tensor/shape.h"'),
    ("src/tensor/tensor.cpp", '"kernels/cpu/select.h"'),
    ("src/session/session.cpp", '"wasmchord/wasmchord.h"'),
    ("src/session/session.cpp", "<wasmchord/wasmchord.h>"),
    ("src/session/session.cpp", '"session.h"'),
    ("src/session/session.cpp", '"../model/model.h"'),
    ("src/backend/cpu/cpu_backend.cpp", '"src/backend/webgpu/webgpu_backend.h"'),
    ("src/backend/cpu/cpu_backend.cpp", '"src/model/model.h"'),
    ("src/backend/cpu/cpu_backend.cpp", '"kernels/cpu/avx2/vec.h"'),
    ("kernels/cpu/select.cpp", '"src/base/status.h"'),
    ("kernels/formats/q4_0.h", '"kernels/cpu/select.h"'),
    ("tools/cli/run.cpp", '"src/session/session.h"'),
    ("tools/convert/convert.cpp", '"src/tokenizer/vocabulary.h"'),
    ("tools/quantize/quantize.cpp", '"tools/convert/convert.h"'),
    ("examples/hello.c", '"src/session/session.h"'),
    ("src/astrology/stars.cpp", "<vector>"),
]


def run(path, include):
    with tempfile.TemporaryDirectory() as root:
        file = pathlib.Path(root, path)
        file.parent.mkdir(parents=True)
        file.write_text(f"#include {include}\n", encoding="utf-8")
        return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True, check=False)


class CheckLayersTest(unittest.TestCase):
    def test_allowed(self):
        for path, include in ALLOWED:
            with self.subTest(path=path, include=include):
                result = run(path, include)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_forbidden(self):
        for path, include in FORBIDDEN:
            with self.subTest(path=path, include=include):
                result = run(path, include)
                self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
                self.assertIn(path, result.stdout)


if __name__ == "__main__":
    unittest.main()
