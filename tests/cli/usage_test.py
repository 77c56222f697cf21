import unittest

from cli_case import SMALL_MODEL, CliCase

COMMANDS = ("run", "tokenize", "inspect", "logits", "perplexity", "quantize", "bench")


class UsageTest(CliCase):
    def test_help(self):
        top = self.succeed("--help").decode("utf-8")
        for command in COMMANDS:
            self.assertIn(command, top)
            self.assertIn("--json" if command != "bench" else "--output", self.succeed(command, "--help").decode("utf-8"))

    def test_version(self):
        self.assertRegex(self.succeed("--version").decode("ascii"), r"^wasmchord \d+\.\d+\.\d+\n$")

    def test_usage_errors(self):
        self.fail_with(2)
        self.fail_with(2, "sing")
        self.fail_with(2, "run", "--colour")
        self.fail_with(2, "run", "-p", "a", "-f", "b")
        self.fail_with(2, "run", "-n", "many")
        self.fail_with(2, "run", "-n", "-1")
        self.fail_with(2, "run", "--top-p", "2")
        self.fail_with(2, "run", "--temp", "-1")
        self.fail_with(2, "inspect", "a", "b")

    def test_failures(self):
        self.assertIn("nothing.gguf", self.fail_with(1, "run", "-m", "nothing.gguf", "-p", "x"))
        self.assertIn("nothing.txt", self.fail_with(1, "run", "-f", "nothing.txt"))
        self.assertIn("mips", self.fail_with(1, "run", "-p", "x", "--isa", "mips"))
        self.fail_with(1, "run", "-p", "x", env={"WC_FORCE_ISA": "mips"})
        self.fail_with(1, "run", "-m", self.write("text.gguf", b"this is no model"), "-p", "x")
        self.fail_with(1, "run", "-m", self.folder, "-p", "x")
        self.fail_with(1, "run", "-p", "x", "-t", "100000")

    def test_memory_limit(self):
        self.assertIn("memory", self.fail_with(1, "run", "-p", "x", "--max-memory", "1MB").lower())
        self.succeed("run", "-p", "x", "-n", "1", "--max-memory", "500MB")

    def test_truncated_model_is_refused(self):
        with open(SMALL_MODEL, "rb") as file:
            half = file.read()[:600000]
        self.fail_with(1, "run", "-m", self.write("half.gguf", half), "-p", "x")


if __name__ == "__main__":
    unittest.main()
