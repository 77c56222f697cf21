#!/usr/bin/env bash
# Finds Emscripten 4.0 or newer with Node 22 or newer, or makes a private root of Debian packages that holds them, and
# runs commands there, in the same folder and with this repository at the same path.
# usage: tools/emscripten.sh               sets it up where needed and says what is used
#        tools/emscripten.sh COMMAND...    the same, then COMMAND: emcmake cmake --preset wasm-simd, node FILE ...
# The first that there is: the root named by WASMCHORD_EMSCRIPTEN_ROOT (made there if it is none yet), EMSDK, emcc on
# PATH, $XDG_CACHE_HOME/wasmchord/emscripten or else .cache/emscripten, which is made if need be (1.6 GB, two minutes).
# Exit code 3: there is none, and this machine is not one where it can be made, for the reason that is printed.
set -euo pipefail
tree="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
source "$tree/tools/packages.sh"

suite=forky  # of Debian: emscripten 6, node 24
root_packages=(emscripten nodejs cmake ninja-build googletest nlohmann-json3-dev)
cache="$tree/.cache"
if [ -n "${XDG_CACHE_HOME:-}" ]; then
  cache="$XDG_CACHE_HOME/wasmchord"
fi
root="${WASMCHORD_EMSCRIPTEN_ROOT:-$cache/emscripten}"

# at_least WANTED VERSION
at_least() { [ "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1" ]; }

# usable WHERE: whether the emcc and node on PATH are new enough; says what is wrong otherwise.
usable() {
  local emcc_version node_version
  emcc_version="$(emcc --version 2>/dev/null | sed -nE '1s/.* ([0-9]+\.[0-9.]+).*/\1/p')"
  node_version="$(node --version 2>/dev/null | sed -n 's/^v//p')"
  if at_least 4.0 "${emcc_version:-0}" && at_least 22 "${node_version:-0}"; then
    echo "Emscripten $emcc_version and Node $node_version $1" >&2
    return 0
  fi
  echo "Not used: Emscripten ${emcc_version:-(none)} with Node ${node_version:-(none)} $1; 4.0 and 22 are needed" >&2
  return 1
}

# The Debian mirror of this machine's own apt sources, whatever their syntax.
debian_mirror() {
  local codename site
  # shellcheck disable=SC1091
  codename="$(. /etc/os-release && echo "${VERSION_CODENAME:-}")"
  site="$(apt-get indextargets --no-release-info --format "\$(SITE) \$(RELEASE) \$(COMPONENT)" 'Created-By: Packages' |
    awk -v codename="$codename" '$3 == "main" && ($2 == codename || $2 ~ /^(stable|testing|unstable|sid)$/) {
      print $1; exit }')"
  case "$site" in
    mirror+file:*)
      site="$(sed -nE 's/^[[:space:]]*((https?|file):[^[:space:]]+).*/\1/p' "${site#mirror+file:}" | head -n 1)"
      ;;
  esac
  if [ -z "$site" ]; then
    echo "No Debian mirror in the sources of apt" >&2
    return 1
  fi
  echo "$site"
}

# as_root COMMAND...
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# in_root ROOT USER COMMAND...: COMMAND in ROOT as USER (uid:gid), in the current folder where it is in the repository.
# The repository and the shared data beside it are mounted; the mounts are this call's own and end with it.
in_root() {
  local folder="$PWD"
  case "$(pwd -P)/" in
    "$tree"/*) folder="$(pwd -P)" ;;
    *) folder=/ ;;
  esac
  # shellcheck disable=SC2016  # expanded by the inner shell
  as_root unshare --mount --propagation private -- bash -c '
    set -euo pipefail
    root="$1" tree="$2" folder="$3" user="$4"
    shift 4
    mount --rbind /proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mkdir -p "$root$tree"
    mount --bind "$tree" "$root$tree"
    shared="$(dirname "$tree")/shared"
    if [ -d "$shared" ]; then
      mkdir -p "$root$shared"
      mount --bind "$shared" "$root$shared"
    fi
    home=/root
    if [ "$user" != 0:0 ]; then
      home="/var/tmp/user-${user%:*}"
      mkdir -p "$root$home"
      chown "$user" "$root$home"
    fi
    exec chroot --userspec="$user" "$root" env -u EMSDK -u EM_CONFIG -u EM_CACHE \
      PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 HOME="$home" \
      env -C "$folder" "$@"' in_root "$1" "$tree" "$folder" "${@:2}"
}

# install_in ROOT PACKAGE...
install_in() {
  in_root "$1" 0:0 env DEBIAN_FRONTEND=noninteractive apt-get "${apt_options[@]}" install -y --no-install-recommends \
    "${@:2}"
}

make_root() {
  local mirror script=() proxy part="$root.part"
  need_packages debootstrap
  mirror="$(debian_mirror)"
  say "Making $root: Debian $suite with ${root_packages[*]}, from the mirror that apt uses"
  if [ ! -e "/usr/share/debootstrap/scripts/$suite" ]; then
    script=(/usr/share/debootstrap/scripts/sid)
  fi
  proxy="$(apt-config dump --format '%v' Acquire::http::Proxy)"
  if [ -n "$proxy" ]; then
    export http_proxy="$proxy"
  fi
  as_root rm -rf "$part"
  mkdir -p "$(dirname "$part")"
  as_root env ${http_proxy:+http_proxy="$http_proxy"} unshare --mount --propagation private -- \
    debootstrap --variant=minbase "$suite" "$part" "$mirror" "${script[@]}"
  apt_options=(${http_proxy:+-o "Acquire::http::Proxy=$http_proxy"})
  install_in "$part" "${root_packages[@]}"
  as_root rm -rf "$part"/var/cache/apt/archives/*.deb
  as_root mv "$part" "$root"
}

# A root is Debian's, and is entered through mounts.
need_debian() {
  local why=""
  if ! grep -qsx 'ID=debian' /etc/os-release; then
    why="Only on Debian can one be made."
  elif [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    why="To make one takes root or sudo."
  elif ! as_root unshare --mount true 2>/dev/null; then
    why="To make one takes mounts, which this container forbids."
  fi
  if [ -n "$why" ]; then
    echo "No Emscripten 4.0 or newer (EMSDK, or emcc on PATH) with Node 22 or newer. $why" >&2
    exit 3
  fi
}

# Packages that a root made by an older version of this script lacks.
complete_root() {
  local missing=() package
  for package in "${root_packages[@]}"; do
    if ! grep -qsx "Package: $package" "$root/var/lib/dpkg/status"; then
      missing+=("$package")
    fi
  done
  if [ ${#missing[@]} -ne 0 ]; then
    say "Adding ${missing[*]} to $root"
    install_in "$root" "${missing[@]}"
  fi
}

# Sets `runner` to what commands are put behind.
find_emscripten() {
  runner=()
  if [ -z "${WASMCHORD_EMSCRIPTEN_ROOT:-}" ]; then
    if [ -n "${EMSDK:-}" ] && [ -r "$EMSDK/emsdk_env.sh" ]; then
      # shellcheck disable=SC1091  # the user's own
      source "$EMSDK/emsdk_env.sh" >/dev/null 2>&1
      if usable "of EMSDK"; then return; fi
    fi
    if command -v emcc >/dev/null && usable "on PATH"; then return; fi
  fi
  need_debian
  mkdir -p "$(dirname "$root")"
  exec 9>"$root.lock"
  flock 9
  if [ ! -d "$root/usr/share/emscripten" ]; then
    make_root
  fi
  complete_root
  flock -u 9
  exec 9>&-
  runner=(in_root "$root" "$(id -u):$(id -g)")
  echo "Emscripten $(grep -oE '[0-9.]+' "$root/usr/share/emscripten/emscripten-version.txt") of $root" >&2
}

unset CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER  # ccache does not know em++
apt_options=()
find_emscripten
if [ $# -ne 0 ]; then
  "${runner[@]}" "$@"
fi
