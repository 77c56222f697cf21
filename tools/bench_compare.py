#!/usr/bin/env python3
"""Measures two commands in turn and says which is faster, by how much, and how sure that is.

usage: bench_compare.py [-r ROUNDS] [-o markdown|json] [--match REGEX] [--common] [--smoke] OLD NEW

OLD and NEW are commands that print what they measured as JSON:
  - `wasmchord bench -o json` or `llama-bench -o json`: tests are matched by n_prompt, n_gen, n_depth and n_threads;
  - a Google Benchmark program with --benchmark_format=json: tests are matched by name.

  bench_compare.py "old/wasmchord bench -o json -m m.gguf" "new/wasmchord bench -o json -m m.gguf"
  bench_compare.py "old/matvec_bench --benchmark_format=json" "new/matvec_bench --benchmark_format=json"

Exit code: 0; 1 where NEW is slower in every sample of some test, its best below OLD's worst; 2 where a command
failed or both did not measure the same. A command against itself shows how much of a ratio is noise.
"""
import argparse
import dataclasses
import json
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile

# Rates that a Google Benchmark program may count, from the most to the least telling.
COUNTERS = ("GMAC/s", "Gelem/s", "GB/s", "items_per_second", "bytes_per_second")
CALLS = "calls/s"
SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
SIDES = ("old", "new")


class CommandError(Exception):
    """A command that failed, or whose output is not what it should be."""


@dataclasses.dataclass
class Result:
    """One test as one call of a command measured it. More is better in every unit."""
    test: str
    samples: dict  # unit -> samples
    machine_gb_per_s: float = 0  # 0: not measured
    machine_share: float = 0  # of that bandwidth, reached while decoding


@dataclasses.dataclass
class Call:
    results: list
    peak_memory_bytes: int  # resident, of the whole process; never below this interpreter's own, some 15 MB
    rows: list  # as printed


def llama_result(row):
    parts = [f"{kind}{row[field]}" for kind, field in (("pp", "n_prompt"), ("tg", "n_gen")) if row[field]]
    depth = f" @ d{row['n_depth']}" if row.get("n_depth") else ""
    threads = row["n_threads"]
    return Result(f"{'+'.join(parts)}{depth}, {threads} thread{'s' if threads != 1 else ''}",
                  {"t/s": [float(rate) for rate in row["samples_ts"]]},
                  row.get("machine_gb_per_s", 0), row.get("machine_share", 0))


def google_results(rows):
    """Repetitions of a name are samples of one test; aggregates of them are left out."""
    results = {}
    for row in rows:
        if row.get("run_type", "iteration") != "iteration":
            continue
        if row.get("error_occurred"):
            raise CommandError(f"{row['name']}: {row.get('error_message', 'failed')}")
        rates = {unit: float(row[unit]) for unit in COUNTERS if unit in row}
        rates[CALLS] = 1 / (row["real_time"] * SECONDS[row["time_unit"]])
        result = results.setdefault(row["name"], Result(row["name"], {}))
        for unit, rate in rates.items():
            result.samples.setdefault(unit, []).append(rate)
    return list(results.values())


def parse_rows(text):
    """JSON, or JSON lines."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        document = [json.loads(line) for line in text.splitlines() if line.strip()]
    return document if isinstance(document, list) else [document]


def parse(text):
    """(results, rows) of a command's output."""
    rows = parse_rows(text)
    if len(rows) == 1 and "benchmarks" in rows[0]:
        rows = rows[0]["benchmarks"]
        return google_results(rows), rows
    results = [llama_result(row) for row in rows]
    names = [result.test for result in results]
    for name in names:
        if names.count(name) > 1:
            raise CommandError(f"two results for {name}")
    return results, rows


def output_of(command):
    """(stdout, peak resident bytes) of a command given as a list of words."""
    with tempfile.TemporaryFile() as out:
        try:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out)
        except OSError as error:
            raise CommandError(f"cannot run {shlex.join(command)}: {error.strerror}") from error
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise CommandError(f"exit code {process.returncode} of {shlex.join(command)}")
        out.seek(0)
        text = out.read().decode("utf-8", errors="replace")
    return text, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def call(command):
    text, peak = output_of(command)
    try:
        results, rows = parse(text)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise CommandError(f"cannot read the output of {shlex.join(command)}: {error!r}") from error
    return Call(results, peak, rows)


@dataclasses.dataclass
class Comparison:
    """One test: samples of each round of both sides."""
    test: str
    unit: str
    rounds: dict  # side -> [[sample, ...] of a round, ...]
    machine_gb_per_s: dict  # side -> best bandwidth of all rounds, 0: not measured
    machine_share: dict  # side -> median of all rounds

    def samples(self, side):
        return [sample for samples in self.rounds[side] for sample in samples]

    def ratio(self, statistic):
        """statistic(new) / statistic(old), and the lowest and the highest of such ratios of one round alone."""
        whole = statistic(self.samples("new")) / statistic(self.samples("old"))
        each = [statistic(new) / statistic(old) for old, new in zip(self.rounds["old"], self.rounds["new"])]
        return whole, min(each), max(each)

    def is_slower(self):
        """In every sample: they do not overlap."""
        return max(self.samples("new")) < min(self.samples("old"))


def common_tests(calls, match, common):
    """Names of the tests that all calls measured, in the order of the first; others are an error unless `common`."""
    lists = [[result.test for result in one.results if re.search(match, result.test)] for one in calls]
    shared = [test for test in lists[0] if all(test in tests for tests in lists)]
    for tests in lists:
        for test in tests:
            if test not in shared and not common:
                raise CommandError(f"only one of the commands measured {test}")
    if not shared:
        raise CommandError("the commands measured nothing that both have")
    return shared


def compare_test(test, calls):
    """calls: side -> [Call of a round, ...]."""
    results = {side: [next(r for r in one.results if r.test == test) for one in calls[side]] for side in SIDES}
    every = results["old"] + results["new"]
    unit = next((unit for unit in ("t/s", *COUNTERS, CALLS) if all(unit in r.samples for r in every)), None)
    if unit is None:
        raise CommandError(f"{test} has no unit that both commands measured")
    return Comparison(test, unit, {side: [r.samples[unit] for r in results[side]] for side in SIDES},
                      {side: max(r.machine_gb_per_s for r in results[side]) for side in SIDES},
                      {side: statistics.median(r.machine_share for r in results[side]) for side in SIDES})


def measure(commands, rounds, match="", common=False, progress=sys.stderr):
    """(comparisons, {side: [Call of a round, ...]}). commands: side -> words. Every other round begins with NEW."""
    calls = {side: [] for side in SIDES}
    for turn in range(rounds):
        for side in SIDES if turn % 2 == 0 else reversed(SIDES):
            calls[side].append(call(commands[side]))
        if turn == 0:  # what cannot be compared shows before the long wait
            common_tests([calls["old"][0], calls["new"][0]], match, common)
        print(f"round {turn + 1} of {rounds}", file=progress)
    tests = common_tests(calls["old"] + calls["new"], match, common)
    return [compare_test(test, calls) for test in tests], calls


def peak_memory(calls):
    return {side: max(one.peak_memory_bytes for one in calls[side]) for side in SIDES}


def best_and_median(samples):
    return {"best": max(samples), "median": statistics.median(samples), "worst": min(samples)}


def to_json(commands, comparisons, calls):
    tests = []
    for one in comparisons:
        sides = {side: {**best_and_median(one.samples(side)), "rounds": one.rounds[side],
                        "machine_gb_per_s": one.machine_gb_per_s[side] or None,
                        "machine_share": one.machine_share[side] or None} for side in SIDES}
        ratios = {name: dict(zip(("ratio", "lowest", "highest"), one.ratio(statistic)))
                  for name, statistic in (("best", max), ("median", statistics.median))}
        tests.append({"test": one.test, "unit": one.unit, **sides, "new_over_old": ratios, "slower": one.is_slower()})
    return json.dumps({"commands": {side: shlex.join(commands[side]) for side in SIDES}, "tests": tests,
                       "peak_memory_bytes": peak_memory(calls)}, indent=2)


def ratio_text(ratio):
    return "{:.3f} ({:.3f}–{:.3f})".format(*ratio)


def to_markdown(comparisons, calls):
    machine = any(one.machine_gb_per_s[side] for one in comparisons for side in SIDES)
    header = ["test", "unit", "old best", "old median", "new best", "new median", "new/old best", "new/old median"]
    header += ["machine GB/s", "new share"] if machine else []
    lines = ["| " + " | ".join(header) + " |", "|---|---|" + "---:|" * (len(header) - 2)]
    for one in comparisons:
        old, new = (best_and_median(one.samples(side)) for side in SIDES)
        cells = [one.test, one.unit, *(f"{rate:.5g}" for s in (old, new) for rate in (s["best"], s["median"])),
                 ratio_text(one.ratio(max)), ratio_text(one.ratio(statistics.median))]
        if machine:
            share = one.machine_share["new"]
            cells += [f"{max(one.machine_gb_per_s.values()):.2f}", f"{100 * share:.1f} %" if share else ""]
        lines.append("| " + " | ".join(cells) + " |")
    memory = ", ".join(f"{side} {peak / 2**20:.1f} MiB" for side, peak in peak_memory(calls).items())
    slower = [f"Slower in every sample: {one.test}" for one in comparisons if one.is_slower()]
    return "\n".join([*lines, "", f"Peak memory of the whole process: {memory}", *slower])


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def main():
    parser = argparse.ArgumentParser(description=__doc__, usage=argparse.SUPPRESS,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-r", "--rounds", type=positive, default=5, help="calls of each command (default 5)")
    parser.add_argument("-o", "--output", choices=("markdown", "json"), default="markdown")
    parser.add_argument("--match", default="", metavar="REGEX", help="only tests whose name it is found in")
    parser.add_argument("--common", action="store_true", help="leave out what only one command measured")
    parser.add_argument("--smoke", action="store_true", help="one round, exit code 0 whatever the speed")
    parser.add_argument("old", help="command to compare with, as one argument")
    parser.add_argument("new", help="command to judge")
    options = parser.parse_args()
    commands = {side: shlex.split(getattr(options, side)) for side in SIDES}
    try:
        comparisons, calls = measure(commands, 1 if options.smoke else options.rounds, options.match, options.common)
    except CommandError as error:
        print(f"bench_compare: {error}", file=sys.stderr)
        return 2
    print(to_json(commands, comparisons, calls) if options.output == "json" else to_markdown(comparisons, calls))
    return 1 if any(one.is_slower() for one in comparisons) and not options.smoke else 0


if __name__ == "__main__":
    sys.exit(main())
