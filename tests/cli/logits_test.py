import json
import unittest

from cli_case import DATA, SMALL_MODEL, CliCase

GOLDEN = DATA / "golden"
IDS = str(GOLDEN / "tales-ids.txt")


class LogitsTest(CliCase):
    def rows(self, *arguments):
        return [json.loads(line) for line in self.succeed("logits", "--json", *arguments).splitlines()]

    # Engines that round activations to 8 bits at different places differ by about as much as rounding itself costs: the
    # reference with Q8_0 is 0.17 from the reference with F32 weights for the small model, 0.09 for the built-in one.
    def compare(self, rows, name, mean_limit):
        reference = [json.loads(line) for line in (GOLDEN / name).read_text(encoding="ascii").splitlines()]
        self.assertEqual([(row["pos"], row["id"]) for row in rows], [(row["pos"], row["id"]) for row in reference])
        differences = []
        for ours, theirs in zip(rows, reference):
            mine = dict(map(tuple, ours["top"]))
            differences += [abs(mine[token] - value) for token, value in theirs["top"][:5] if token in mine]
        self.assertGreater(len(differences), 4.9 * len(reference))
        self.assertLess(sum(differences) / len(differences), mean_limit)
        agreed = sum(ours["top"][0][0] == theirs["top"][0][0] for ours, theirs in zip(rows, reference))
        self.assertGreater(agreed, 0.95 * len(reference))

    def test_small_model_matches_the_reference(self):
        self.compare(self.rows("-m", SMALL_MODEL, "--ids", IDS, "--top", "16"), "tales-1m-q8_0.logits.jsonl", 0.18)

    def test_built_in_model_matches_the_reference(self):
        self.compare(self.rows("--ids", IDS, "--top", "16"), "tales-7m-q4_0.logits.jsonl", 0.12)

    def test_line_format(self):
        line = self.succeed("logits", "--json", "-m", SMALL_MODEL, "-p", "Once", "--top", "2").splitlines()[0].decode("ascii")
        self.assertRegex(line, r'^\{"pos":0,"id":1,"top":\[\[\d+,-\d+\.\d{5}\],\[\d+,-\d+\.\d{5}\]\]\}$')

    def test_probabilities_are_sorted_and_at_most_one(self):
        row = self.rows("-m", SMALL_MODEL, "-p", "Once upon a", "--top", "5000")[-1]
        values = [value for _, value in row["top"]]
        self.assertEqual(len(values), 4096)
        self.assertEqual(values, sorted(values, reverse=True))
        self.assertAlmostEqual(sum(2.718281828459045 ** value for value in values), 1.0, places=3)

    def test_kv_types_agree_closely(self):
        exact = self.rows("-m", SMALL_MODEL, "--ids", IDS, "--top", "16", "--kv", "f32")
        half = self.rows("-m", SMALL_MODEL, "--ids", IDS, "--top", "16", "--kv", "f16")
        differences = [abs(a["top"][0][1] - b["top"][0][1]) for a, b in zip(exact, half)]
        self.assertLess(sum(differences) / len(differences), 0.1)
        self.assertNotEqual(exact, half)

    def test_kv_types_in_blocks_stay_close(self):
        rows = self.rows("-m", SMALL_MODEL, "--ids", IDS, "--top", "16", "--kv", "f32")
        for kv, bound in (("q8_0", 0.1), ("q4_0", 0.5)):
            blocks = self.rows("-m", SMALL_MODEL, "--ids", IDS, "--top", "16", "--kv", kv)
            differences = [abs(a["top"][0][1] - b["top"][0][1]) for a, b in zip(rows, blocks)]
            self.assertLess(sum(differences) / len(differences), bound)
            self.assertNotEqual(rows, blocks)

    def test_text_without_json(self):
        lines = self.succeed("logits", "-m", SMALL_MODEL, "-p", "Once", "--top", "3").decode("ascii").splitlines()
        self.assertEqual([len(line.split("\t")) for line in lines], [5] * len(lines))

    def test_errors(self):
        self.fail_with(1, "logits", "-m", SMALL_MODEL, "--ids", self.write("ids.txt", b"1 99999"))
        self.fail_with(2, "logits", "-m", SMALL_MODEL, "-p", "x", "--ids", IDS)
        self.fail_with(2, "logits", "-m", SMALL_MODEL, "-p", "x", "--kv", "f8")

    def test_perplexity_of_a_few_chunks(self):
        text = str(GOLDEN / "tales-heldout.txt")
        result = json.loads(self.succeed("perplexity", "-m", SMALL_MODEL, "-f", text, "--chunks", "4", "-c", "128", "--json"))
        self.assertEqual((result["n_chunks"], result["n_scored"]), (4, 4 * 63))
        self.assertGreater(result["error"], 0)
        for kv, bound in (("q8_0", 0.005), ("q4_0", 0.3)):
            arguments = ("-m", SMALL_MODEL, "-f", text, "--chunks", "4", "-c", "128", "--json", "--kv", kv)
            perplexity = json.loads(self.succeed("perplexity", *arguments))["perplexity"]
            self.assertLess(abs(perplexity / result["perplexity"] - 1), bound, kv)
        self.assertTrue(1 < result["perplexity"] < 20, result)
        self.assertIn("at least 1024", self.fail_with(1, "perplexity", "-m", SMALL_MODEL, "-p", "Too short."))


if __name__ == "__main__":
    unittest.main()
