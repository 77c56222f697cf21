"""Tiny random models of every architecture that `convert` knows, as Hugging Face's Transformers stores them.

Names, shapes and keys are those of Transformers' modeling and configuration files; what GGUF makes of each tensor is
computed here once more, element by element."""
import json
import pathlib
import random
import struct

LAYERS, WIDTH, INNER, HEADS, KV_HEADS, CONTEXT, VOCAB = 2, 32, 48, 4, 2, 64, 320
SPACE = "\u2581"
ROPE = {"hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS, "max_position_embeddings": CONTEXT, "vocab_size": VOCAB}


def add_message(field, payload):
    return varint(field << 3 | 2) + varint(len(payload)) + payload


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def sentencepiece_model(pieces, prefix=True, unigram=False):
    """A ModelProto (sentencepiece_model.proto) of (text, score, type) pieces."""
    model = b""
    for text, score, kind in pieces:
        piece = add_message(1, text.encode()) + varint(2 << 3 | 5) + struct.pack("<f", score)
        model += add_message(1, piece + varint(24) + varint(kind))
    model += add_message(2, varint(24) + varint(1 if unigram else 2) + varint(35 << 3) + varint(1))
    return model + add_message(3, varint(24) + varint(int(prefix)) + varint(32) + varint(0) + varint(40) + varint(1))


def sentencepiece_pieces():
    """Byte fallback, letters, and words of two letters."""
    pieces = [("<unk>", 0.0, 2), ("<s>", 0.0, 3), ("</s>", 0.0, 3)]
    pieces += [(f"<0x{byte:02X}>", 0.0, 6) for byte in range(256)]
    pieces += [(SPACE + "a", 0.0, 1), ("ab", -1.0, 1)]
    return pieces + [(letter, -float(2 + i), 1) for i, letter in enumerate(SPACE + "abcdefgh")]


def byte_alphabet():
    """GPT-2's characters for bytes."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in visible]
    return [chr(byte if byte in visible else 256 + hidden.index(byte)) for byte in range(256)]


def byte_level_tokenizer(pre_tokenizer=None, ignore_merges=False, pairs=False):
    tokens = byte_alphabet() + ["ab", "abc"]
    merges = [["a", "b"], ["ab", "c"]] if pairs else ["a b", "ab c"]
    end = {"id": len(tokens), "content": "<|endoftext|>", "special": True}
    return {"added_tokens": [end], "normalizer": None,
            "pre_tokenizer": pre_tokenizer or {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
            "model": {"type": "BPE", "vocab": {text: i for i, text in enumerate(tokens)}, "merges": merges,
                      "ignore_merges": ignore_merges}}


def identity(values, _):
    return values


def rows_of(values, n):
    size = len(values) // n
    return [values[i * size:(i + 1) * size] for i in range(n)]


def paired(n_heads):
    """Rows of a head from halves to pairs."""
    def apply(values, shape):
        out = []
        for head in rows_of(rows_of(values, shape[0]), n_heads):
            half = len(head) // 2
            for first, second in zip(head[:half], head[half:]):
                out += first + second
        return out
    return apply


def transposed(values, shape):
    return [values[i * shape[1] + j] for j in range(shape[1]) for i in range(shape[0])]


def plus_one(values, _):
    return [struct.unpack("<f", struct.pack("<f", value + 1))[0] for value in values]


class Model:
    """Tensors under their names in Transformers, with the name and the transformation that GGUF has."""

    def __init__(self, name, class_name, config, defaults=True):
        self.name = name
        self.config = {"architectures": [class_name], "torch_dtype": "float32", **(ROPE if defaults else {}), **config}
        self.rules = []

    def linear(self, source, target, rows, cols, transform=identity, bias=False, bias_transform=identity):
        self.rules.append((source + ".weight", target + ".weight", (rows, cols), transform))
        if bias:
            out = cols if transform is transposed else rows
            self.rules.append((source + ".bias", target + ".bias", (out,), bias_transform))

    def norm(self, source, target, size=WIDTH, transform=identity, bias=False):
        self.rules.append((source + ".weight", target + ".weight", (size,), transform))
        if bias:
            self.rules.append((source + ".bias", target + ".bias", (size,), identity))

    def write(self, folder, seed=1):
        """The values under GGUF's names, as F32; the folder gets weights, config.json and a tokenizer."""
        source = random.Random(seed)
        stored, expected = {}, {}
        for name, target, shape, transform in self.rules:
            count = shape[0] * (shape[1] if len(shape) > 1 else 1)
            # Exact in every floating-point type.
            values = [source.randint(-127, 127) / 64 for _ in range(count)]
            stored[name] = ("F32", shape, struct.pack(f"<{count}f", *values))
            expected[target] = struct.pack(f"<{count}f", *transform(values, shape))
        write_safetensors(folder / "model.safetensors", stored)
        write_json(folder / "config.json", self.config)
        write_json(folder / "tokenizer.json", byte_level_tokenizer())
        write_json(folder / "tokenizer_config.json", {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"})
        return expected


def write_json(path, value):
    path.write_text(json.dumps(value), encoding="utf-8")


def safetensors_bytes(tensors):
    header, data = {}, b""
    for name, (dtype, shape, content) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [len(data), len(data) + len(content)]}
        data += content
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def write_safetensors(path, tensors):
    path.write_bytes(safetensors_bytes(tensors))


def read_safetensors(path):
    content = pathlib.Path(path).read_bytes()
    size, = struct.unpack_from("<Q", content)
    header = json.loads(content[8:8 + size])
    header.pop("__metadata__", None)
    data = content[8 + size:]
    return {name: (entry["dtype"], tuple(entry["shape"]), data[slice(*entry["data_offsets"])])
            for name, entry in header.items()}


USUAL_NORMS = (("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"))


def decoder(name, class_name, config=None, head=WIDTH // HEADS, **o):
    """Models with LLaMA's names. Options: qkv_bias, bias (of the other matrices), norm_bias, one (norms by 1 + w),
    pairs (RoPE by pairs), tied, norms (pairs of names of a layer), mlp, mlp_names, qk_norm ("head" or "row"), fused,
    output, output_bias, final."""
    model = Model(name, class_name, {"tie_word_embeddings": o.get("tied", False), **(config or {})})
    one = plus_one if o.get("one") else identity
    n_q, n_k = HEADS * head, KV_HEADS * head
    model.linear("model.embed_tokens", "token_embd", VOCAB, WIDTH)
    for i in range(LAYERS):
        layer, blk = f"model.layers.{i}.", f"blk.{i}."
        for source, target in o.get("norms", USUAL_NORMS):
            model.norm(layer + source, blk + target, transform=one, bias=o.get("norm_bias", False))
        attention = layer + "self_attn."
        if o.get("fused"):
            model.linear(attention + "qkv_proj", blk + "attn_qkv", n_q + 2 * n_k, WIDTH)
            model.linear(layer + "mlp.gate_up_proj", blk + "ffn_up", 2 * INNER, WIDTH)
            model.linear(layer + "mlp.down_proj", blk + "ffn_down", WIDTH, INNER)
        else:
            for part, rows, heads in (("q", n_q, HEADS), ("k", n_k, KV_HEADS), ("v", n_k, 0)):
                change = paired(heads) if o.get("pairs") and heads else identity
                model.linear(attention + part + "_proj", blk + "attn_" + part, rows, WIDTH, change,
                             o.get("qkv_bias", False), change)
            for source, target, rows, cols in o.get("mlp", (("gate_proj", "ffn_gate", INNER, WIDTH),
                                                            ("up_proj", "ffn_up", INNER, WIDTH),
                                                            ("down_proj", "ffn_down", WIDTH, INNER))):
                model.linear(f"{layer}mlp.{source}", blk + target, rows, cols, bias=o.get("bias", False))
        model.linear(attention + o.get("output", "o_proj"), blk + "attn_output", WIDTH, n_q, bias=o.get("bias", False))
        if o.get("qk_norm"):
            for part, size in (("q", n_q), ("k", n_k)):
                model.norm(f"{attention}{part}_norm", f"{blk}attn_{part}_norm",
                           head if o["qk_norm"] == "head" else size, one)
    model.norm("model." + o.get("final", "norm"), "output_norm", transform=one, bias=o.get("norm_bias", False))
    if not o.get("tied"):
        model.linear("lm_head", "output", VOCAB, WIDTH, bias=o.get("output_bias", False))
    return model


def gpt2():
    config = {"n_embd": WIDTH, "n_layer": LAYERS, "n_head": HEADS, "n_positions": CONTEXT, "n_inner": None,
              "vocab_size": VOCAB, "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"}
    model = Model("gpt2", "GPT2LMHeadModel", config, defaults=False)
    model.linear("transformer.wte", "token_embd", VOCAB, WIDTH)
    model.linear("transformer.wpe", "position_embd", CONTEXT, WIDTH)
    for i in range(LAYERS):
        layer, blk = f"transformer.h.{i}.", f"blk.{i}."
        model.norm(layer + "ln_1", blk + "attn_norm", bias=True)
        model.norm(layer + "ln_2", blk + "ffn_norm", bias=True)
        for source, target, n_in, n_out in (("attn.c_attn", "attn_qkv", WIDTH, 3 * WIDTH),
                                            ("attn.c_proj", "attn_output", WIDTH, WIDTH),
                                            ("mlp.c_fc", "ffn_up", WIDTH, 4 * WIDTH),
                                            ("mlp.c_proj", "ffn_down", 4 * WIDTH, WIDTH)):
            model.linear(layer + source, blk + target, n_in, n_out, transposed, bias=True)
    model.norm("transformer.ln_f", "output_norm", bias=True)
    return model


BRANCH_NORMS = (("input_layernorm", "attn_norm"), ("post_attention_layernorm", "post_attention_norm"),
                ("pre_feedforward_layernorm", "ffn_norm"), ("post_feedforward_layernorm", "post_ffw_norm"))


def all_models():
    """One of every architecture."""
    rms = {"rms_norm_eps": 1e-5, "hidden_act": "silu"}
    gemma = {"rms_norm_eps": 1e-6, "hidden_activation": "gelu_pytorch_tanh", "head_dim": 16}
    yield decoder("llama", "LlamaForCausalLM", rms, pairs=True)
    yield decoder("llama", "MistralForCausalLM", {**rms, "sliding_window": 16, "head_dim": 16}, head=16, pairs=True)
    yield decoder("qwen2", "Qwen2ForCausalLM", {**rms, "use_sliding_window": False}, qkv_bias=True, tied=True)
    yield decoder("qwen3", "Qwen3ForCausalLM", {**rms, "head_dim": 16}, head=16, qk_norm="head")
    yield decoder("phi2", "PhiForCausalLM", {"layer_norm_eps": 1e-5, "partial_rotary_factor": 0.5,
                                            "hidden_act": "gelu_new"},
                  norms=(("input_layernorm", "attn_norm"),), norm_bias=True, qkv_bias=True, bias=True, output="dense",
                  mlp=(("fc1", "ffn_up", INNER, WIDTH), ("fc2", "ffn_down", WIDTH, INNER)), output_bias=True,
                  final="final_layernorm")
    factors = {"short_factor": [1.0, 1.5, 2.0, 2.5], "long_factor": [1.0, 4.0, 8.0, 16.0], "type": "longrope"}
    yield decoder("phi3", "Phi3ForCausalLM", {**rms, "rope_scaling": factors, "original_max_position_embeddings": 32,
                                              "sliding_window": 48}, fused=True)
    yield decoder("gemma", "GemmaForCausalLM", gemma, head=16, one=True, tied=True)
    yield decoder("gemma2", "Gemma2ForCausalLM", {**gemma, "query_pre_attn_scalar": 16, "sliding_window": 16,
                                                  "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
                  head=16, one=True, tied=True, norms=BRANCH_NORMS)
    yield decoder("gemma3", "Gemma3ForCausalLM", {**gemma, "query_pre_attn_scalar": 16, "sliding_window": 16,
                                                  "rope_theta": 1e6, "rope_local_base_freq": 1e4},
                  head=16, one=True, tied=True, norms=BRANCH_NORMS, qk_norm="head")
    yield gpt2()
    yield decoder("starcoder2", "Starcoder2ForCausalLM", {"norm_epsilon": 1e-5, "hidden_act": "gelu_pytorch_tanh",
                                                          "sliding_window": 16},
                  norm_bias=True, qkv_bias=True, bias=True, tied=True,
                  mlp=(("c_fc", "ffn_up", INNER, WIDTH), ("c_proj", "ffn_down", WIDTH, INNER)))
    yield decoder("stablelm", "StableLmForCausalLM", {"layer_norm_eps": 1e-5, "partial_rotary_factor": 0.25,
                                                      "hidden_act": "silu"}, norm_bias=True, qkv_bias=True)
    yield decoder("olmo2", "Olmo2ForCausalLM", rms, qk_norm="row",
                  norms=(("post_attention_layernorm", "post_attention_norm"),
                         ("post_feedforward_layernorm", "post_ffw_norm")))
