#!/usr/bin/env bash
# Installs what is missing, then builds and runs every test: optimised, for coverage, under the sanitizers, NEON in
# emulation, as WebAssembly, and lint.
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
left_out=()

# part NAME COMMAND...: runs the command and remembers NAME if it fails. Exit code 3 means: not on this machine.
part() {
  local name="$1" start="$SECONDS"
  shift
  say "$name"
  local result=0
  "$@" || result=$?
  if [ "$result" -eq 0 ]; then
    say "$name: passed in $((SECONDS - start)) s"
  elif [ "$result" -eq 3 ]; then
    say "$name: NOT RUN, it cannot be on this machine"
    left_out+=("$name")
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

# A machine that has NEON has tested it in the other parts.
neon() {
  case "$(uname -m)" in
    aarch64 | arm64) echo "This machine's own" ;;
    *) need_packages "${cross_packages[@]}" && build_and_test aarch64 ;;
  esac
}

# The compiler comes first, so that a failure to get one reads as such.
webassembly() {
  local preset
  bash tools/emscripten.sh || return
  for preset in wasm-simd wasm-relaxed; do
    bash tools/emscripten.sh emcmake cmake --preset "$preset" &&
      bash tools/emscripten.sh cmake --build --preset "$preset" --parallel "$jobs" &&
      bash tools/emscripten.sh ctest --preset "$preset" --parallel "$jobs" || return 1
  done
}

part "Release: every test" build_and_test release
part "Benches: smoke test" benches
part "Line coverage" coverage
part "AddressSanitizer and UndefinedBehaviorSanitizer" build_and_test asan-ubsan
part "ThreadSanitizer" build_and_test tsan
part "NEON under qemu-user" neon
part "WebAssembly in Node" webassembly
part "Lint" bash tools/lint.sh

if [ ${#failures[@]} -ne 0 ]; then
  say "FAILED: $(printf '%s; ' "${failures[@]}")"
  exit 1
fi
if [ ${#left_out[@]} -ne 0 ]; then
  say "Not run on this machine: $(printf '%s; ' "${left_out[@]}")"
fi
say "Everything passed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
