"""Feeds tools/bench_compare.py commands that print known rates."""
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "bench_compare.py"


def python(code):
    return shlex.join([sys.executable, "-c", code])


def command_that_prints(rows):
    return python(f"print({json.dumps(rows)!r})")


def row(samples, n_gen=8, **more):
    return {"n_prompt": 0, "n_gen": n_gen, "n_depth": 0, "n_threads": 2, "samples_ts": samples, **more}


def google(*rows):
    rows = [{"run_type": "iteration", "real_time": 2.0, "time_unit": "us", **each} for each in rows]
    return command_that_prints({"context": {}, "benchmarks": rows})


def compare(old, new, *options):
    return subprocess.run([sys.executable, SCRIPT, *(options or ("-r", "2")), old, new], capture_output=True, text=True,
                          check=False)


def command_that_varies(folder, name, rounds):
    """Prints the next element of `rounds` at every call; notes its calls in folder/calls."""
    return python(f"""
import json, pathlib
calls = pathlib.Path({str(folder)!r}, "calls")
before = calls.read_text() if calls.exists() else ""
calls.write_text(before + {name!r})
print(json.dumps({rounds!r}[before.count({name!r})]))""")


class Case(unittest.TestCase):
    def compare_json(self, old, new, *options, code=0):
        result = compare(old, new, "-o", "json", *(options or ("-r", "2")))
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(result.stdout)

    def fail_with(self, text, old, new, *options):
        result = compare(old, new, *options)
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn(text, result.stderr)


class TokenRatesTest(Case):
    def test_best_median_and_ratio(self):
        result = compare(command_that_prints([row([10, 20, 30])]), command_that_prints([row([15, 30, 60])]))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("| tg8, 2 threads | t/s | 30 | 20 | 60 | 30 | 2.000 (2.000–2.000) | 1.500 (1.500–1.500) |\n",
                      result.stdout)
        self.assertRegex(result.stdout, r"Peak memory of the whole process: old \d+\.\d MiB, new \d+\.\d MiB")

    def test_interleaved_rounds_and_their_spread(self):
        with tempfile.TemporaryDirectory() as folder:
            old = command_that_varies(folder, "A", [[row([10])], [row([20])], [row([40])]])
            new = command_that_varies(folder, "B", [[row([20])], [row([20])], [row([60])]])
            test = self.compare_json(old, new, "-r", "3")["tests"][0]
            self.assertEqual(pathlib.Path(folder, "calls").read_text(encoding="utf-8"), "ABBAAB")
        self.assertEqual(test["old"]["rounds"], [[10], [20], [40]])
        self.assertEqual((test["old"]["best"], test["old"]["median"], test["old"]["worst"]), (40, 20, 10))
        self.assertEqual(test["new_over_old"]["best"], {"ratio": 1.5, "lowest": 1.0, "highest": 2.0})
        self.assertEqual(test["new_over_old"]["median"], {"ratio": 1.0, "lowest": 1.0, "highest": 2.0})

    def test_slower_only_where_no_sample_overlaps(self):
        old = command_that_prints([row([10, 12])])
        self.assertFalse(self.compare_json(old, command_that_prints([row([5, 10])]))["tests"][0]["slower"])
        below = command_that_prints([row([5, 9.9])])
        self.assertTrue(self.compare_json(old, below, code=1)["tests"][0]["slower"])
        result = compare(old, below)
        self.assertEqual(result.returncode, 1)
        self.assertIn("Slower in every sample: tg8, 2 threads", result.stdout)
        self.assertEqual(compare(old, below, "--smoke").returncode, 0)

    def test_one_slow_test_of_several_is_enough(self):
        old = command_that_prints([row([10]), row([10], n_gen=9)])
        new = command_that_prints([row([20]), row([9], n_gen=9)])
        tests = self.compare_json(old, new, code=1)["tests"]
        self.assertEqual([test["slower"] for test in tests], [False, True])

    def test_bandwidth_and_share(self):
        old = command_that_prints([row([10])])
        new = command_that_prints([row([20], machine_gb_per_s=16.5, machine_share=0.913)])
        result = compare(old, new)
        self.assertIn("| machine GB/s | new share |", result.stdout)
        self.assertIn("| 16.50 | 91.3 % |", result.stdout)
        test = self.compare_json(old, new)["tests"][0]
        self.assertIsNone(test["old"]["machine_gb_per_s"])
        self.assertEqual(test["new"]["machine_share"], 0.913)

    def test_names(self):
        rows = [{**row([1]), "n_prompt": 16, "n_gen": 0, "n_depth": 4}, {**row([1]), "n_prompt": 2, "n_threads": 1}]
        command = command_that_prints(rows)
        tests = self.compare_json(command, command)["tests"]
        self.assertEqual([test["test"] for test in tests], ["pp16 @ d4, 2 threads", "pp2+tg8, 1 thread"])

    def test_json_lines(self):
        lines = "\\n".join(json.dumps(each) for each in (row([1]), row([1], n_gen=9)))
        command = python(f"print('{lines}')")
        self.assertEqual(len(self.compare_json(command, command)["tests"]), 2)

    def test_peak_memory_is_of_each_command(self):
        printed = f"print({json.dumps([row([1])])!r})"
        result = self.compare_json(python(printed), python(f"x = bytearray(1 << 27); x[::4096] = x[::4096]; {printed}"))
        peak = result["peak_memory_bytes"]
        self.assertGreater(peak["old"], 1 << 20)
        self.assertGreater(peak["new"] - peak["old"], 100 << 20)


class GoogleBenchmarkTest(Case):
    def test_counters_and_repetitions(self):
        old = google({"name": "matvec/q4_0", "GMAC/s": 10, "GB/s": 7}, {"name": "matvec/q4_0", "GMAC/s": 14, "GB/s": 7},
                     {"name": "matvec/q4_0_mean", "run_type": "aggregate", "GMAC/s": 12})
        new = google({"name": "matvec/q4_0", "GMAC/s": 24, "GB/s": 1})
        (test,) = self.compare_json(old, new)["tests"]
        self.assertEqual((test["test"], test["unit"]), ("matvec/q4_0", "GMAC/s"))
        self.assertEqual((test["old"]["best"], test["old"]["worst"], test["new"]["median"]), (14, 10, 24))

    def test_without_a_common_counter_calls_are_counted(self):
        old, new = google({"name": "x", "GMAC/s": 10}), google({"name": "x", "real_time": 1.0})
        (test,) = self.compare_json(old, new)["tests"]
        self.assertEqual(test["unit"], "calls/s")
        self.assertAlmostEqual(test["old"]["best"], 5e5)
        self.assertAlmostEqual(test["new_over_old"]["best"]["ratio"], 2)

    def test_error_of_a_benchmark(self):
        broken = google({"name": "x", "error_occurred": True, "error_message": "no corpus"})
        self.fail_with("x: no corpus", google({"name": "x"}), broken)


class ErrorsTest(Case):
    def test_different_tests(self):
        old, new = command_that_prints([row([10], 8)]), command_that_prints([row([10], 8), row([10], 9)])
        self.fail_with("only one of the commands measured tg9, 2 threads", old, new)
        self.fail_with("only one of the commands measured tg9, 2 threads", new, old)
        self.assertEqual(len(self.compare_json(old, new, "--common")["tests"]), 1)
        self.assertEqual(len(self.compare_json(old, new, "--match", "tg8")["tests"]), 1)
        self.fail_with("nothing that both have", old, command_that_prints([row([10], 9)]), "--common")

    def test_nothing_measured(self):
        self.fail_with("nothing", command_that_prints([]), command_that_prints([]))

    def test_twice_the_same(self):
        command = command_that_prints([row([10]), row([11])])
        self.fail_with("two results", command, command)

    def test_commands_that_fail(self):
        good = command_that_prints([row([10])])
        self.fail_with("exit code 3", good, python("raise SystemExit(3)"))
        self.fail_with("cannot run", "/nonexistent/bench", good)
        self.fail_with("cannot read the output", good, python("print('| md | table |')"))
        self.fail_with("cannot read the output", good, command_that_prints([{"n_prompt": 1}]))

    def test_usage(self):
        good = command_that_prints([row([10])])
        for options in (("-r", "0"), ("-o", "xml"), ("--unknown",)):
            self.assertEqual(compare(good, good, *options).returncode, 2)
        self.assertEqual(subprocess.run([sys.executable, SCRIPT, good], capture_output=True, check=False).returncode, 2)


if __name__ == "__main__":
    unittest.main()
