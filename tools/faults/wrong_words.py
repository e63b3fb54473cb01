"""Values that flags, settings and fields of models cannot have."""

from __future__ import annotations

from collections.abc import Sequence

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
    "huggett": {"reference": TRUTHS, "first_rules": ("absent.csv",)},
    "krusell_smith": {
        "method": CHOICES,
        "shocks": FILES,
        "periods": ("10", *COUNTS),
        "damping": ("0", "1.5", *NUMBERS),
        "memory": COUNTS,
        "reference": TRUTHS,
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
    "huggett": (
        (),
        {
            "num_steps": ("0", *COUNTS),
            "num_assets": ("2", *COUNTS),
            "pivot": ("0", *NUMBERS),
            "tolerance": ("0", *NUMBERS),
            "policy_tolerance": ("0", *NUMBERS),
            "max_iterations": ("1", *COUNTS),
        },
    ),
    "krusell_smith": (
        (),
        {
            "num_assets": ("2", *COUNTS),
            "num_mean_capital": ("2", *COUNTS),
            "histogram_nodes": ("2", *COUNTS),
            "histogram_pivot": ("0", *NUMBERS),
            "short_periods": ("10", *COUNTS),
            "near": ("0", *NUMBERS),
        },
    ),
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
    "huggett": {
        "discount_factor": ("0", "1", *NUMBERS),
        "volatility": ("0", *NUMBERS),
        "num_idiosyncratic": ("0", "1", *COUNTS),
        "borrowing_limit": ("nan", "inf", "-60", "1e9"),
        "bonds": ("nan", "inf", "0", "1e9"),
        "lowest_interest": ("nan", "inf", "-1", "0.03"),
        "budget": CHOICES,
    },
    "krusell_smith": {
        "discount_factor": ("0", "1", *NUMBERS),
        "unemployment": ("nan", "", "a,b", "0.1", "0.3,0.04"),
        "spell": ("nan", "", "a,b", "0.5,1.5"),
        "duration": ("0.5", *NUMBERS),
        "borrowing_limit": ("nan", "inf", "-20", "1e9"),
        "smallest_mean_capital": ("nan", "60", "39"),
    },
    "aiyagari": {"depreciation": ("0", "1.5", *NUMBERS), "capital_share": ("0", "1", *NUMBERS)},
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
