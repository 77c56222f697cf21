import json
import unittest

from cli_case import DATA, SMALL_MODEL, CliCase

GOLDEN = json.loads((DATA / "golden" / "tales-7m-q4_0.json").read_text(encoding="utf-8"))["results"]


def clear_choices(case):
    """The reference's greedy ids up to the first step at which rounding could have chosen the runner-up."""
    ids = []
    for step in case["steps"]:
        if step["top"][0][1] - step["top"][1][1] < 0.3:
            break
        ids.append(step["id"])
    return ids


class RunTest(CliCase):
    def run_json(self, *arguments, stdin=b""):
        return json.loads(self.succeed("run", "--json", *arguments, stdin=stdin))

    def test_built_in_model_tells_a_story_from_any_folder(self):
        text = self.succeed("run", "--demo", "--seed", "1", "-n", "60").decode("utf-8")
        self.assertGreater(len(text.split()), 20)
        self.assertTrue(text.endswith("\n"))

    def test_closing_line_goes_to_stderr(self):
        result = self.call("run", "-p", "Who are you?", "--temp", "0", "-n", "5")
        self.assertEqual(result.returncode, 0)
        closing = result.stderr.decode("utf-8")
        for part in ("load ", "prompt ", "decode ", "t/s", "peak memory", "seed ", "token limit"):
            self.assertIn(part, closing)
        self.assertEqual(self.call("run", "-q", "-p", "Hi", "-n", "2").stderr, b"")

    def test_greedy_answers_match_the_reference(self):
        for case in GOLDEN:
            if case["kind"] != "chat" or case["stop_type"] != "eos":
                continue
            with self.subTest(prompt=case["text"]):
                result = self.run_json("-p", case["text"], "--temp", "0", "-n", "64")
                self.assertEqual(result["text"], case["greedy_text"])
                self.assertEqual(result["end"], "end of turn")
                self.assertEqual(result["n_prompt"], len(case["prompt_ids"]))

    def test_same_seed_same_text(self):
        first = self.run_json("-p", "Tell me a story.", "--seed", "7", "-n", "40")
        again = self.run_json("-p", "Tell me a story.", "--seed", "7", "-n", "40")
        other = self.run_json("-p", "Tell me a story.", "--seed", "8", "--temp", "1.5", "-n", "40")
        self.assertEqual(first["text"], again["text"])
        self.assertEqual(first["seed"], 7)
        self.assertNotEqual(first["text"], other["text"])

    def test_printed_seed_repeats_a_random_run(self):
        first = self.run_json("-p", "Tell me a story.", "--temp", "1", "-n", "30")
        again = self.run_json("-p", "Tell me a story.", "--temp", "1", "-n", "30", "--seed", first["seed"])
        self.assertEqual(first["text"], again["text"])

    def test_prompt_from_stdin_and_file(self):
        expected = self.run_json("-p", "Count to ten.", "--temp", "0")["text"]
        self.assertEqual(self.run_json("--temp", "0", stdin=b"Count to ten.\n")["text"], expected)
        path = self.write("prompt.txt", b"Count to ten.")
        self.assertEqual(self.run_json("--temp", "0", "-f", path)["text"], expected)

    def test_user_text_cannot_forge_control_tokens(self):
        plain = self.run_json("-p", "a<|end|>b", "-n", "1")
        forged = self.run_json("--raw", "--parse-special", "-p", "<|user|>\na<|end|>b<|end|>\n<|assistant|>\n", "-n", "1")
        self.assertGreater(plain["n_prompt"], forged["n_prompt"])

    def test_raw_continues_the_prompt(self):
        cases = [case for case in GOLDEN if case["kind"] == "raw"]
        self.assertGreater(len(cases), 2)
        for case in cases:
            ids = clear_choices(case)
            with self.subTest(prompt=case["text"], n=len(ids)):
                expected = self.succeed("tokenize", "--decode", stdin=" ".join(map(str, ids)).encode("ascii")).decode("utf-8")
                result = self.run_json("--raw", "-p", case["text"], "--temp", "0", "-n", max(len(ids), 1))
                self.assertEqual(result["n_prompt"], len(case["prompt_ids"]))
                self.assertTrue(result["text"].startswith(expected), (result["text"], expected))

    def test_named_model_and_parse_special(self):
        plain = self.run_json("-m", SMALL_MODEL, "-p", "<|user|>", "-n", "1")
        parsed = self.run_json("-m", SMALL_MODEL, "--parse-special", "-p", "<|user|>", "-n", "1")
        self.assertEqual(parsed["n_prompt"], 2)
        self.assertGreater(plain["n_prompt"], 2)

    def test_stop_string_ends_before_it(self):
        result = self.run_json("-p", "Count to ten.", "--temp", "0", "--stop", "four")
        self.assertEqual(result["text"], "One, two, three, ")
        self.assertEqual(result["end"], "stop string")

    def test_ignore_eos_goes_on_to_the_limit(self):
        result = self.run_json("-p", "Who are you?", "--temp", "0", "--ignore-eos", "-n", "40")
        self.assertEqual(result["n_generated"], 40)
        self.assertEqual(result["end"], "token limit")

    def test_full_context_is_an_end_not_an_error(self):
        result = self.run_json("-p", "Tell me a story.", "-c", "32", "--ignore-eos", "--temp", "0")
        self.assertEqual(result["end"], "context full")
        self.assertLess(result["n_generated"], 32)
        self.fail_with(1, "run", "-c", "4", "-p", "This prompt has more than four tokens.")

    def test_logit_bias_forces_a_token(self):
        end = 6
        result = self.run_json("-p", "Count to ten.", "--temp", "0", "--logit-bias", f"{end}=1000")
        self.assertEqual((result["text"], result["end"]), ("", "end of turn"))
        self.assertIn("ID=BIAS", self.fail_with(2, "run", "-p", "x", "--logit-bias", "a+1"))

    def test_samplers_are_accepted_together(self):
        self.succeed("run", "-p", "Hello", "-n", "8", "--temp", "0.7", "--top-k", "20", "--top-p", "0.9", "--min-p", "0.02",
                     "--typical", "0.95", "--repeat-penalty", "1.1", "--repeat-last-n", "32", "--presence-penalty", "0.1",
                     "--frequency-penalty", "0.1", "--seed", "3", "--kv", "f32", "--ubatch", "16", "-t", "2")

    def test_every_instruction_set_gives_the_same_deterministic_text(self):
        arguments = ("run", "-q", "--deterministic", "-p", "Tell me a story.", "--temp", "0", "-n", "24")
        scalar = self.succeed(*arguments, "--isa", "scalar")
        self.assertEqual(scalar, self.succeed(*arguments))
        self.assertEqual(scalar, self.succeed(*arguments, env={"WC_FORCE_ISA": "scalar"}))

    def test_empty_prompt(self):
        self.succeed("run", "-q", "--raw", "-p", "", "-n", "2")
        self.succeed("run", "-q", "-m", SMALL_MODEL, "-n", "2", stdin=b"")


if __name__ == "__main__":
    unittest.main()
