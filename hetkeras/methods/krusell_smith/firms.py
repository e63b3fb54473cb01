"""What is asked alike of both contracts of firms."""

from __future__ import annotations

from typing import Protocol

from hetkeras.numerics.markov_chain import MarkovChain


class Firms(Protocol):
    """The part of either contract that does not depend on what firms choose."""

    @property
    def aggregate_chain(self) -> MarkovChain: ...
    @property
    def mean_capital_bounds(self) -> tuple[float, float]: ...
    @property
    def price_names(self) -> tuple[str, ...]: ...

    def frictionless_steady_state(self, aggregate: float) -> tuple[float, ...]: ...
