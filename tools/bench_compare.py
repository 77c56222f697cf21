#!/usr/bin/env python3
"""Measures two commands in turn and says which is faster.

Each command must print JSON or JSON lines in llama-bench's field names, as `wasmchord bench -o json` does:
  bench_compare.py -r 5 "old/wasmchord bench -o json -m m.gguf" "new/wasmchord bench -o json -m m.gguf"
A against A shows how much of a difference is noise.
"""
import argparse
import json
import shlex
import statistics
import subprocess
import sys


def rows_of(command):
    """The results that one call of `command` prints."""
    output = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, text=True, check=True).stdout
    if output.lstrip().startswith("["):
        return json.loads(output)
    return [json.loads(line) for line in output.splitlines() if line.strip()]


def name_of(row):
    kind = f"pp{row['n_prompt']}" if row["n_gen"] == 0 else f"tg{row['n_gen']}"
    depth = f" @ d{row['n_depth']}" if row.get("n_depth") else ""
    return f"{kind}{depth}, {row['n_threads']} threads"


def measure(commands, rounds):
    """{test: ([samples of A], [samples of B])} in tokens a second, every other round with B first."""
    samples = {}
    for turn in range(rounds):
        order = (0, 1) if turn % 2 == 0 else (1, 0)
        for side in order:
            for row in rows_of(commands[side]):
                samples.setdefault(name_of(row), ([], []))[side].extend(row["samples_ts"])
        print(f"round {turn + 1} of {rounds}", file=sys.stderr)
    return samples


def report(samples):
    print("| test | A best | A median | B best | B median | B/A best | B/A median |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for test, (a, b) in samples.items():
        if not a or not b:
            sys.exit(f"bench_compare: only one of the commands ran {test}")
        best = (max(a), max(b))
        median = (statistics.median(a), statistics.median(b))
        print(f"| {test} | {best[0]:.2f} | {median[0]:.2f} | {best[1]:.2f} | {median[1]:.2f} "
              f"| {best[1] / best[0]:.3f} | {median[1] / median[0]:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-r", "--rounds", type=int, default=3)
    parser.add_argument("a", help="first command")
    parser.add_argument("b", help="second command")
    options = parser.parse_args()
    samples = measure((options.a, options.b), options.rounds)
    if not samples:
        sys.exit("bench_compare: the commands printed no results")
    report(samples)


if __name__ == "__main__":
    main()
