"""Euler residuals over a box of calibrations: the same training, on economies of many calibrations side by side."""

from __future__ import annotations

import dataclasses
from typing import Any

import tensorflow as tf

from hetkeras.methods.euler_residual.over_box.economy import EconomyOverBox
from hetkeras.methods.euler_residual.solver import EulerResidual
from hetkeras.numerics.domains import between
from hetkeras.solution import Signature, Solution

INDUSTRY = "industry_"


class EulerResidualOverBox(EulerResidual):
    """As `EulerResidual`; what it exports takes the parameters as inputs [B], named as the fields are."""

    model: EconomyOverBox
    visiting_paths = 256

    def settings(self) -> dict[str, Any]:
        return {**super().settings(), "over": {name: list(ends) for name, ends in self.model.over.as_dict().items()}}

    def solution(self) -> Solution:
        found, ranges = super().solution(), self.model.over.as_dict()
        return dataclasses.replace(
            found,
            model=self.model.model,
            signatures={name: _with_parameters(each, ranges) for name, each in found.signatures.items()},
            bounds={**found.bounds, **ranges},
            over=ranges,
        )


def _with_parameters(signature: Signature, ranges: dict[str, tuple[float, float]]) -> Signature:
    """A function whose parameters are inputs [B] of their own, not states of an agent and of all agents."""

    def states(names: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        return {name: axes for name, axes in names.items() if name.removeprefix(INDUSTRY) not in ranges}

    def function(**inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        all_agents = next(tensor for name, tensor in inputs.items() if name.startswith(INDUSTRY))
        everyone = {f"{INDUSTRY}{name}": inputs[name][:, None] + tf.zeros_like(all_agents) for name in ranges}
        whole = {**inputs, **everyone}
        found = signature.function(**{name: whole[name] for name in signature.inputs})
        return {name: tensor for name, tensor in found.items() if name in outputs}

    inputs = {**states(dict(signature.inputs)), **dict.fromkeys(ranges, ("B",))}
    outputs = states(dict(signature.outputs))
    domains = {**signature.domains, **{name: between(*ends) for name, ends in ranges.items()}}
    return dataclasses.replace(signature, function=function, inputs=inputs, outputs=outputs, domains=domains)
