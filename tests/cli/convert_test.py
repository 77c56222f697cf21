import json
import os
import struct
import unittest

import hf_models
from cli_case import SHARED
from convert_case import ConvertCase
from gguf_file import GgufFile

TALES = SHARED / "models" / "tales"
MIB = 1 << 20
F32, F16, Q6_K, BF16 = 0, 1, 14, 30


class ArchitectureTest(ConvertCase):
    def test_every_architecture(self):
        for model in hf_models.all_models():
            with self.subTest(classes=model.config["architectures"]):
                folder, expected = self.model_folder(model, model.config["architectures"][0])
                file = self.convert(folder)
                self.check_tensors(file, expected)
                self.check_keys(file, model)
                self.check_it_runs(model)

    def check_tensors(self, file, expected):
        made = {"rope_factors_short.weight", "rope_factors_long.weight"} & set(file.tensors)
        self.assertEqual(set(file.tensors), set(expected) | made)
        for name, content in expected.items():
            kind, extents, data = file.tensors[name]
            self.assertEqual(kind, F32, name)
            self.assertEqual(data, content, f"{name} {extents}")

    def check_keys(self, file, model):
        keys, arch = file.metadata, model.name + "."
        self.assertEqual(keys["general.architecture"], model.name)
        self.assertEqual(keys["general.file_type"], F32)
        for name, value in (("block_count", hf_models.LAYERS), ("embedding_length", hf_models.WIDTH),
                            ("context_length", hf_models.CONTEXT), ("attention.head_count", hf_models.HEADS),
                            ("vocab_size", hf_models.VOCAB)):
            self.assertEqual(keys[arch + name], value, name)
        self.assertEqual("attention.key_length" in str(keys), "head_dim" in model.config)
        self.assertEqual(len(keys["tokenizer.ggml.tokens"]), hf_models.VOCAB)
        if "query_pre_attn_scalar" in model.config or model.config["architectures"][0] == "MistralForCausalLM":
            self.assertEqual(keys[arch + "attention.sliding_window"], 16)
        if model.name == "phi3":
            self.assertEqual(keys["phi3.rope.scaling.type"], "longrope")
            self.assertAlmostEqual(keys["phi3.rope.scaling.attn_factor"], (1 + 1 / 5) ** 0.5, 6)  # ln 2 / ln 32 = 1/5
            self.assertEqual(file.tensors["rope_factors_long.weight"][2], struct.pack("<4f", 1, 4, 8, 16))
        rotated = {"phi2": 4, "stablelm": 2, "gpt2": None}.get(model.name, model.config.get("head_dim", 8))
        self.assertEqual(keys.get(arch + "rope.dimension_count"), rotated)

    # A library without the architecture refuses it by name.
    def check_it_runs(self, model):
        result = self.call("logits", "-m", "out.gguf", "-p", "ab", "--top", "1", "--json")
        message = result.stderr.decode()
        if result.returncode != 0:
            known = message.split("supported: ")[-1].replace("\n", "").split(", ")
            self.assertIn("is not supported; supported:", message)
            self.assertNotIn(model.name, known)

    def test_llama3_frequencies(self):
        folder, _ = self.model_folder()
        self.edit(folder, rope_theta=10000.0,
                  rope_scaling={"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                                "original_max_position_embeddings": 64})
        factors = struct.unpack("<4f", self.convert(folder).tensors["rope_freqs.weight"][2])
        # Wavelengths 6.3, 62.8, 628, 6283 against 64 / 4 and 64 / 1: kept, on the ramp, divided by 8.
        smooth = (64 / (2 * 3.141592653589793 * 10) - 1) / 3
        for factor, wanted in zip(factors, (1, 1 / ((1 - smooth) / 8 + smooth), 8, 8)):
            self.assertAlmostEqual(factor, wanted, 5)
        self.succeed("logits", "-m", "out.gguf", "-p", "ab", "--top", "1")

    def test_yarn_and_linear_scaling(self):
        folder, _ = self.model_folder()
        self.edit(folder, rope_scaling={"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16})
        keys = self.convert(folder).metadata
        self.assertEqual((keys["llama.rope.scaling.type"], keys["llama.rope.scaling.factor"]), ("yarn", 4.0))
        self.assertEqual(keys["llama.rope.scaling.original_context_length"], 16)
        self.edit(folder, rope_scaling={"type": "linear", "factor": 2.0})
        self.assertEqual(self.convert(folder).metadata["llama.rope.scaling.type"], "linear")
        self.succeed("logits", "-m", "out.gguf", "-p", "ab", "--top", "1")
        self.edit(folder, rope_scaling={"type": "dynamic", "factor": 2.0})
        self.refuse(folder, "config.json", "rope_scaling.type", "'dynamic'")

    def test_text_part_of_a_model_that_sees(self):
        model = [model for model in hf_models.all_models() if model.name == "gemma3"][0]
        model.config = {"architectures": ["Gemma3ForConditionalGeneration"], "text_config": model.config}
        folder, expected = self.model_folder(model)
        tensors = hf_models.read_safetensors(folder / "model.safetensors")
        renamed = {"language_model." + name: tensor for name, tensor in tensors.items()}
        renamed["vision_tower.patch.weight"] = ("F16", (2, 2), bytes(8))
        hf_models.write_safetensors(folder / "model.safetensors", renamed)
        self.check_tensors(self.convert(folder), expected)


class WeightsTest(ConvertCase):
    def test_half_precision_is_kept_and_vectors_become_f32(self):
        folder, expected = self.model_folder()
        path = folder / "model.safetensors"
        for dtype, kind in (("F16", F16), ("BF16", BF16)):
            def narrow(content):
                values = struct.unpack(f"<{len(content) // 4}f", content)
                if dtype == "F16":
                    return struct.pack(f"<{len(values)}e", *values)
                return b"".join(struct.pack("<f", value)[2:] for value in values)

            wide = hf_models.read_safetensors(path) if dtype == "F16" else wide
            narrowed = {name: (dtype, shape, narrow(data)) for name, (_, shape, data) in wide.items()}
            hf_models.write_safetensors(path, narrowed)
            file = self.convert(folder)
            self.assertEqual(file.metadata["general.file_type"], 1 if dtype == "F16" else 32)
            for name, content in expected.items():
                is_vector = "norm" in name
                self.assertEqual(file.tensors[name][0], F32 if is_vector else kind, name)
                self.assertEqual(file.tensors[name][2], content if is_vector else narrow(content), name)

    def test_quantised_in_one_pass_as_in_two(self):
        folder, _ = self.model_folder()
        self.convert(folder, out="f32.gguf")
        for kind in ("Q8_0", "q4_k_m"):
            self.succeed("quantize", "f32.gguf", "two.gguf", kind)
            one, two = self.convert(folder, "--type", kind), GgufFile(self.folder / "two.gguf")
            self.assertEqual(one.tensors, two.tensors)
            self.assertEqual(one.metadata, two.metadata)

    def test_shards(self):
        folder, expected = self.model_folder()
        tensors = hf_models.read_safetensors(folder / "model.safetensors")
        (folder / "model.safetensors").unlink()
        names = sorted(tensors)
        files = {"model-00001-of-00002.safetensors": names[::2], "model-00002-of-00002.safetensors": names[1::2]}
        for file, part in files.items():
            hf_models.write_safetensors(folder / file, {name: tensors[name] for name in part})
        index = {"metadata": {}, "weight_map": {name: file for file, part in files.items() for name in part}}
        hf_models.write_json(folder / "model.safetensors.index.json", index)
        self.assertEqual({name: tensor[2] for name, tensor in self.convert(folder).tensors.items()}, expected)
        index["weight_map"][names[0]] = "model-00002-of-00002.safetensors"
        hf_models.write_json(folder / "model.safetensors.index.json", index)
        self.refuse(folder, "model-00002-of-00002.safetensors", names[0])
        index["weight_map"][names[0]] = "../model-00001-of-00002.safetensors"
        hf_models.write_json(folder / "model.safetensors.index.json", index)
        self.refuse(folder, "model.safetensors.index.json", "no safetensors file of this folder")

    def test_threads_do_not_change_the_bytes(self):
        folder, _ = self.model_folder()
        self.convert(folder, "--type", "Q8_0", "-t", "1", out="1.gguf")
        self.convert(folder, "--type", "Q8_0", "-t", "3", out="3.gguf")
        self.assertEqual((self.folder / "1.gguf").read_bytes(), (self.folder / "3.gguf").read_bytes())

    def test_pickles_are_refused_with_a_hint(self):
        folder, _ = self.model_folder()
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
        self.refuse(folder, "pytorch_model.bin", "pickle", "safetensors")

    def test_odd_tensors_are_named(self):
        folder, _ = self.model_folder()
        path = folder / "model.safetensors"
        tensors = hf_models.read_safetensors(path)
        name = "model.layers.1.mlp.up_proj.weight"

        def refuse_with(changed, *parts):
            hf_models.write_safetensors(path, changed)
            self.refuse(folder, "model.safetensors", *parts)

        dtype, shape, data = tensors[name]
        without = {key: value for key, value in tensors.items() if key != name}
        refuse_with(without, "layers.1.mlp.up_proj.weight", "missing")
        refuse_with({**tensors, name: (dtype, shape[::-1], data)}, name, "[32, 48]", "[48, 32]")
        refuse_with({**tensors, name: ("I32", shape, data)}, name, "I32")
        refuse_with({**tensors, "model.layers.0.extra.weight": (dtype, (1,), bytes(4))}, "model.layers.0.extra.weight")
        refuse_with({**tensors, "layers.0.input_layernorm.weight": (dtype, (1,), bytes(4))}, "stand for the same")
        hf_models.write_safetensors(path, tensors)
        self.edit(folder, tie_word_embeddings=False)
        del tensors["lm_head.weight"]
        refuse_with(tensors, "lm_head.weight", "missing")

    def test_hostile_safetensors(self):
        folder, _ = self.model_folder()
        path = folder / "model.safetensors"

        def header(text, data=b""):
            return struct.pack("<Q", len(text)) + text.encode() + data

        def tensor(offsets, shape=(2,), dtype="F32", name="a"):
            return f'"{name}": {{"dtype": "{dtype}", "shape": {list(shape)}, "data_offsets": {list(offsets)}}}'

        huge = 1 << 63
        cases = {
            "empty": b"", "short": b"\x01\0", "length beyond the file": struct.pack("<Q", 1 << 60) + b"{}",
            "length of all ones": b"\xff" * 8, "no JSON": header("{"), "no object": header("[]"),
            "a pointer file": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n",
            "deep": header('{"a": ' + "[" * 100000),
            "twice": header("{" + tensor((0, 8)) + "," + tensor((0, 8)) + "}", bytes(8)),
            "beyond the data": header("{" + tensor((0, 8)) + "}", bytes(4)),
            "backwards": header("{" + tensor((8, 0)) + "}", bytes(8)),
            "overlap": header("{" + tensor((0, 8)) + "," + tensor((4, 12), name="b") + "}", bytes(12)),
            "gap": header("{" + tensor((0, 8)) + "," + tensor((12, 20), name="b") + "}", bytes(20)),
            "rest": header("{" + tensor((0, 8)) + "}", bytes(12)),
            "wrapping shape": header("{" + tensor((0, 0), (huge, 2)) + "}"),
            "wrapping offset": header("{" + tensor((huge, huge + 8)) + "}", bytes(8)),
            "negative": header("{" + tensor((0, 8), (-2,)) + "}", bytes(8)),
            "shape of another size": header("{" + tensor((0, 8), (3,)) + "}", bytes(8)),
            "unknown type": header("{" + tensor((0, 8), dtype="Q9") + "}", bytes(8)),
            "number for a tensor": header('{"a": 1}'),
            "no shape": header('{"a": {"dtype": "F32", "data_offsets": [0, 0]}}'),
            "one offset": header("{" + tensor((0,)) + "}"),
            "text for an offset": header("{" + tensor((0, 8)).replace("8", '"8"') + "}"),
            "invalid UTF-8": struct.pack("<Q", 6) + b'{"\xff": 1}'[:6],
        }
        for what, content in cases.items():
            with self.subTest(what=what):
                path.write_bytes(content)
                self.refuse(folder, "model.safetensors")

    def test_output_is_whole_or_absent(self):
        folder, _ = self.model_folder()
        out = self.folder / "out.gguf"
        out.write_bytes(b"old")
        self.assertIn("Q8_0", self.fail_with(2, "convert", folder, out, "--type", "Q9"))
        self.fail_with(2, "convert", folder)
        self.assertIn("no folder", self.fail_with(1, "convert", self.folder / "nothing", out))
        self.assertIn("is the input", self.fail_with(1, "convert", folder, folder / "model.safetensors"))
        self.succeed("convert", folder, out, "--dry-run")
        self.assertEqual(out.read_bytes(), b"old")
        report = json.loads(self.succeed("convert", folder, out, "--name", "Rose", "--json"))
        self.assertEqual(report["file_bytes"], out.stat().st_size)
        self.assertEqual((report["architecture"], report["type"]), ("llama", "F32"))
        self.assertEqual(GgufFile(out).metadata["general.name"], "Rose")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["hf", "out.gguf"])


class ConfigTest(ConvertCase):
    def test_odd_keys_are_named(self):
        folder, _ = self.model_folder()
        original = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        for changes, parts in (
                ({"architectures": ["ElizaForCausalLM"]}, ("architectures", "ElizaForCausalLM", "LlamaForCausalLM")),
                ({"architectures": []}, ("architectures",)), ({"hidden_size": None}, ("hidden_size", "missing")),
                ({"hidden_size": -1}, ("hidden_size",)), ({"num_hidden_layers": 1 << 40}, ("num_hidden_layers",)),
                ({"num_attention_heads": 3}, ("num_key_value_heads",)),
                ({"num_key_value_heads": 0}, ("num_key_value_heads",)),
                ({"rms_norm_eps": 0}, ("rms_norm_eps",)), ({"rms_norm_eps": "x"}, ("rms_norm_eps",)),
                ({"hidden_act": "relu"}, ("hidden_act", "relu")), ({"rope_theta": -1.0}, ("rope_theta",)),
                ({"rope_scaling": 3}, ("rope_scaling",)),
                ({"rope_scaling": {"type": "linear"}}, ("rope_scaling.factor",)),
                ({"partial_rotary_factor": 0.5}, ("partial_rotary_factor",)), ({"vocab_size": 7}, ()),
                ({"num_hidden_layers": 1}, ("model.layers.1.",))):
            with self.subTest(changes=changes):
                hf_models.write_json(folder / "config.json", {**original, **changes})
                if parts:
                    self.refuse(folder, *parts)
        for content in (b"", b"{", b"[1]", b'{"a": 1, "a": 2}', b'{"a": \xff}'):
            (folder / "config.json").write_bytes(content)
            self.refuse(folder, "config.json")
        (folder / "config.json").unlink()
        self.refuse(folder, "has no config.json")


@unittest.skipIf(os.environ.get("WC_SANITIZE"), "sanitizers take memory of their own, and long")
class MemoryTest(ConvertCase):
    def test_memory_stays_bounded(self):
        folder, _ = self.model_folder()
        # A file with holes: 320 MiB, most of it in one matrix, all zeros.
        rows = 4096
        self.edit(folder, hidden_size=1024, num_hidden_layers=1, intermediate_size=rows, vocab_size=140000)
        header, size = {}, 0
        sizes = {"up_proj": (rows, 1024), "gate_proj": (rows, 1024), "down_proj": (1024, rows), "q_proj": (1024, 1024),
                 "o_proj": (1024, 1024), "k_proj": (512, 1024), "v_proj": (512, 1024), "embed_tokens": (140000, 1024)}
        self.edit(folder, tie_word_embeddings=True)
        for name in hf_models.read_safetensors(folder / "model.safetensors"):
            if "layers.1." in name or "lm_head" in name:
                continue
            shape = sizes.get(name.split(".")[-2], (1024,))
            end = size + 2 * shape[0] * (shape[1] if len(shape) > 1 else 1)
            header[name] = {"dtype": "F16", "shape": shape, "data_offsets": [size, end]}
            size = end
        text = json.dumps(header).encode()
        path = folder / "model.safetensors"
        path.write_bytes(struct.pack("<Q", len(text)) + text)
        os.truncate(path, 8 + len(text) + size)
        self.assertGreater(size, 300 * MIB)
        report = json.loads(self.succeed("convert", folder, "out.gguf", "--type", "Q8_0", "-t", "2", "--json"))
        self.assertLess(report["peak_memory_bytes"], 100 * MIB)


@unittest.skipUnless(TALES.is_dir(), f"{TALES} is absent")
class TalesTest(ConvertCase):
    # The reference rounds Q6_K in another way.
    def check(self, folder, reference, *arguments, inexact=()):
        ours, theirs = self.convert(TALES / folder, *arguments), GgufFile(TALES / reference)
        self.assertEqual(set(ours.tensors), set(theirs.tensors))
        for name, (kind, extents, content) in theirs.tensors.items():
            self.assertEqual(ours.tensors[name][:2], (kind, extents), name)
            self.assertTrue(kind in inexact or ours.tensors[name][2] == content, name)
        for key, value in theirs.metadata.items():
            if key.startswith(("llama.", "tokenizer.")):
                self.assertEqual(ours.metadata[key], value, key)

    def check_answers(self, reference):
        for prompt in ("Once upon a time", "Tell me a story about a fox and a red lantern."):
            arguments = ("--raw", "-p", prompt, "-n", "48", "--temp", "0")
            ours = self.succeed("run", "-m", "out.gguf", *arguments)
            self.assertEqual(ours, self.succeed("run", "-m", TALES / (reference + ".gguf"), *arguments))
            self.assertTrue(ours.strip())

    def test_tales_1m(self):
        self.check("tales-1m-hf", "tales-1m-f32.gguf")
        self.check_answers("tales-1m-f32")
        self.check("tales-1m-hf", "tales-1m-q8_0.gguf", "--type", "Q8_0")

    def test_tales_7m(self):
        self.check("tales-7m-hf", "tales-7m-f16.gguf")
        self.check("tales-7m-hf", "tales-7m-q8_0.gguf", "--type", "q8_0")
        self.check_answers("tales-7m-q8_0")
        self.check("tales-7m-hf", "tales-7m-q4_0.gguf", "--type", "q4_0", inexact={Q6_K})


if __name__ == "__main__":
    unittest.main()
