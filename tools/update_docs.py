"""Writes what README.md and docs/*.md repeat: measured numbers, and the members of contracts.

A page says where with <!-- measured:NAME:begin --> and <!-- measured:NAME:end -->. Numbers come from the files in
docs/measured/ and from the shipped models, members from the contracts.

Example:
  python -m tools.update_docs
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import hetkeras as hk
from hetkeras.command_line.program import run_app
from hetkeras.files import write_text
from tools.contract_members import asked, derived
from tools.measured import binary_states, firms, growth, horizon, households, symmetric_economies
from tools.measured.box import box
from tools.measured.emulator import emulator
from tools.measured.faults import faults
from tools.measured.markdown import ROOT
from tools.measured.monte_carlo import firm_estimates, monte_carlo
from tools.measured.onnx import onnx
from tools.measured.papers import papers
from tools.measured.peers import peers
from tools.measured.quick_checks import quick_checks
from tools.measured.smallest_faults import smallest_faults
from tools.measured.sweep import sweep
from tools.measured.tolerances import tolerances

PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "reproductions").glob("*/*.md")))

MEASURED: dict[str, Callable[[], str]] = {
    "solve": quick_checks,
    "firms": firms.firms,
    "firms_speed": firms.speed,
    "branches": firms.branches,
    "branch_networks": firms.architectures,
    "branch_growth": firms.growth,
    "households": households.krusell_smith,
    "exporters": binary_states.exporters,
    "destinations": binary_states.destinations,
    "paper_biases": binary_states.paper_biases,
    "exchangeable": binary_states.exchangeable,
    "paper_tables": binary_states.paper_tables,
    "sector_links": binary_states.networks,
    "sectors": binary_states.sectors,
    "long_run": binary_states.long_run,
    "roots": symmetric_economies.roots,
    "agents": symmetric_economies.benchmark,
    "double_descent": symmetric_economies.double_descent,
    "one_draw": symmetric_economies.one_draw,
    "shipped": symmetric_economies.shipped,
    "reproduction": symmetric_economies.reproduction,
    "horizon": horizon.benchmark,
    "monte_carlo": monte_carlo,
    "papers": papers,
    "peers": peers,
    "box": box,
    "emulator": emulator,
    "onnx": onnx,
    "firm_estimates": firm_estimates,
    "growth_time": growth.time,
    "growth_calibrations": growth.calibrations,
    "growth_memory": growth.memory,
    "growth_workers": growth.workers,
    "faults": faults,
    "smallest_faults": smallest_faults,
    "sweep": sweep,
    "tolerances": tolerances,
}
ASKED = {
    "SymmetricEconomy": None,
    "PriceTakingFirms": None,
    "BranchingFirms": None,
    "PriceTakingHouseholds": None,
    "AggregateRiskHouseholds": None,
    "JumpDiffusion": None,
    "RevertingStates": hk.JumpDiffusion,
    "SwitchingJumpDiffusion": hk.JumpDiffusion,
    "TerminalValueDiffusion": None,
}
BLOCKS: dict[str, Callable[[], str]] = {
    **{f"measured:{name}": block for name, block in MEASURED.items()},
    **{f"asked:{name}": partial(asked, getattr(hk, name), beside) for name, beside in ASKED.items()},
    **{f"derived:{name}": partial(derived, getattr(hk, name)) for name in ASKED},
}
MARKED = re.compile(r"<!-- (?P<name>\w+:\w+):begin -->\n.*?<!-- (?P=name):end -->", re.DOTALL)


def main(argv: list[str]) -> None:
    del argv
    for path in PAGES:
        write_text(path, updated(path.read_text(encoding="utf-8")))
        print(f"written: {path}")


def updated(page: str) -> str:
    """Returns a page with every block between markers made anew."""
    return MARKED.sub(lambda found: marked(found["name"], BLOCKS[found["name"]]()), page)


def marked(name: str, block: str) -> str:
    return f"<!-- {name}:begin -->\n{block}\n<!-- {name}:end -->"


def marks(path: Path) -> list[str]:
    """Names of the blocks of a page, in its order."""
    return re.findall(r"<!-- (\w+:\w+):begin -->", path.read_text(encoding="utf-8"))


if __name__ == "__main__":
    run_app(main)
