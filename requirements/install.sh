#!/usr/bin/env bash
# Install hash-pinned lock files into an environment: install.sh PYTHON [--no-deps] LOCK...
# uv does it in seconds where it runs; pip, which every environment has, is the fallback. Both refuse a file whose hash
# is not in the lock. Extra indexes or mirrors are taken from pip's own configuration, so a closed network sets one place.
set -euo pipefail

python="$1"
shift
arguments=()
for item in "$@"; do
  case "$item" in
    --*) arguments+=("$item") ;;
    *) arguments+=(-r "$item") ;;
  esac
done

here="$(dirname "$0")"
if ! "$python" -m uv --version >/dev/null 2>&1; then
  "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$here/bootstrap.lock" ||
    "$python" -m pip install --quiet --disable-pip-version-check 'setuptools>=75' || true
fi

if "$python" -m uv --version >/dev/null 2>&1; then
  index="${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null || true)}}"
  if [ -n "$index" ]; then
    export UV_DEFAULT_INDEX="$index"
  fi
  if "$python" -m uv pip install --quiet --python "$python" --require-hashes "${arguments[@]}"; then
    exit 0
  fi
  echo "uv could not install; trying pip" >&2
fi
exec "$python" -m pip install --quiet --disable-pip-version-check --require-hashes "${arguments[@]}"
