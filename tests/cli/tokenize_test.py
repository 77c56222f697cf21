import json
import unittest

from cli_case import DATA, SHARED, SMALL_MODEL, CliCase

BYTES = bytes(range(256)) + "Grüße, 世界 🦊\r\n\t <|end|> ".encode("utf-8") + b"\xff\xfe\x00"


class TokenizeTest(CliCase):
    def ids_of(self, text, *arguments):
        line = self.succeed("tokenize", "-m", SMALL_MODEL, "--ids", *arguments, stdin=text).decode("ascii")
        self.assertTrue(line.endswith("\n"))
        return [int(word) for word in line.split()]

    def test_reference_ids(self):
        golden = json.loads((DATA / "golden" / "tales-1m-q8_0.json").read_text(encoding="utf-8"))
        for case in golden["results"]:
            with self.subTest(prompt=case["prompt"]):
                self.assertEqual(self.ids_of(case["prompt"].encode("utf-8"), "--parse-special"), case["prompt_ids"])

    def test_any_bytes_come_back(self):
        ids = self.ids_of(BYTES, "--no-bos")
        back = self.succeed("tokenize", "-m", SMALL_MODEL, "--decode", stdin=" ".join(map(str, ids)).encode())
        self.assertEqual(back, BYTES)

    def test_bos_by_the_files_rule(self):
        self.assertEqual(self.ids_of(b""), [1])
        self.assertEqual(self.ids_of(b"", "--no-bos"), [])

    def test_special_tokens(self):
        self.assertEqual(self.ids_of(b"<|end|>", "--no-bos", "--parse-special"), [6])
        self.assertGreater(len(self.ids_of(b"<|end|>", "--no-bos")), 1)
        self.assertEqual(self.succeed("tokenize", "-m", SMALL_MODEL, "--decode", stdin=b"1 6"), b"")
        self.assertEqual(self.succeed("tokenize", "-m", SMALL_MODEL, "--decode", "--special", stdin=b"[6, 6]"),
                         b"<|end|><|end|>")

    def test_lines_of_id_and_piece(self):
        lines = self.succeed("tokenize", "-m", SMALL_MODEL, stdin=b"a\n").decode("utf-8").splitlines()
        self.assertEqual([int(line.split("\t")[0]) for line in lines], self.ids_of(b"a\n"))
        self.assertEqual(lines[0], "1\t<s>")

    def test_json(self):
        result = json.loads(self.succeed("tokenize", "--json", "-p", "Once upon"))
        self.assertEqual(len(result["ids"]), len(result["pieces"]))
        self.assertEqual(result["ids"][0], 1)
        self.assertEqual(json.loads(self.succeed("tokenize", "--json", "--ids", "-p", "Once upon")), {"ids": result["ids"]})

    def test_bad_ids(self):
        self.assertIn("'x'", self.fail_with(1, "tokenize", "--decode", stdin=b"1 x"))
        self.fail_with(1, "tokenize", "--decode", stdin=b"4096")
        self.fail_with(1, "tokenize", "--decode", stdin=b"-1")
        self.fail_with(1, "tokenize", "--decode", stdin=b"99999999999999999999")

    def test_weightless_vocabularies(self):
        names = sorted((SHARED / "tokenizers" / "vocab").glob("*.gguf")) if SHARED.is_dir() else []
        if not names:
            self.skipTest(f"no vocabularies in {SHARED}")
        texts = (SHARED / "tokenizers" / "texts.txt").read_bytes().split(b"\x1e")
        for path in names:
            expected = SHARED / "tokenizers" / "ids" / f"{path.stem.removeprefix('ggml-vocab-')}.plain.ids"
            if not expected.is_file():
                continue
            wanted = expected.read_text(encoding="ascii").splitlines()
            for text, ids in list(zip(texts, wanted))[::40]:
                with self.subTest(vocabulary=path.name, text=text):
                    got = self.succeed("tokenize", "-m", path, "--ids", stdin=text).decode("ascii")
                    self.assertEqual(got.split(), ids.replace(",", " ").split())


if __name__ == "__main__":
    unittest.main()
