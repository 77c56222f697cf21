import json
import os
import pty
import subprocess
import unittest

from cli_case import CLI, SMALL_MODEL, TIMEOUT_S, CliCase

MAKE_MODEL = os.environ["WC_MAKE_MODEL"]
# Of them the command writes those whose formats it computes.
TYPES = ("F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q5_K_S", "Q5_1", "Q5_0", "Q4_K_M", "Q4_K_S", "Q4_1", "Q4_0", "IQ4_NL",
         "IQ4_XS", "Q3_K_L", "Q3_K_M", "Q3_K_S", "Q2_K", "TQ1_0", "TQ2_0", "MXFP4")
CHANGED_KEYS = {"general.file_type", "general.quantization_version"}
MIB = 1 << 20


class QuantizeTest(CliCase):
    def make_model(self, *arguments, kind="F32"):
        path = self.folder / f"{kind}.gguf"
        subprocess.run([MAKE_MODEL, path, "--type", kind, *arguments], check=True, timeout=TIMEOUT_S)
        return path

    def quantize(self, *arguments):
        return json.loads(self.succeed("quantize", *arguments, "--json"))

    def inspect(self, path):
        return json.loads(self.succeed("inspect", path, "--json"))

    def files(self):
        return sorted(path.name for path in self.folder.iterdir())

    def writable(self):
        text = self.succeed("quantize", "--help").decode("utf-8").split("Types:")[1]
        return [kind for kind in TYPES if f"  {kind} " in text]

    def test_every_type_can_be_run(self):
        source = self.make_model()
        before = source.read_bytes()
        self.assertIn("Q8_0", self.writable())
        for kind in self.writable():
            with self.subTest(kind=kind):
                out = self.folder / f"out-{kind}.gguf"
                report = self.quantize(source, out, kind)
                self.assertEqual(report["file_bytes"], out.stat().st_size)
                self.assertLess(out.stat().st_size, len(before))
                logits = json.loads(self.succeed("logits", "-m", out, "-p", "ab", "--top", "5", "--json").splitlines()[0])
                self.assertTrue(logits)
        self.assertEqual(source.read_bytes(), before)

    def test_metadata_order_and_norms_are_kept(self):
        source, out = self.make_model(), self.folder / "out.gguf"
        self.quantize(source, out, "Q8_0")
        a, b = self.inspect(source), self.inspect(out)
        for key, value in a["metadata"].items():
            if key not in CHANGED_KEYS:
                self.assertEqual(b["metadata"][key], value, key)
        self.assertEqual(set(b["metadata"]), set(a["metadata"]) | CHANGED_KEYS)
        self.assertEqual(b["metadata"]["general.file_type"], 7)
        self.assertEqual(b["metadata"]["general.quantization_version"], 2)
        self.assertEqual([t["name"] for t in a["tensors"]], [t["name"] for t in b["tensors"]])
        for tensor in b["tensors"]:
            self.assertEqual(tensor["type"], "F32" if tensor["name"].endswith("_norm.weight") else "Q8_0")

    def test_threads_do_not_change_the_bytes(self):
        source = self.make_model()
        self.quantize(source, self.folder / "1.gguf", "Q6_K", "-t", "1")
        self.quantize(source, self.folder / "3.gguf", "Q6_K", "-t", "3")
        self.assertEqual((self.folder / "1.gguf").read_bytes(), (self.folder / "3.gguf").read_bytes())

    def test_options_choose_types(self):
        source, out = self.make_model("--untied"), self.folder / "out.gguf"
        report = self.quantize(source, out, "q4_0", "--output-type", "F16", "--embedding-type", "q8_0")
        types = {tensor["name"]: tensor["to"] for tensor in report["tensors"]}
        self.assertEqual(types["output.weight"], "F16")
        self.assertEqual(types["token_embd.weight"], "Q8_0")
        self.assertEqual(types["blk.0.attn_q.weight"], "Q4_0")
        types = {t["name"]: t["to"] for t in self.quantize(source, out, "Q4_0", "--pure")["tensors"]}
        self.assertEqual(types["output.weight"], "Q4_0")

    def test_requantizing_must_be_asked_for(self):
        out = self.folder / "out.gguf"
        message = self.fail_with(1, "quantize", SMALL_MODEL, out, "Q4_0")
        self.assertIn("--allow-requantize", message)
        self.assertEqual(self.files(), [])
        self.quantize(SMALL_MODEL, out, "Q4_0", "--allow-requantize")
        self.succeed("logits", "-m", out, "-p", "Once", "--top", "1")

    def test_dry_run_writes_nothing(self):
        source = self.make_model()
        report = self.quantize(source, self.folder / "out.gguf", "Q8_0", "--dry-run")
        self.assertLess(report["bytes_after"], report["bytes_before"])
        self.assertEqual(self.files(), [source.name])

    def test_refusals_name_the_reason_and_leave_nothing(self):
        source = self.make_model()
        before = source.read_bytes()
        self.assertIn("Q8_0", self.fail_with(2, "quantize", source, "out.gguf", "Q9_X"))
        self.assertIn("--output-type", self.fail_with(2, "quantize", source, "o.gguf", "Q8_0", "--output-type", "I32"))
        self.fail_with(2, "quantize", source, "out.gguf")
        self.assertIn("nothing.gguf", self.fail_with(1, "quantize", "nothing.gguf", "out.gguf", "Q8_0"))
        self.assertIn("is the input", self.fail_with(1, "quantize", source, source, "Q8_0"))
        os.link(source, self.folder / "same.gguf")
        self.assertIn("is the input", self.fail_with(1, "quantize", source, "same.gguf", "Q8_0"))
        self.fail_with(1, "quantize", source, self.folder, "Q8_0")
        self.fail_with(1, "quantize", source, "/dev/null", "Q8_0")
        self.fail_with(1, "quantize", source, "missing/out.gguf", "Q8_0")
        self.fail_with(1, "quantize", self.write("half.gguf", before[:len(before) // 2]), "out.gguf", "Q8_0")
        self.assertEqual(self.files(), sorted(["half.gguf", "same.gguf", source.name]))
        self.assertEqual(source.read_bytes(), before)

    def test_not_finite_weights_are_refused_by_name(self):
        source = self.make_model()
        content = bytearray(source.read_bytes())
        content[-4:] = b"\x00\x00\xc0\x7f"  # the last weight of output.weight
        message = self.fail_with(1, "quantize", self.write("nan.gguf", bytes(content)), "out.gguf", "Q8_0")
        self.assertIn("output.weight", message)
        self.assertIn("NaN", message)
        self.assertNotIn("out.gguf", self.files())

    def test_what_was_there_is_replaced_whole(self):
        source = self.make_model()
        out = self.folder / "out.gguf"
        out.write_bytes(b"old")
        self.fail_with(2, "quantize", source, out, "Q9_X")
        self.assertEqual(out.read_bytes(), b"old")
        self.quantize(source, out, "Q8_0")
        self.assertEqual(out.read_bytes()[:4], b"GGUF")
        self.assertEqual(self.files(), sorted([source.name, out.name]))

    def test_ctrl_c_leaves_nothing(self):
        source = self.make_model("--shape", "135m", kind="F16")
        process = subprocess.Popen([CLI, "quantize", source, "out.gguf", "Q6_K", "-t", "1"], cwd=self.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_for(process, lambda: len(self.files()) > 1)  # it writes
        self.interrupt(process)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.files(), [source.name])

    def test_memory_stays_bounded_and_a_terminal_sees_progress(self):
        source = self.make_model("--shape", "135m", kind="F16")
        self.assertGreater(source.stat().st_size, 250 * MIB)
        report = self.quantize(source, self.folder / "out.gguf", "Q8_0", "-t", "2")
        shadow = 50 if os.environ.get("WC_SANITIZE") else 0  # MiB that AddressSanitizer itself takes
        self.assertLess(report["peak_memory_bytes"], (100 + shadow) * MIB)
        leader, follower = pty.openpty()
        process = subprocess.Popen([CLI, "quantize", source, "again.gguf", "Q8_0"], cwd=self.folder, stderr=follower)
        os.close(follower)
        shown = b""
        try:
            while piece := os.read(leader, 4096):
                shown += piece
        except OSError:  # Linux says so when the last writer has gone
            pass
        os.close(leader)
        self.assertEqual(process.wait(TIMEOUT_S), 0)
        self.assertIn(b"quantizing [", shown)
        self.assertIn(b"bits per weight", shown)


if __name__ == "__main__":
    unittest.main()
