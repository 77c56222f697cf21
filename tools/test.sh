#!/usr/bin/env bash
# Installs what is missing, then builds and runs every test: optimised, under the sanitizers with line coverage, NEON in
# emulation, as WebAssembly, and lint.
# A failing part does not keep the others from running; the exit code is 0 only if all passed. The output of each part is
# kept in .build/parts/, and what matters of it is repeated at the end.
# usage: tools/test.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/packages.sh

logs=.build/parts
rm -rf "$logs"
mkdir -p "$logs"
jobs="$(cores)"
results=()
failures=()
left_out=()

# part NAME COMMAND...: runs the command and remembers NAME if it fails. Exit code 3 means: not on this machine.
part() {
  local name="$1" start="$SECONDS" result=0 verdict
  shift
  say "$name"
  "$@" 2>&1 | tee "$logs/$name.log" || result="${PIPESTATUS[0]}"
  case "$result" in
    0) verdict="passed" ;;
    3) verdict="NOT RUN, it cannot be on this machine" left_out+=("$name") ;;
    *) verdict="FAILED" failures+=("$name") ;;
  esac
  results+=("$(printf '%5d s  %-40s %s' "$((SECONDS - start))" "$name" "$verdict")")
  say "$name: $verdict after $((SECONDS - start)) s"
}

# repeat_failure NAME: the names of what failed in a part, and how its output ends.
repeat_failure() {
  local marks='^\[  FAILED  \] [^ ]+$|^(FAIL|ERROR|FAILED): |: (fatal )?error: |: runtime error: |Sanitizer: |\*\*\*'
  say "$1 FAILED"
  grep -aE "$marks" "$logs/$1.log" | sort -u | cut -c 1-160 | head -n 12 || true
  echo "..."
  tail -n 10 "$logs/$1.log" | cut -c 1-160
}

build_and_test() {
  cmake --preset "$1" && cmake --build --preset "$1" --parallel "$jobs" && ctest --preset "$1" --parallel "$jobs"
}

# Counters of a former build would not fit the new objects. A CPU without an instruction set cannot cover its files.
# Threads lose counts of each other (atomic counters are six times slower): a branch's count, the difference of two, can
# then be negative, which gcovr would take for an error.
sanitizers_and_coverage() {
  local report=.build/coverage/report result=0 unseen=()
  find .build/coverage -name '*.gcda' -delete 2>/dev/null || true
  build_and_test coverage || return 1
  mkdir -p "$report"
  if ! grep -qs avx512_vnni /proc/cpuinfo; then
    unseen=(--exclude 'kernels/cpu/avx512/')
  fi
  gcovr --root . --object-directory .build/coverage --filter 'src/' --filter 'kernels/' --filter 'include/' \
    --filter 'tools/cli/' "${unseen[@]}" --exclude-unreachable-branches --gcov-ignore-parse-errors \
    --print-summary --fail-under-line 85 --txt "$report/lines.txt" -j "$jobs" || result=1
  tail -n 3 "$report/lines.txt"
  return "$result"
}

# Seconds: whether the benches run and their results can be compared, not how fast they are.
benches() {
  local build=.build/ci compare=(python3 tools/bench_compare.py --smoke) program
  local few='/(256x2048|2048x2048x4|8192|576|32x64|1x64x1024|1MiB/real_time/threads:1|32000)$'
  for program in "$build"/bench/*_bench; do
    # Its data is not part of the repository.
    [ "${program##*/}" != tokenizer_bench ] || continue
    "$program" --benchmark_min_time=0.001 --benchmark_filter="$few" >/dev/null || return 1
  done
  local kernels="$build/bench/matvec_bench --benchmark_format=json --benchmark_min_time=0.001"
  kernels+=" --benchmark_filter=q8_0.*/256x"
  local tokens="$build/bin/wasmchord bench -m tests/data/models/tales-1m-q8_0.gguf -p 16 -n 4 -r 1 -o json"
  "${compare[@]}" "$kernels" "$kernels" && "${compare[@]}" "$tokens" "$tokens" -o json >/dev/null
}

# A machine that has NEON has tested it in the other parts.
neon() {
  case "$(uname -m)" in
    aarch64 | arm64) echo "This machine's own" ;;
    *) need_packages "${cross_packages[@]}" && build_and_test aarch64 ;;
  esac
}

# The compiler comes first, so that a failure to get one reads as such. The module of wasm-relaxed holds the kernels of
# both instruction sets, and its tests look at the objects of each.
webassembly() {
  bash tools/emscripten.sh || return
  bash tools/emscripten.sh emcmake cmake --preset wasm-relaxed &&
    bash tools/emscripten.sh cmake --build --preset wasm-relaxed --parallel "$jobs" &&
    bash tools/emscripten.sh ctest --preset wasm-relaxed --parallel "$jobs" || return 1
}

need_packages "${build_packages[@]}" "${test_packages[@]}" "${lint_packages[@]}"
need_cmake
use_ccache
# Packages for WebAssembly arrive meanwhile; the part of that name waits for them, and says what went wrong.
bash tools/emscripten.sh >"$logs/emscripten.log" 2>&1 &
part "Release, every test" build_and_test ci
part "Benches, smoke test" benches
part "Address and UB sanitizers, coverage" sanitizers_and_coverage
part "ThreadSanitizer" build_and_test tsan
part "NEON under qemu-user" neon
part "WebAssembly in Node" webassembly
part "Lint" bash tools/lint.sh

for name in "${failures[@]}"; do
  repeat_failure "$name"
done
say "Parts"
printf '%s\n' "${results[@]}"
if [ ${#failures[@]} -ne 0 ]; then
  say "FAILED: $(printf '%s; ' "${failures[@]}")"
  exit 1
fi
if [ ${#left_out[@]} -ne 0 ]; then
  say "Not run on this machine: $(printf '%s; ' "${left_out[@]}")"
fi
say "Everything passed in $((SECONDS / 60)) min $((SECONDS % 60)) s"
