"""Runs tools/bench_targets.py with stand-ins for wasmchord and the reference, whose rates are known."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tools" / "bench_targets.py"

# Tokens a second grow with the prompt, except where FALL says; decoding slows down with depth.
STAND_IN = """#!{python}
import json, os, pathlib, sys
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
with open({log!r}, "a", encoding="utf-8") as log:
    print(name, *words, file=log)
ours = name.startswith("wasmchord")
if name == "wasmchord-make-model":
    pathlib.Path(words[0]).touch()
elif words[0] == "quantize" or name == "llama-quantize":
    pathlib.Path(words[-2]).touch()
elif name == "llama-perplexity":
    print("Final estimate: PPL = 5.0000 +/- 0.1", file=sys.stderr)
elif words[0] == "perplexity":
    print(json.dumps({{"perplexity": float(os.environ.get("PPL", "5.01"))}}))
else:
    option = lambda flag, default: words[words.index(flag) + 1] if flag in words else default
    if not pathlib.Path(option("-m", "")).exists():
        sys.exit("no model")
    numbers = lambda flag, default: [int(n) for n in option(flag, default).split(",")]
    tests = [(p, 0, 0) for p in numbers("-p", "512") if p]
    tests += [(0, n, d) for n in numbers("-n", "128") if n for d in numbers("-d", "0")]
    rows = []
    for prompt, generated, depth in tests:
        rate = float(os.environ.get("SPEED", "3")) if ours else 1.0
        rate *= 100 + prompt if prompt else 10 / (1 + depth / 10000)
        rate *= 0.5 if str(prompt) == os.environ.get("FALL") else 1
        rows.append({{"n_prompt": prompt, "n_gen": generated, "n_depth": depth, "n_threads": int(option("-t", "1")),
                      "samples_ts": [rate], "cpu_info": "Stand-in", "isa": "none",
                      "machine_gb_per_s": 20.0 if ours else 0, "machine_share": 0.95 if ours and generated else 0}})
    if not ours:
        waste = bytearray(64 << 20)
        waste[::4096] = waste[::4096]
    print(json.dumps(rows))
"""


class BenchTargetsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "log"
        self.models = self.folder / "models"
        self.models.mkdir()
        for name in ("wasmchord", "wasmchord-make-model", "llama-bench", "llama-perplexity", "llama-quantize"):
            path = self.folder / name
            path.write_text(STAND_IN.format(python=sys.executable, log=str(self.log)), encoding="utf-8")
            path.chmod(0o755)

    def add_models(self, *names):
        for name in names:
            (self.models / f"{name}.gguf").touch()

    def run_script(self, only, *options, code=0, **environment):
        command = [sys.executable, SCRIPT, "--wasmchord", self.folder / "wasmchord", "--reference",
                   self.folder / "llama-bench", "--models", self.models, "-r", "2", "--only", only, *options]
        result = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **environment})
        self.assertEqual(result.returncode, code, result.stderr)
        return result.stdout.splitlines()[2:]

    def measure(self, only, code=0, **environment):
        (row,) = self.run_script(only, code=code, **environment)
        return [cell.strip() for cell in row.strip("|").split("|")]

    def test_speed(self):
        self.add_models("tl-Q4_0")
        target, measured, machine, command = self.measure("TinyLlama Q4_0, 2 threads: pp512")
        self.assertEqual(target, "TinyLlama Q4_0, 2 threads: pp512 ≥ 1.5×, tg128 ≥ 1.3×, ≥ 90 % of bandwidth")
        self.assertEqual(measured, "met: pp512 3.00× (3.00–3.00), tg128 3.00× (3.00–3.00), 95 % of bandwidth")
        self.assertEqual(machine, "Stand-in, none, 20.0 GB/s")
        self.assertRegex(command, r'^`tools/bench_compare.py -r 2 "\S*llama-bench -m .*" "\S*wasmchord bench -m .*"`$')
        self.assertIn("missed: pp512 1.40×", self.measure("Q4_0, 2 threads: pp512", code=1, SPEED="1.4")[1])

    def test_depth(self):
        self.add_models("tl-Q4_0")
        self.assertEqual(self.measure("at depth")[1], "met: 71 %")

    def test_monotone(self):
        self.add_models("tl-Q4_0")
        only = "TinyLlama Q4_0, 2 threads: t/s never"
        self.assertTrue(self.measure(only)[1].startswith("met: worst step 1.0"))
        self.assertTrue(self.measure(only, code=1, FALL="9")[1].startswith("missed: worst step 0.505× at 9 tokens"))

    def test_memory(self):
        self.add_models("tl-Q8_0")
        self.assertRegex(self.measure("TinyLlama Q8_0.*memory")[1], r"^met: 0\.\d+× \(\d+ of \d+ MiB\)$")
        self.assertIn("--no-bandwidth", self.log.read_text(encoding="utf-8"))

    def test_perplexity(self):
        only = "tales-7m Q4_0"
        self.assertEqual(self.measure(only)[1], "met: +0.20 % (5.0100 and 5.0000)")
        self.assertTrue(self.measure(only, code=1, PPL="4.9")[1].startswith("missed: -2.00 %"))

    def test_what_cannot_be_measured_does_not_stop_the_rest(self):
        self.add_models("s135-Q8_0")
        rows = self.run_script("^135M Q.*tg128", code=2)
        self.assertEqual(["not measured" in row for row in rows], [True, True, False, False, True, True])

    def test_models_are_made(self):
        self.run_script("135M Q4_0, 1 .*tg", "--make")
        calls = self.log.read_text(encoding="utf-8").splitlines()
        source, made = (self.models / f"s135-{kind}.gguf" for kind in ("f16", "Q4_0"))
        self.assertEqual(calls[0], f"wasmchord-make-model {source} --shape 135m --type F16")
        self.assertEqual(calls[1], f"wasmchord quantize {source} {made} Q4_0")
        self.assertTrue(calls[2].startswith("llama-bench"), calls[2])

    def test_models_are_made_by_another_quantizer(self):
        tales = self.folder / "tales"
        tales.mkdir()
        for name in ("tales-7m-f16.gguf", "heldout.txt"):
            (tales / name).touch()
        quantize = str(self.folder / "llama-quantize")
        self.run_script("tales-7m Q6_K", "--make", "--tales", str(tales), "--quantize", quantize)
        self.assertTrue((self.models / "heldout.txt").exists())
        self.assertTrue(self.log.read_text(encoding="utf-8").startswith("llama-quantize"))

    def test_reference_may_see_another_folder(self):
        self.run_script("tales-7m Q4_0", "--reference-models", "/elsewhere")
        self.assertIn("llama-perplexity -m /elsewhere/tales-7m-Q4_0.gguf", self.log.read_text(encoding="utf-8"))

    def test_readme_has_every_target(self):
        table = (ROOT / "bench" / "README.md").read_text(encoding="utf-8")
        for row in self.run_script("", "--list"):
            self.assertIn("\n" + row.split(" | ")[0] + " | ", table)
        self.run_script("no such target", code=2)


if __name__ == "__main__":
    unittest.main()
