#!/usr/bin/env python3
"""Measures everything that bench/README.md sets as a target and prints the rows of its table.

usage: bench_targets.py [--only REGEX] [-r ROUNDS] [--reference "llama-bench"] [--models DIR] [--make] [--list] ...

  bench_targets.py --make --tales DIR                     makes the models that are missing, then measures all: hours
  bench_targets.py --only 'TinyLlama Q4_0, 2' -r 3        some of the targets
  bench_targets.py --list                                 their table, nothing measured

The reference is llama.cpp's llama-bench, with llama-perplexity beside it; it may run where the folder of models has
another name: --reference "chroot ROOT llama-bench" --reference-models /models.
Exit code: 0 where every target is met; 1 where one is missed; 2 where one could not be measured.
"""
import argparse
import dataclasses
import json
import pathlib
import re
import shlex
import shutil
import statistics
import subprocess
import sys

import bench_compare
from bench_compare import CommandError

PREFIXES = {"TinyLlama": "tl", "135M": "s135", "tales-7m": "tales-7m"}  # model -> prefix of its files
SHAPES = {"TinyLlama": "tinyllama", "135M": "135m"}  # of wasmchord-make-model
TEXT = "heldout.txt"  # beside the tales models


@dataclasses.dataclass(frozen=True)
class Setup:
    """Commands as lists of words; folders as each of them sees it."""
    wasmchord: list
    reference: list
    models: pathlib.PurePath
    reference_models: pathlib.PurePath
    rounds: int
    repetitions: int

    def new(self, command, file, *options):
        return [*self.wasmchord, command, "-m", str(self.models / file), *map(str, options)]

    def old(self, program, file, *options):
        """program: "bench" or "perplexity" of the reference."""
        name = self.reference[-1].replace("bench", program)
        return [*self.reference[:-1], name, "-m", str(self.reference_models / file), *map(str, options)]

    def comparison(self, file, *options):
        options = ("-o", "json", "-r", self.repetitions, *options)
        return {"old": self.old("bench", file, *options), "new": self.new("bench", file, *options)}


@dataclasses.dataclass(frozen=True)
class Outcome:
    measured: str
    met: bool
    machine: str = ""


@dataclasses.dataclass(frozen=True)
class Target:
    model: str
    type: str
    threads: int = 2

    def file(self):
        return f"{PREFIXES[self.model]}-{self.type}.gguf"

    def name(self):
        return f"{self.model} {self.type}, {self.threads} thread{'s' if self.threads != 1 else ''}"



def machine_of(calls, bandwidth=0):
    """Processor, ISA and bandwidth, as the last call of wasmchord says."""
    row = calls[-1].rows[0]
    parts = [row.get("cpu_info", ""), row.get("isa", ""), f"{bandwidth:.1f} GB/s" if bandwidth else ""]
    return ", ".join(part for part in parts if part)


def compare_text(commands, rounds):
    return f'tools/bench_compare.py -r {rounds} "{shlex.join(commands["old"])}" "{shlex.join(commands["new"])}"'


@dataclasses.dataclass(frozen=True)
class Speed(Target):
    """Tokens a second of wasmchord over the reference's, by the medians."""
    prompt: float = 0  # least ratio for pp512; 0: not measured
    decode: float = 0  # least ratio for tg128
    share: float = 0  # least share of the machine's bandwidth in tg128

    def needed(self):
        parts = [f"{test} ≥ {bound:g}×" for test, bound in (("pp512", self.prompt), ("tg128", self.decode)) if bound]
        return ", ".join(parts + ([f"≥ {100 * self.share:g} % of bandwidth"] if self.share else []))

    def commands(self, setup):
        lengths = ("-p", 512 if self.prompt else 0, "-n", 128 if self.decode else 0)
        return setup.comparison(self.file(), "-t", self.threads, *lengths)

    def text(self, setup):
        return compare_text(self.commands(setup), setup.rounds)

    def measure(self, setup):
        tests, calls = bench_compare.measure(self.commands(setup), setup.rounds)
        parts, met = [], True
        for test in tests:
            bound = self.prompt if test.test.startswith("pp") else self.decode
            ratio = test.ratio(statistics.median)
            parts.append("{} {:.2f}× ({:.2f}–{:.2f})".format(test.test.split(",")[0], *ratio))
            met = met and ratio[0] >= bound
            if test.test.startswith("tg") and self.share:
                parts.append(f"{100 * test.machine_share['new']:.0f} % of bandwidth")
                met = met and test.machine_share["new"] >= self.share
        bandwidth = max(test.machine_gb_per_s["new"] for test in tests)
        return Outcome(", ".join(parts), met, machine_of(calls["new"], bandwidth))


@dataclasses.dataclass(frozen=True)
class Memory(Target):
    """Most resident memory of the whole process, reading 512 tokens and writing 16."""

    def needed(self):
        return "peak memory ≤ 1×"

    def commands(self, setup):
        commands = dataclasses.replace(setup, repetitions=1).comparison(
            self.file(), "-t", self.threads, "-p", 512, "-n", 16)
        # The block that bandwidth is measured with is no part of what a user needs.
        return {**commands, "new": [*commands["new"], "--no-bandwidth"]}

    def text(self, setup):
        return compare_text(self.commands(setup), 1)

    def measure(self, setup):
        _, calls = bench_compare.measure(self.commands(setup), 1)
        peak = bench_compare.peak_memory(calls)
        ratio = peak["new"] / peak["old"]
        sizes = f"{peak['new'] / 2**20:.0f} of {peak['old'] / 2**20:.0f} MiB"
        return Outcome(f"{ratio:.3f}× ({sizes})", ratio <= 1, machine_of(calls["new"]))


@dataclasses.dataclass(frozen=True)
class Depth(Target):
    """Decoding after many tokens against decoding after none, both by wasmchord."""
    depth: int = 4096
    least: float = 0.7

    def needed(self):
        return f"tg128 at depth {self.depth} ≥ {100 * self.least:g} % of depth 0"

    def command(self, setup):
        return setup.new("bench", self.file(), "-o", "json", "-r", setup.repetitions, "-t", self.threads, "-p", 0,
                         "-n", 128, "-d", f"0,{self.depth}")

    def text(self, setup):
        return shlex.join(self.command(setup))

    def measure(self, setup):
        calls = [bench_compare.call(self.command(setup)) for _ in range(setup.rounds)]
        rates = {0: [], self.depth: []}
        for row in (row for call in calls for row in call.rows):
            rates[row["n_depth"]] += row["samples_ts"]
        share = statistics.median(rates[self.depth]) / statistics.median(rates[0])
        return Outcome(f"{100 * share:.0f} %", share >= self.least, machine_of(calls))


@dataclasses.dataclass(frozen=True)
class Monotone(Target):
    """No prompt of 2 to 64 tokens is read at fewer tokens a second than the one that is a token shorter."""
    slack: float = 0.02  # steps down by less are noise

    def needed(self):
        return f"t/s never falls by more than {100 * self.slack:g} % from 1 to 64 prompt tokens"

    def command(self, setup):
        return setup.new("bench", self.file(), "-o", "json", "-r", setup.repetitions, "-t", self.threads, "-n", 0,
                         "--no-bandwidth", "-p", ",".join(map(str, range(1, 65))))

    def text(self, setup):
        return shlex.join(self.command(setup))

    def measure(self, setup):
        calls = [bench_compare.call(self.command(setup)) for _ in range(setup.rounds)]
        best = {}
        for row in (row for call in calls for row in call.rows):
            best[row["n_prompt"]] = max(best.get(row["n_prompt"], 0), *row["samples_ts"])
        lengths = sorted(best)
        step, n = min((best[after] / best[before], after) for before, after in zip(lengths, lengths[1:]))
        return Outcome(f"worst step {step:.3f}× at {n} tokens", step >= 1 - self.slack, machine_of(calls))


@dataclasses.dataclass(frozen=True)
class Perplexity(Target):
    """Of held-out text, against the reference's of the same file."""
    most: float = 0.003

    def needed(self):
        return f"perplexity within {100 * self.most:g} %"

    def commands(self, setup):
        options = ("-t", self.threads, "-c", 512, "-f")
        return {"old": setup.old("perplexity", self.file(), *options, setup.reference_models / TEXT),
                "new": setup.new("perplexity", self.file(), "--json", *options, setup.models / TEXT)}

    def text(self, setup):
        return "; ".join(shlex.join(command) for command in self.commands(setup).values())

    def measure(self, setup):
        commands = self.commands(setup)
        printed = subprocess.run(commands["old"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
        match = re.search(rb"PPL = ([0-9.]+)", printed)
        if not match:
            raise CommandError(f"no perplexity in the output of {shlex.join(commands['old'])}")
        old, new = float(match[1]), json.loads(bench_compare.output_of(commands["new"])[0])["perplexity"]
        difference = new / old - 1
        return Outcome(f"{100 * difference:+.2f} % ({new:.4f} and {old:.4f})", abs(difference) <= self.most)


# type -> least ratios of pp512 and tg128
TINY_LLAMA = {"Q8_0": (2.5, 1.15), "Q4_K_M": (1.6, 1.25), "Q5_K_M": (1.5, 1.2), "Q6_K": (1.5, 1.2),
              "IQ4_XS": (1.5, 1.2), "f16": (1.2, 1.05)}
TYPES = ("Q4_0", *TINY_LLAMA)


def all_targets():
    targets = [Speed("TinyLlama", "Q4_0", 1, 1.5, 1.2), Speed("TinyLlama", "Q4_0", 2, 1.5, 1.3, 0.9)]
    targets += [Speed("TinyLlama", kind, threads, *bounds) for kind, bounds in TINY_LLAMA.items() for threads in (1, 2)]
    targets += [Speed("135M", kind, threads, 0, 1.3) for kind in ("Q4_0", "Q8_0", "Q4_K_M") for threads in (1, 2)]
    targets += [Depth("TinyLlama", "Q4_0"), Monotone("TinyLlama", "Q4_0"), Monotone("135M", "Q4_0")]
    targets += [Memory("TinyLlama", kind) for kind in TYPES]
    return targets + [Perplexity("tales-7m", kind) for kind in TYPES]


def run_or_fail(command):
    print(shlex.join(command), file=sys.stderr)
    bench_compare.output_of(command)


def make_source(target, options):
    """The f16 file that the model's other types come from."""
    path = options.models / f"{PREFIXES[target.model]}-f16.gguf"
    if path.exists():
        return path
    if target.model in SHAPES:
        maker = pathlib.Path(options.wasmchord).with_name("wasmchord-make-model")
        run_or_fail([str(maker), str(path), "--shape", SHAPES[target.model], "--type", "F16"])
    elif options.tales is None:
        raise CommandError("--tales must name the folder of the tales models and their held-out text")
    else:
        for name in (path.name, TEXT):
            shutil.copyfile(options.tales / name, options.models / name)
    return path


def make_model(target, options):
    """Makes the target's file where it is missing."""
    path = options.models / target.file()
    if path.exists():
        return
    options.models.mkdir(parents=True, exist_ok=True)
    source = make_source(target, options)
    if path == source:
        return
    if options.quantize:
        quantize, folder = shlex.split(options.quantize), options.reference_models or options.models
    else:
        quantize, folder = [options.wasmchord, "quantize"], options.models
    run_or_fail([*quantize, str(folder / source.name), str(folder / path.name), target.type])


def row_of(target, measured, machine, text):
    return f"| {target.name()}: {target.needed()} | {measured} | {machine} | `{text}` |"


def measure_row(target, setup, options):
    """Prints the row; the exit code that it asks for."""
    try:
        if options.make:
            make_model(target, options)
        outcome = target.measure(setup)
    except (CommandError, OSError, KeyError, ValueError) as error:
        print(f"bench_targets: {target.name()}: {error}", file=sys.stderr)
        print(row_of(target, "not measured", "", target.text(setup)), flush=True)
        return 2
    verdict = "met" if outcome.met else "missed"
    print(row_of(target, f"{verdict}: {outcome.measured}", outcome.machine or "—", target.text(setup)), flush=True)
    return 0 if outcome.met else 1


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, usage=argparse.SUPPRESS,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="REGEX", help="targets whose first cell it is found in")
    parser.add_argument("--list", action="store_true", help="print the table, measure nothing")
    parser.add_argument("-r", "--rounds", type=bench_compare.positive, default=5, help="of each comparison (default 5)")
    parser.add_argument("--repetitions", type=bench_compare.positive, default=2, help="in a round (default 2)")
    parser.add_argument("--wasmchord", default=".build/bench/bin/wasmchord", metavar="PATH")
    parser.add_argument("--reference", default="llama-bench", metavar="COMMAND")
    parser.add_argument("--models", default="models", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--reference-models", type=pathlib.Path, metavar="DIR",
                        help="what the reference calls the folder of --models, where that differs")
    parser.add_argument("--make", action="store_true", help="make models that are missing")
    parser.add_argument("--quantize", metavar="COMMAND", help="llama-quantize instead of wasmchord's own, for --make")
    parser.add_argument("--tales", type=pathlib.Path, metavar="DIR", help=f"tales-7m-f16.gguf and {TEXT}, for --make")
    return parser.parse_args()


def main():
    options = parse_options()
    setup = Setup([options.wasmchord], shlex.split(options.reference), options.models,
                  options.reference_models or options.models, options.rounds, options.repetitions)
    targets = [one for one in all_targets() if re.search(options.only, f"{one.name()}: {one.needed()}")]
    if not targets:
        print("bench_targets: no such target", file=sys.stderr)
        return 2
    print("| target | measured | machine | command |\n|---|---|---|---|", flush=True)
    if options.list:
        for target in targets:
            print(row_of(target, "—", "—", target.text(setup)))
        return 0
    return max(measure_row(target, setup, options) for target in targets)


if __name__ == "__main__":
    sys.exit(main())
