#!/usr/bin/env bash
# Builds the wasmchord command, after installing what that needs, and lets its built-in model tell a story.
# usage: tools/demo.sh [OPTIONS OF `wasmchord run`]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source tools/packages.sh

need_packages "${build_packages[@]}"
need_cmake
use_ccache
say "Building .build/demo/bin/wasmchord"
cmake --preset demo
cmake --build --preset demo --parallel "$(cores)"
if [ $# -eq 0 ]; then
  set -- --demo
fi
say "wasmchord run $*"
exec .build/demo/bin/wasmchord run "$@"
