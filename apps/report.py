"""Draws the page of a solve or of a study from what lies in its directory; nothing is trained or measured again.

Example:
  python -m apps.report --run_dir=runs/linear
"""

from __future__ import annotations

from pathlib import Path

from absl import flags

from apps.common import run_app
from hetkeras.report.page import write_report

FLAGS = flags.FLAGS
flags.DEFINE_string("run_dir", None, "Directory of a solve or of a study.", required=True)


def main(argv: list[str]) -> None:
    del argv
    print(f"page: {write_report(Path(FLAGS.run_dir))}")


if __name__ == "__main__":
    run_app(main)
