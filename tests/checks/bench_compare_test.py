"""Feeds tools/bench_compare.py two commands that print known rates."""
import json
import pathlib
import shlex
import subprocess
import sys
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "bench_compare.py"


def command_that_prints(rows):
    text = "\n".join(json.dumps(row) for row in rows)
    return shlex.join([sys.executable, "-c", f"print({text!r})"])


def row(samples, n_gen=8):
    return {"n_prompt": 0, "n_gen": n_gen, "n_depth": 0, "n_threads": 2, "samples_ts": samples}


def compare(a, b):
    return subprocess.run([sys.executable, SCRIPT, "-r", "2", a, b], capture_output=True, text=True, check=False)


class BenchCompareTest(unittest.TestCase):
    def test_best_median_and_ratio(self):
        result = compare(command_that_prints([row([10, 20, 30])]), command_that_prints([row([15, 30, 60])]))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("| tg8, 2 threads | 30.00 | 20.00 | 60.00 | 30.00 | 2.000 | 1.500 |", result.stdout)

    def test_different_tests_are_an_error(self):
        result = compare(command_that_prints([row([10], 8)]), command_that_prints([row([10], 9)]))
        self.assertNotEqual(result.returncode, 0)

    def test_nothing_to_compare_is_an_error(self):
        self.assertNotEqual(compare(command_that_prints([]), command_that_prints([])).returncode, 0)


if __name__ == "__main__":
    unittest.main()
