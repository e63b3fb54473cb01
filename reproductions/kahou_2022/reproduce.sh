#!/usr/bin/env bash
# The tables and figures of Kahou et al. (2022) from nothing: reproduce.sh [seeds of each solve, default 1]
# Stop it and start it again as you like; finished solves are kept.
set -euo pipefail
cd "$(dirname "$0")/../.."
seeds=${1:-1}
out=runs/kahou_2022
make .venv/.ready # TensorFlow and what else is needed, in the versions of constraints.txt
mkdir -p "$out"
{
  git rev-parse HEAD || echo 'no commit: this is no git checkout'
  .venv/bin/python --version
  nproc
  grep -m 1 "model name" /proc/cpuinfo || uname -m
} > "$out/machine.txt"
time .venv/bin/hetkeras table kahou_2022 --out_dir="$out" --seeds="$seeds"
echo "Tables, figures and the page: $out/report.html; commit and machine: $out/machine.txt"
