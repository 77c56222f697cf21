import csv
import io
import json
import unittest

from cli_case import SMALL_MODEL, CliCase

SHORT = ("bench", "-m", SMALL_MODEL, "-p", "16", "-n", "4", "-t", "1", "-r", "2")
FIELDS = {
    "build_commit", "cpu_info", "model_filename", "model_type", "model_size", "model_n_params", "n_batch", "n_ubatch",
    "n_threads", "type_k", "type_v", "n_prompt", "n_gen", "n_depth", "test_time", "avg_ns", "stddev_ns", "avg_ts",
    "stddev_ts", "samples_ns", "samples_ts", "isa", "decode_gb_per_s", "machine_gb_per_s", "machine_share",
    "peak_memory_bytes",
}


class BenchTest(CliCase):
    def test_json(self):
        rows = json.loads(self.succeed(*SHORT, "-o", "json"))
        self.assertEqual([(row["n_prompt"], row["n_gen"]) for row in rows], [(16, 0), (0, 4)])
        for row in rows:
            self.assertEqual(FIELDS - row.keys(), set())
            self.assertEqual(len(row["samples_ns"]), 2)
            self.assertGreater(row["avg_ts"], 0)
            self.assertGreater(row["machine_gb_per_s"], 0.1)
            self.assertGreater(row["peak_memory_bytes"], 1 << 20)
            tokens = row["n_prompt"] + row["n_gen"]
            self.assertAlmostEqual(row["samples_ts"][0], tokens * 1e9 / row["samples_ns"][0], delta=0.01)
        self.assertEqual(rows[0]["decode_gb_per_s"], 0)
        expected = rows[1]["bytes_per_token"] * rows[1]["avg_ts"] / 1e9
        self.assertAlmostEqual(rows[1]["decode_gb_per_s"], expected, places=6)

    def test_lists_make_every_combination(self):
        lines = self.succeed("bench", "-m", SMALL_MODEL, "-p", "8,4", "-n", "2", "-d", "0,6", "-t", "1,2", "-r", "1",
                             "--no-warmup", "--no-bandwidth", "-o", "jsonl").splitlines()
        rows = [json.loads(line) for line in lines]
        self.assertEqual(len(rows), 12)
        self.assertEqual({(row["n_threads"], row["n_depth"], row["n_prompt"], row["n_gen"]) for row in rows},
                         {(t, d, p, g) for t in (1, 2) for d in (0, 6) for p, g in ((8, 0), (4, 0), (0, 2))})

    def test_markdown_and_csv(self):
        table = self.succeed(*SHORT).decode("utf-8").splitlines()
        self.assertEqual(len(table), 4)
        self.assertTrue(all(line.count("|") == 12 for line in table), table)
        self.assertIn("| pp16 |", table[2])
        self.assertIn("| tg4 |", table[3])
        rows = list(csv.DictReader(io.StringIO(self.succeed(*SHORT, "-o", "csv").decode("utf-8"))))
        self.assertEqual([row["n_gen"] for row in rows], ["0", "4"])

    def test_no_bandwidth(self):
        row = json.loads(self.succeed("bench", "-m", SMALL_MODEL, "-p", "0", "-n", "2", "-t", "1", "-r", "1",
                                      "--no-bandwidth", "-o", "jsonl"))
        self.assertEqual((row["machine_gb_per_s"], row["machine_share"]), (0, 0))
        self.assertGreater(row["decode_gb_per_s"], 0)

    def test_usage(self):
        self.fail_with(2, "bench", "-p", "many")
        self.fail_with(2, "bench", "-o", "xml")
        self.fail_with(2, "bench", "-r", "0")


if __name__ == "__main__":
    unittest.main()
