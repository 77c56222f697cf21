import json
import unittest

import hf_models
from convert_case import ConvertCase
from gguf_file import GgufFile


class TokenizerTest(ConvertCase):
    def tokens(self, text, out="out.gguf"):
        return json.loads(self.succeed("tokenize", "-m", out, "--json", "-p", text))

    def test_byte_level(self):
        folder, _ = self.model_folder()
        keys = self.convert(folder).metadata
        self.assertEqual((keys["tokenizer.ggml.model"], keys["tokenizer.ggml.pre"]), ("gpt2", "gpt-2"))
        self.assertEqual(keys["tokenizer.ggml.merges"], ["a b", "ab c"])
        self.assertEqual(keys["tokenizer.ggml.tokens"][258:260], ["<|endoftext|>", "[PAD259]"])
        self.assertEqual(keys["tokenizer.ggml.token_type"][257:260], [1, 3, 5])
        self.assertEqual((keys["tokenizer.ggml.bos_token_id"], keys["tokenizer.ggml.eos_token_id"]), (258, 258))
        self.assertFalse(keys["tokenizer.ggml.add_bos_token"])
        hf_models.write_json(folder / "tokenizer.json", hf_models.byte_level_tokenizer(pairs=True))
        self.assertEqual(self.convert(folder).metadata, keys)

    def test_sentencepiece(self):
        folder, _ = self.model_folder()
        (folder / "tokenizer.json").unlink()
        hf_models.write_json(folder / "tokenizer_config.json", {
            "eos_token": {"content": "</s>"}, "add_bos_token": True,
            "added_tokens_decoder": {"300": {"content": "<|end|>", "special": True},
                                     "301": {"content": hf_models.SPACE * 2},
                                     "999": {"content": "far"}}})
        hf_models.write_json(folder / "generation_config.json", {"eos_token_id": [2, 300]})
        for prefix in (True, False):
            model = hf_models.sentencepiece_model(hf_models.sentencepiece_pieces(), prefix)
            (folder / "tokenizer.model").write_bytes(model)
            keys = self.convert(folder).metadata
            self.assertEqual(keys["tokenizer.ggml.model"], "llama")
            self.assertEqual(keys["tokenizer.ggml.add_space_prefix"], prefix)
            self.assertEqual(keys["tokenizer.ggml.tokens"][259:262], [hf_models.SPACE + "a", "ab", hf_models.SPACE])
            self.assertEqual(keys["tokenizer.ggml.scores"][259:262], [0, -1, -2])
            self.assertEqual(keys["tokenizer.ggml.token_type"][:4] + keys["tokenizer.ggml.token_type"][299:303],
                             [2, 3, 3, 6, 5, 3, 4, 5])
            self.assertEqual(keys["tokenizer.ggml.tokens"][300:302], ["<|end|>", "  "])
            self.assertEqual((keys["tokenizer.ggml.eos_token_id"], keys["tokenizer.ggml.eot_token_id"]), (2, 300))
            self.assertTrue(keys["tokenizer.ggml.add_bos_token"])
            self.succeed("tokenize", "-m", "out.gguf", "-p", "ab a")
        (folder / "tokenizer.model").write_bytes(b"nonsense")
        self.refuse(folder, "tokenizer.model")
        pieces = [*hf_models.sentencepiece_pieces()[:-1], ("h", -3.25, 1)]
        (folder / "tokenizer.model").write_bytes(hf_models.sentencepiece_model(pieces, unigram=True))
        self.refuse(folder, "tokenizer.model", "unigram")

    def test_special_tokens_and_templates(self):
        folder, _ = self.model_folder()
        tokenizer = hf_models.byte_level_tokenizer()
        tokenizer["post_processor"] = {"type": "Sequence", "processors": [
            {"type": "ByteLevel"},
            {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}},
                                                      {"Sequence": {"id": "A", "type_id": 0}}]}]}
        hf_models.write_json(folder / "tokenizer.json", tokenizer)
        templates = [{"name": "default", "template": "D"}, {"name": "tool_use", "template": "T"}]
        self.edit(folder, "tokenizer_config.json", chat_template=templates)
        keys = self.convert(folder).metadata
        self.assertTrue(keys["tokenizer.ggml.add_bos_token"])
        self.assertFalse(keys["tokenizer.ggml.add_eos_token"])
        self.assertEqual((keys["tokenizer.chat_template"], keys["tokenizer.chat_template.tool_use"]), ("D", "T"))
        self.edit(folder, "tokenizer_config.json", chat_template="one")
        self.assertEqual(self.convert(folder).metadata["tokenizer.chat_template"], "one")
        (folder / "chat_template.jinja").write_text("apart", encoding="utf-8")
        self.assertEqual(self.convert(folder).metadata["tokenizer.chat_template"], "apart")

    def test_odd_tokenizers_are_named(self):
        folder, _ = self.model_folder()
        good = hf_models.byte_level_tokenizer()
        model = good["model"]
        for change, parts in (
                ({"model": {**model, "type": "Telepathy"}}, ("model.type", "Telepathy")),
                ({"model": {**model, "vocab": {}}}, ("model.vocab",)),
                ({"model": {**model, "vocab": {"a": 0, "b": 0}}}, ("model.vocab", "twice")),
                ({"model": {**model, "vocab": {"a": 1 << 31}}}, ("model.vocab",)),
                ({"model": {**model, "merges": ["ab"]}}, ("model.merges",)),
                ({"model": {**model, "merges": None}}, ("model.merges",)),
                ({"added_tokens": [{"id": 3}]}, ("added_tokens.content",)),
                ({"pre_tokenizer": {"type": "Whitespace"}}, ("model.type", "ByteLevel")),
                ({"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": True}},
                 ("pre_tokenizer.add_prefix_space",))):
            with self.subTest(parts=parts):
                hf_models.write_json(folder / "tokenizer.json", {**good, **change})
                self.refuse(folder, "tokenizer.json", *parts)
        (folder / "tokenizer.json").unlink()
        self.refuse(folder, "tokenizer.model", "tokenizer.json")

    def test_pretokenizers_are_recognised_by_their_rules(self):
        folder, _ = self.model_folder()
        words = r"[^\r\n\p{L}\p{N}]?\p{L}+"
        ends = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        short = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
        before, upper, lower = r"[^\r\n\p{L}\p{N}]?", r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
        slash = ends.replace("n]*|", "n/]*|", 1)
        numbers = {"type": "Digits", "individual_digits": True}
        byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True}

        def split(pattern, behavior="Isolated", invert=False):
            return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": behavior, "invert": invert}

        cases = (
            ("gpt-2", False, [byte_level]), ("starcoder", False, [numbers, byte_level]),
            ("dbrx", False, [split(f"{short}|{words}|\\p{{N}}{{1,3}}{ends}")]),
            ("llama-bpe", True, [split(f"{short}|{words}|\\p{{N}}{{1,3}}{ends}")]),
            ("llama-bpe", True, [split(f"{short}|{words}|\\p{{N}}{{1,3}}{ends}", "Removed", True)]),
            ("qwen2", False, [split(f"{short}|{words}|\\p{{N}}{ends}")]),
            ("gpt-4o", False, [split(f"{before}{upper}*{lower}+{short}?|"
                                      f"{before}{upper}+{lower}*{short}?|\\p{{N}}{{1,3}}{slash}")]),
            ("tekken", True, [split(f"{before}{upper}*{lower}+|{before}{upper}+{lower}*|\\p{{N}}{slash}")]),
            ("falcon", False, [{"type": "Punctuation", "behavior": "Contiguous"}, byte_level,
                               {"type": "Digits", "individual_digits": False}, split("[0-9][0-9][0-9]")]),
            ("deepseek-coder", False, [split("[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"),
                                       split("[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+"), numbers]),
            (None, False, [split("x+")]), (None, True, [byte_level]), (None, False, [numbers, numbers, byte_level]),
            (None, False, [split(r"\p{N}", "MergedWithPrevious"), byte_level]),
            (None, False, [{"type": "Sequence", "pretokenizers": [byte_level]}] * 20),
        )
        for name, ignore_merges, steps in cases:
            last = [] if byte_level in steps or name is None else [{**byte_level, "use_regex": False}]
            sequence = {"type": "Sequence", "pretokenizers": steps + last}
            tokenizer = hf_models.byte_level_tokenizer(sequence, ignore_merges)
            if name is None:
                sequence["pretokenizers"].append({**byte_level, "use_regex": False})
            hf_models.write_json(folder / "tokenizer.json", tokenizer)
            with self.subTest(name=name, steps=steps):
                if name is None:
                    self.refuse(folder, "tokenizer.json", "pre_tokenizer")
                else:
                    self.assertEqual(self.convert(folder).metadata["tokenizer.ggml.pre"], name)
                    self.succeed("tokenize", "-m", "out.gguf", "-p", "ab 12")

    # Merges of tokenizer.json and scores of SentencePiece's own file must give the same tokens.
    def test_character_level_bpe(self):
        folder, _ = self.model_folder()
        pieces = hf_models.sentencepiece_pieces()
        (folder / "tokenizer.json").unlink()
        (folder / "tokenizer.model").write_bytes(hf_models.sentencepiece_model(pieces))
        hf_models.write_json(folder / "tokenizer_config.json", {})
        self.convert(folder, out="model.gguf")
        (folder / "tokenizer.model").unlink()
        space = hf_models.SPACE
        tokenizer = {
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": space}]},
            "added_tokens": [{"id": i, "content": pieces[i][0], "special": True} for i in range(3)],
            "model": {"type": "BPE", "byte_fallback": True, "unk_token": "<unk>", "merges": [f"{space} a", "a b"],
                      "vocab": {piece[0]: i for i, piece in enumerate(pieces)}}}
        hf_models.write_json(folder / "tokenizer.json", tokenizer)
        self.edit(folder, bos_token_id=1, eos_token_id=2)
        a, b = GgufFile(self.folder / "model.gguf").metadata, self.convert(folder).metadata
        for key in ("model", "tokens", "token_type", "add_space_prefix", "bos_token_id", "eos_token_id",
                    "add_bos_token"):
            self.assertEqual(a["tokenizer.ggml." + key], b["tokenizer.ggml." + key], key)
        for text in ("ab a", "aab abab", "h\u00e9 ab"):
            self.assertEqual(self.tokens(text, "model.gguf"), self.tokens(text))

    def test_unigram_and_wordpiece(self):
        folder, _ = self.model_folder()
        hf_models.write_json(folder / "tokenizer_config.json", {})
        unigram = {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAEC/w=="}, "added_tokens": [],
                   "model": {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], [hf_models.SPACE + "a", -1.5]]}}
        hf_models.write_json(folder / "tokenizer.json", unigram)
        keys = self.convert(folder).metadata
        self.assertEqual((keys["tokenizer.ggml.model"], keys["tokenizer.ggml.scores"][1]), ("t5", -1.5))
        self.assertEqual(keys["tokenizer.ggml.precompiled_charsmap"], [0, 1, 2, 255])
        wordpiece = {"normalizer": {"type": "BertNormalizer", "lowercase": False, "strip_accents": None},
                     "added_tokens": [{"id": 0, "content": "[UNK]", "special": True}],
                     "model": {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {"[UNK]": 0, "tale": 1, "##s": 2}}}
        hf_models.write_json(folder / "tokenizer.json", wordpiece)
        keys = self.convert(folder).metadata
        self.assertEqual(keys["tokenizer.ggml.model"], "bert")
        self.assertEqual(keys["tokenizer.ggml.tokens"][:3], ["[UNK]", hf_models.SPACE + "tale", "s"])
        self.assertFalse(keys["tokenizer.ggml.normalizer.lowercase"])
        for broken in ({**unigram["model"], "vocab": [["a"]]}, {**unigram["model"], "unk_id": 9},
                       {**wordpiece["model"], "vocab": {"a": -1}}):
            hf_models.write_json(folder / "tokenizer.json", {**unigram, "model": broken})
            self.refuse(folder, "tokenizer.json", "model.")


if __name__ == "__main__":
    unittest.main()
