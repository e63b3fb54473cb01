"""Command lines that are wrong: each ends in one clear line, at once, and leaves nothing behind.

The lines are made of what a subcommand takes and of what can be wrong with it: a value that a flag cannot have, a flag
twice, a file that is not there or is none, a stray word.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from hetkeras.command_line.main import COMMANDS
from tools.faults.case import Case
from tools.faults.nursery import LATE, ROOT, Ended, Nursery, nursery

EXPECTED = "one line that begins with 'error: ', an exit status of 1, nothing written"
SHIPPED = ROOT / "exported_models"
HUGE = "1000000000"

NUMBERS = ("nan", "inf", "-1", "1_0")
COUNTS = ("nan", "-1", HUGE)
TRUTHS = ("maybe", "")
CHOICES = ("", "neurol", "QUICK")
FILES = ("", "absent.csv", "folder", "empty.csv", "bytes.csv", "[a]*?.csv", "/proc/self/mem")

SEVERAL = {  # flag: values that it cannot have, whatever the model
    "seed": ("", "1e3", "many", "2.5", "9" * 400, *COUNTS),
    "checkpoint_seconds": ("-inf", "1e400", "0x10", "1,5", *NUMBERS),
    "preset": CHOICES,
    "report": TRUTHS,
    "allow_unconverged": TRUTHS,
    "compile_cache": TRUTHS,
    "run_dir": ("", "empty.csv", "empty.csv/run", "/proc/none", "/dev/null/run", "runs[1]", "[a]*?"),
    "set": ("", "=", "=1", "nonsense", "nonsense=1", "nonsense=" + "9" * 400),
    "solver": ("", "=", "=1", "nonsense", "nonsense=1"),
    "no_such_flag": ("1", ""),
    "flagfile": ("absent.txt",),
}
BY_MODEL = {
    "investment": {
        "precision": CHOICES,
        "network": CHOICES,
        "width": ("0", *COUNTS),
        "phi_depth": ("0", *COUNTS),
        "rho_depth": ("0", *COUNTS),
        "latent": ("0", *COUNTS),
        "activation": CHOICES,
        "hidden_biases": TRUTHS,
        "points": CHOICES,
        "steps": ("0", *COUNTS),
        "batch_size": ("0", *COUNTS),
        "learning_rate": ("0", *NUMBERS),
        "idiosyncratic_draws": ("0", "3", *COUNTS),
    },
    "khan_thomas": {
        "method": CHOICES,
        "networks": CHOICES,
        "rules": CHOICES,
        "start": CHOICES,
        "shocks": FILES,
        "first_rules": FILES,
        "damping": ("0", "1.5", *NUMBERS),
        "memory": COUNTS,
        "width": ("0", *COUNTS),
        "histogram_nodes": ("0", "1", *COUNTS),
        "pairs": COUNTS,
        "reference": TRUTHS,
        "fixed_rules": TRUTHS,
    },
    "bloom": {
        "width": ("0", *COUNTS),
        "policy_width": ("0", *COUNTS),
        "waves": COUNTS,
        "depth": ("0", *COUNTS),
        "economies": COUNTS,
        "at_once": ("0", *COUNTS),
        "reference": CHOICES,
        "paths": ("1", *COUNTS),
        "first_rules": FILES,
    },
    "export_entry": {
        "mode": CHOICES,
        "network": CHOICES,
        "width": ("0", *COUNTS),
        "latent": ("0", *COUNTS),
        "groups": COUNTS,
        "geography": FILES,
    },
    "production_network": {
        "network": CHOICES,
        "width": ("0", *COUNTS),
        "latent": ("0", *COUNTS),
        "table": (*FILES, "empty.npz", "bytes.npz"),
        "decides": CHOICES,
    },
}
# model: flags that choose the method, and its settings with values that they cannot have
SETTINGS: dict[str, tuple[Sequence[str], dict[str, Sequence[str]]]] = {
    "investment": (
        (),
        {
            "num_steps": ("0", *COUNTS),
            "batch_size": ("0", *COUNTS),
            "learning_rate": ("0", *NUMBERS),
            "aggregate_nodes": ("0", *COUNTS),
            "idiosyncratic_draws": ("0", "3", *COUNTS),
            "reset_probability": ("1.5", *NUMBERS),
            "horizon": ("1", *COUNTS),
            "warmup_steps": COUNTS,
            "residual_agents": ("0", *COUNTS),
        },
    ),
    "khan_thomas": (
        (),
        {
            "first_steps": ("0", *COUNTS),
            "round_steps": ("0", *COUNTS),
            "max_rounds": ("0", *COUNTS),
            "rough_rounds": COUNTS,
            "short_periods": ("0", *COUNTS),
            "near": ("0", *NUMBERS),
            "reuse": ("0", *COUNTS),
            "policy_steps": ("0", *COUNTS),
            "tolerance": ("0", *NUMBERS),
            "first_rate": ("0", *NUMBERS),
            "price_noise": ("0", "0.2", *NUMBERS),
            "explored": ("1.5", *NUMBERS),
            "mean_capital_batch": ("0", *COUNTS),
            "capital_batch": ("0", *COUNTS),
        },
    ),
    "khan_thomas --method=grid": (
        ("--method=grid",),
        {
            "num_mean_capital": ("2", *COUNTS),
            "num_capital": ("2", *COUNTS),
            "evaluations": ("0", *COUNTS),
            "max_improvements": ("0", *COUNTS),
            "bellman_tolerance": ("0", *NUMBERS),
            "interpolated": ("2", *COUNTS),
        },
    ),
    "bloom": ((), {"batch_size": ("1", *COUNTS), "short_periods": ("0", *COUNTS), "near": ("0", *NUMBERS)}),
    "bloom --method=grid": (
        ("--method=grid",),
        {"finer_capital": ("0", *COUNTS), "finer_labor": ("0", *COUNTS), "precision": ("16", *COUNTS)},
    ),
    "export_entry": (
        (),
        {
            "num_steps": ("0", *COUNTS),
            "batch_size": ("0", "3", *COUNTS),
            "own_paths": ("1.5", *NUMBERS),
            "span": ("0", *NUMBERS),
            "difference_step": ("0", *NUMBERS),
            "pair_weight": NUMBERS,
            "flip_draws": COUNTS,
        },
    ),
    "export_entry --mode=paper": (("--mode=paper",), {"path_steps": ("0", *COUNTS), "compensated": ("2", *COUNTS)}),
    "production_network": ((), {"batch_size": ("0", "3", *COUNTS), "flip_draws": COUNTS}),
}
CALIBRATIONS: dict[str, dict[str, Sequence[str]]] = {  # model: fields with values that they cannot have
    "investment": {
        "num_firms": ("0", *COUNTS),
        "discount_factor": ("0", "1", *NUMBERS),
        "depreciation": ("0", "1.5", *NUMBERS),
        "productivity_types": ("nan", "inf", "", "a,b", "1;2", "-1"),
    },
    "khan_thomas": {
        "depreciation": ("0", "1.5", *NUMBERS),
        "largest_cost": NUMBERS,
        "greatest_capital": NUMBERS,
    },
    "bloom": {"depreciation": ("0", "1.5", *NUMBERS)},
    "export_entry": {
        "num_destinations": ("0", *COUNTS),
        "revenue": ("nan", "inf", "", "a,b", "1,2"),
        "complementarity": ("nan", "inf", "", "a,b", "1,2", "1;2"),
    },
    "production_network": {
        "num_sectors": ("0", "1", "2", "2000", *COUNTS),
        "num_factors": ("0", *COUNTS),
        "risk_aversion": NUMBERS,
        "shares": ("nan", "inf", "", "a,b", "1,2", "1;2"),
    },
}
STRAY = (
    (),
    ("investmnt",),
    ("--seed=1", "investment"),
    ("no.such.module:Model",),
    ("absent.py:Model",),
    ("folder",),
    ("folder:Model",),
    ("bytes.csv",),
    ("os:path",),
    ("raises.py:Model",),
    ("investment", "--report", "false"),
    ("investment", "--set", "num_firms=8", "depreciation=0.1"),
    ("investment", "steps=3"),
    ("investment", "report"),
    ("investment", "khan_thomas"),
    ("investment", "--seed"),
    ("investment", "--seed=1", "--seed=2"),
    ("investment", "--report", "--noreport"),
    ("investment", "--run_dir=a", "--run_dir=b"),
    ("investment", "--set=num_firms=8", "--set=num_firms=9"),
    ("investment", "--solver=num_steps=8", "--solver=num_steps=9"),
    ("investment", "--steps=8", "--solver=num_steps=9"),
    ("export_entry", "--set=num_destinations=3", "--set=revenue=1,2"),
    ("production_network", "--decides=users", "--network=dense"),
    ("production_network", "--decides=users", "--set=joint=1"),
    ("production_network", "--table=small", "--set=num_sectors=0"),
    ("production_network", "--table=star", "--set=num_sectors=0"),
    ("production_network", "--table=bipartite", "--set=num_sectors=1"),
    ("production_network", "--table=star", f"--set=num_sectors={HUGE}"),
    ("export_entry", "--geography=synthetic", f"--set=num_destinations={HUGE}"),
    ("export_entry", "--geography=synthetic", "--set=num_destinations=0"),
    ("export_entry", "--preset=paper", "--set=num_destinations=1000000"),
)
OTHERS = {
    "evaluate": (
        (),
        ("absent",),
        ("empty.csv",),
        ("folder",),
        ("--model_dir=",),
        ("--model_dir=absent",),
        ("{khan_thomas}", "--pairs=-1"),
        ("{khan_thomas}", "--pairs=" + HUGE),
        ("{khan_thomas}", "--pairs=nan"),
        ("{khan_thomas}", "--shocks=absent.csv"),
        ("{khan_thomas}", "--shocks=folder"),
        ("{khan_thomas}", "--reference=maybe"),
        ("{khan_thomas}", "--reference", "false"),
        ("{khan_thomas}", "--json=absent/a.json"),
        ("{khan_thomas}", "--json=folder"),
        ("{khan_thomas}", "--json="),
        ("{khan_thomas}", "--json=/proc/a.json"),
        ("{khan_thomas}", "{bloom}"),
        ("{khan_thomas}", "--model_dir={bloom}"),
        ("{khan_thomas}", "--groups=0"),
        ("{khan_thomas}", "--trust=maybe"),
        ("{bloom}", "--economies=" + HUGE, "--at_once=" + HUGE),
        ("{bloom}", "--economies=100", "--at_once=100000"),
        ("{bloom}", "--paths=1"),
        ("{bloom}", "--paths=" + HUGE),
        ("{export_entry_j10}", "--groups=" + HUGE),
        ("{export_entry_j10}", "--groups=100000", "--groups=100000"),
        ("{export_entry_j10}", "--groups=-1"),
        ("{export_entry_j10}", "--groups=1", "--groups=2"),
        ("{export_entry_j10}", "--no_such_flag"),
    ),
    "verify": (
        ("absent",),
        ("empty.csv",),
        ("--only=nothing",),
        ("--only=",),
        ("--only=references,nothing",),
        ("--only=bloom", "folder"),
        ("--only", "bloom", "khan_thomas"),
        ("--model_dir=absent",),
        ("--model_dir=",),
        ("--trust=maybe",),
        ("--trust", "false"),
        ("--no_such_flag",),
    ),
    "report": (
        (),
        ("absent",),
        ("folder",),
        ("empty.csv",),
        ("folder", "folder"),
        ("--run_dir=",),
        ("--run_dir=absent",),
        ("--run_dir=folder", "folder"),
        ("--run_dir=a", "--run_dir=b"),
        ("damaged_run",),
        ("listed_run",),
        ("empty_study",),
        ("--no_such_flag",),
    ),
    "table": (
        (),
        ("absent",),
        ("folder",),
        ("empty.csv",),
        ("bytes.csv",),
        ("kahou_2022", "right_root"),
        ("kahou_2022", "--seeds=0"),
        ("kahou_2022", "--seeds=" + HUGE),
        ("kahou_2022", "--seeds=nan"),
        ("kahou_2022", "--jobs=0"),
        ("kahou_2022", "--jobs=" + HUGE),
        ("kahou_2022", "--only=("),
        ("kahou_2022", "--only=nothing"),
        ("kahou_2022", "--only="),
        ("kahou_2022", "--out_dir="),
        ("kahou_2022", "--out_dir=empty.csv"),
        ("kahou_2022", "--out_dir=/proc/none"),
        ("kahou_2022", "--seeds", "1", "only=Wide"),
        ("malformed.json",),
        ("list.json",),
        ("deep.json",),
        ("nameless.json",),
        ("--table=",),
        ("--no_such_flag",),
    ),
    "": (("slove",), ("--no_such_flag",), ("Solve",), ("",), ("solve ",)),
}


def cases() -> Iterator[Case]:
    """Yields every bad line."""
    with nursery(seconds=30) as programs:
        for words in lines():
            group = words[0] if words[0] in COMMANDS else "no command"
            yield Case(group, " ".join(words)[:120], EXPECTED, partial(refused, programs, words))


def lines() -> Iterator[Sequence[str]]:
    """Yields the words of every bad line."""
    places = {path.name: str(path) for path in SHIPPED.iterdir()}
    for command, endings in OTHERS.items():
        yield from ([*filter(None, [command]), *(word.format(**places) for word in words)] for words in endings)
    yield from (("solve", *words) for words in STRAY)
    for flag, values in SEVERAL.items():
        yield from (("solve", "investment", f"--{flag}={value}") for value in values)
    for model, known in BY_MODEL.items():
        yield from (("solve", model, f"--{flag}={value}") for flag, values in known.items() for value in values)
    for name, (chosen, settings) in SETTINGS.items():
        given = "solve", name.split()[0], *chosen
        yield from ((*given, f"--solver={field}={v}") for field, values in settings.items() for v in values)
    for model, fields in CALIBRATIONS.items():
        yield from (("solve", model, f"--set={field}={value}") for field, values in fields.items() for value in values)


def refused(programs: Nursery, words: Sequence[str], folder: Path) -> str | None:
    """Runs a line and returns what is wrong with how it ended."""
    furnish(folder)
    before = listing(folder)
    ended = programs.run(words, folder)
    return wrong(ended, sorted(listing(folder) - before))


def wrong(ended: Ended, written: Sequence[str]) -> str | None:
    """What is wrong with how a bad line ended; None if nothing is."""
    if ended.status == LATE:
        return "it took too long"
    if "Traceback" in ended.err or ended.status < 0:
        return f"exit status {ended.status}: {ended.err[-1500:]}"
    if ended.status != 1:
        return f"exit status {ended.status}: {ended.out[-300:]}{ended.err[-300:]}"
    if ended.out.strip() or not ended.err.startswith("error: ") or len(ended.err.strip().splitlines()) != 1:
        return f"not one line: {ended.out[-300:]}{ended.err[-1000:]}"
    return f"left behind: {', '.join(written)}" if written else None


def furnish(folder: Path) -> None:
    """Puts into a folder what the lines name."""
    for name in ("folder", "damaged_run", "listed_run", "empty_study"):
        (folder / name).mkdir()
    texts = {
        "empty.csv": "",
        "empty.npz": "",
        "raises.py": "raise ValueError('on import')",
        "malformed.json": "{",
        "list.json": "[]",
        "deep.json": "[" * 100_000,
        "nameless.json": json.dumps({"model": "investment", "cases": [{"flags": {}}]}),
        "damaged_run/run.json": "{",
        "listed_run/run.json": "[]",
        "empty_study/results.csv": "",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name in ("bytes.csv", "bytes.npz"):
        (folder / name).write_bytes(bytes(range(256)))


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
