import re
import unittest

from cli_case import DATA, SMALL_MODEL, CliCase

HELDOUT = str(DATA / "golden" / "tales-heldout.txt")
# As the reference engine computes them for the same file by the same convention.
REFERENCE_SMALL = 5.069
REFERENCE_BUILT_IN = 5.438
TOLERANCE = 0.005


class PerplexityTest(CliCase):
    def check(self, reference, *arguments):
        text = self.succeed("perplexity", *arguments, "-f", HELDOUT).decode("ascii")
        value = float(re.fullmatch(r"PPL = (\d+\.\d{4}) \+/- \d+\.\d{5}\n", text)[1])
        self.assertLess(abs(value / reference - 1), TOLERANCE, text)

    def test_small_model(self):
        self.check(REFERENCE_SMALL, "-m", SMALL_MODEL)

    def test_built_in_model(self):
        self.check(REFERENCE_BUILT_IN)


if __name__ == "__main__":
    unittest.main()
