# shellcheck shell=bash
# shellcheck disable=SC2034  # the lists are for the scripts that source this file
# Sourced by demo.sh, test.sh and lint.sh: finds or installs what a build needs.

# Prints a line that stands out between those of the tools.
say() { printf '\n== %s\n' "$*"; }

# need_packages PACKAGE...: installs those Debian packages that are missing; elsewhere says what to install.
need_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    check_commands_only "$@"
    return
  fi
  local missing=() package
  for package in "$@"; do
    if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
      missing+=("$package")
    fi
  done
  if [ ${#missing[@]} -eq 0 ]; then
    return
  fi
  say "Installing ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "These packages are missing, and there is neither root nor sudo to install them: ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

# Without apt-get: the names above are Debian's, so only the presence of the tools can be tested.
check_commands_only() {
  local command absent=()
  for command in cmake ninja c++ python3; do
    command -v "$command" >/dev/null || absent+=("$command")
  done
  echo "This system has no apt-get. Install what corresponds to these Debian packages: $*"
  if [ ${#absent[@]} -ne 0 ]; then
    echo "Not found: ${absent[*]}" >&2
    return 1
  fi
}

# Presets of version 6 begin with CMake 3.25.
need_cmake() {
  local version
  version="$(cmake --version | sed -n '1s/[^0-9]*//p')"
  if [ "$(printf '%s\n' 3.25 "$version" | sort -V | head -n 1)" != 3.25 ]; then
    echo "CMake 3.25 or newer is needed; this is $version." >&2
    return 1
  fi
}

use_ccache() {
  if command -v ccache >/dev/null; then
    # By the compiler's own list of headers: without it an empty cache costs a run of the preprocessor per file.
    export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_DEPEND=1
  fi
}

cores() { nproc 2>/dev/null || getconf _NPROCESSORS_ONLN; }

build_packages=(cmake ninja-build g++ libcli11-dev libedit-dev nlohmann-json3-dev libsentencepiece-dev)
test_packages=(libgtest-dev libbenchmark-dev pkg-config python3 git gcovr doxygen)
cross_packages=(g++-aarch64-linux-gnu qemu-user libgtest-dev)
lint_packages=(clang clang-format clang-tidy)
browser_packages=(chromium)
