"""However weights lie in memory, and whatever computes with them, the logits are the same."""
import pathlib
import tempfile
import unittest

from cli_case import DATA, CliCase

TINY = DATA / "models" / "tiny"


class LayoutTest(CliCase):
    def logits(self, model, *options):
        return self.succeed("logits", "--json", "-m", model, "--ids", str(TINY / "ids.txt"), "--top", "320", *options)

    def compare(self, name, kind):
        with tempfile.TemporaryDirectory() as folder:
            model = str(pathlib.Path(folder) / "model.gguf")
            self.succeed("quantize", str(TINY / f"{name}.gguf"), model, kind)
            packed = self.logits(model, "-t", "2")
            self.assertGreater(packed.count(b"\n"), 4)
            self.assertEqual(packed, self.logits(model, "--file-layout"), f"{name} {kind} in the file's layout")
            self.assertEqual(packed, self.logits(model, "--isa", "scalar"), f"{name} {kind} on scalar")

    def test_experts(self):
        self.compare("moe", "Q4_0")

    def test_embedding_that_is_the_output_too(self):
        for kind in ("Q8_0", "Q5_1"):
            self.compare("gqa-tied", kind)

    def test_one_head_of_keys(self):
        for kind in ("IQ4_NL", "MXFP4"):
            self.compare("mqa", kind)


if __name__ == "__main__":
    unittest.main()
