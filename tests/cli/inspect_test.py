import json
import unittest

from cli_case import DATA, SMALL_MODEL, CliCase

MALFORMED = DATA / "gguf-malformed"
# The manifest has the verdict of a reader without nested arrays; the format has them.
NESTED_ARRAYS = ("kv_arr_elem_type_9.gguf",)


class InspectTest(CliCase):
    def test_small_model(self):
        file = json.loads(self.succeed("inspect", SMALL_MODEL, "--json", "-c", "256"))
        self.assertEqual(file["architecture"], "llama")
        self.assertTrue(file["runnable"])
        self.assertEqual(file["unsupported"], [])
        self.assertEqual(file["memory"]["n_ctx"], 256)
        self.assertEqual(file["metadata"]["llama.block_count"], 4)
        self.assertIn("token_embd.weight", [tensor["name"] for tensor in file["tensors"]])
        longer = json.loads(self.succeed("inspect", "-m", SMALL_MODEL, "--json", "-c", "512"))
        self.assertEqual(longer["memory"]["kv_bytes"], 2 * file["memory"]["kv_bytes"])

    def test_text_for_people(self):
        short = self.succeed("inspect", SMALL_MODEL).decode("utf-8")
        for part in ("architecture  llama\n", "runnable      yes", "KV cache", "llama.block_count = 4", "Q8_0"):
            self.assertIn(part, short)
        self.assertNotIn("blk.0.attn_q.weight", short)
        self.assertIn("blk.0.attn_q.weight", self.succeed("inspect", SMALL_MODEL, "--tensors").decode("utf-8"))

    def test_built_in_model(self):
        self.assertEqual(json.loads(self.succeed("inspect", "--json"))["architecture"], "llama")

    def test_hostile_files_give_a_verdict(self):
        manifest = json.loads((MALFORMED / "MANIFEST.json").read_text(encoding="utf-8"))
        self.assertGreater(len(manifest), 100)
        for entry in manifest:
            with self.subTest(file=entry["file"], why=entry["why"]):
                self.check_verdict(entry)

    def check_verdict(self, entry):
        path = MALFORMED / entry["file"]
        described = self.call("inspect", path, "--json")
        ran = self.call("run", "-m", path, "--raw", "-p", "x", "-n", "1", "--max-memory", "64MB")
        for result, verb in ((described, b"inspect"), (ran, b"")):
            self.assertIn(result.returncode, (0, 1), result.stderr)
            if result.returncode == 1:
                self.assertTrue(result.stderr.startswith(b"wasmchord: cannot " + verb), result.stderr)
                self.assertEqual(result.stdout, b"")
        runnable = described.returncode == 0 and json.loads(described.stdout)["runnable"]
        if entry["expect"].startswith("accept") or entry["file"] in NESTED_ARRAYS:
            self.assertEqual(described.returncode, 0, described.stderr)
        elif entry["expect"] == "reject":
            self.assertEqual(ran.returncode, 1, "refused files must not run")
            if not entry["file"].startswith("m_"):
                self.assertEqual(described.returncode, 1, "not well-formed, yet described")
        if ran.returncode == 0:
            self.assertTrue(runnable, "it ran, but inspect said that it cannot")

    def test_missing_file(self):
        self.assertIn("nothing.gguf", self.fail_with(1, "inspect", "nothing.gguf"))
        self.fail_with(1, "inspect", self.folder)

    def test_hostile_names_do_not_reach_the_terminal_raw(self):
        for name in ("kv_key_nul.gguf", "ok_all_kv_types.gguf", "m_tok_bad_utf8.gguf"):
            result = self.call("inspect", MALFORMED / name)
            self.assertNotIn(b"\0", result.stdout + result.stderr)
            result.stdout.decode("utf-8")


if __name__ == "__main__":
    unittest.main()
