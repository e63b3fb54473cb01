"""What keeps the project: benchmarks, shipped models, the README's numbers. Compilation is timed, so none is kept."""

import os

from hetkeras.compile_cache import SWITCH

os.environ.setdefault(SWITCH, "off")
