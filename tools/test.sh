#!/usr/bin/env bash
# Installs what is missing, then builds and runs every test: optimised, for coverage, under the sanitizers, and lint.
# A failing part does not keep the others from running; the exit code is 0 only if all passed.
# usage: tools/test.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/packages.sh

need_packages "${build_packages[@]}" "${test_packages[@]}" "${lint_packages[@]}"
need_cmake
use_ccache
jobs="$(cores)"
failures=()

# part NAME COMMAND...: runs the command and remembers NAME if it fails.
part() {
  local name="$1" start="$SECONDS"
  shift
  say "$name"
  if "$@"; then
    say "$name: passed in $((SECONDS - start)) s"
  else
    say "$name: FAILED after $((SECONDS - start)) s"
    failures+=("$name")
  fi
}

build_and_test() {
  cmake --preset "$1" && cmake --build --preset "$1" --parallel "$jobs" && ctest --preset "$1" --parallel "$jobs"
}

coverage() {
  # Counters of a former build would not fit the new objects.
  find .build/coverage -name '*.gcda' -delete 2>/dev/null || true
  build_and_test coverage || return 1
  mkdir -p .build/coverage/report
  gcovr --root . --object-directory .build/coverage --filter 'src/' --filter 'kernels/' --filter 'include/' \
    --filter 'tools/cli/' --exclude-unreachable-branches --print-summary --fail-under-line 85 \
    --txt .build/coverage/report/lines.txt --html-details .build/coverage/report/index.html -j "$jobs"
  local result=$?
  tail -n 3 .build/coverage/report/lines.txt
  return "$result"
}

# Seconds: whether the benches run and their results can be compared, not how fast they are.
benches() {
  cmake --preset bench && cmake --build --preset bench --parallel "$jobs" || return 1
  local bench=.build/bench compare=(python3 tools/bench_compare.py --smoke) program
  local few='/(256x2048|2048x2048x4|8192|576|32x64|1x64x1024|1MiB/real_time/threads:1|32000)$'
  for program in "$bench"/bench/*_bench; do
    # Its data is not part of the repository.
    [ "${program##*/}" != tokenizer_bench ] || continue
    "$program" --benchmark_min_time=0.001 --benchmark_filter="$few" >/dev/null || return 1
  done
  local kernels="$bench/bench/matvec_bench --benchmark_format=json --benchmark_min_time=0.001"
  kernels+=" --benchmark_filter=q8_0.*/256x"
  local tokens="$bench/bin/wasmchord bench -m tests/data/models/tales-1m-q8_0.gguf -p 16 -n 4 -r 1 -o json"
  "${compare[@]}" "$kernels" "$kernels" && "${compare[@]}" "$tokens" "$tokens" -o json >/dev/null
}

part "Release: every test" build_and_test release
part "Benches: smoke test" benches
part "Line coverage" coverage
part "AddressSanitizer and UndefinedBehaviorSanitizer" build_and_test asan-ubsan
part "ThreadSanitizer" build_and_test tsan
part "Lint" bash tools/lint.sh

if [ ${#failures[@]} -ne 0 ]; then
  say "FAILED: $(printf '%s; ' "${failures[@]}")"
  exit 1
fi
say "Everything passed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
