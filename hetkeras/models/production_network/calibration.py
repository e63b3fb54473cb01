"""The calibration of a production network: its fields, what they may be, and the tables that they stand for."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import cached_property

import numpy as np

from hetkeras.contracts.element_names import name_problems
from hetkeras.contracts.ornstein_uhlenbeck import RevertingStates
from hetkeras.contracts.switching_costs import FlipEfforts
from hetkeras.contracts.switching_jump_diffusion import SwitchingJumpDiffusion
from hetkeras.models.production_network.input_output import MAX_SECTORS
from hetkeras.models.production_network.technology import NetworkTechnology

SUM_TOLERANCE = 1e-6


@dataclasses.dataclass(frozen=True)
class NetworkCalibration(SwitchingJumpDiffusion, RevertingStates):
    """Time in years. Binary states are the links row by row, J = N^2 with a diagonal that is on and stays on.

    A tuple of one number holds for every sector, or pair of sectors. `shares`, `link_penalty` and `link_cost` are
    matrices row by row, [N, N] with a row for each user; `productivity_loadings` is [N, M], or one row [M] for all.
    Links with a share of zero mean nothing and never move.
    """

    num_sectors: int = 5  # N
    discount_rate: float = 0.05  # rho
    reversion: float = 0.34  # phi
    risk_aversion: float = 2.0  # gamma
    switch_rate: float = 0.5  # lambda_z, of the active sector to each other one
    arrival_rate: float = 0.5  # lambda, of opportunities to add each missing link of the active sector
    destruction_rate: float = 0.5  # lambda, of the loss of each of its links
    shares: tuple[float, ...] = (0.1,)  # alpha of the full technology
    consumption_shares: tuple[float, ...] = ()  # beta; none: equal
    mean_productivity: tuple[float, ...] = (0.0,)  # epsbar, in logs
    num_factors: int = 2  # M
    productivity_loadings: tuple[float, ...] = (0.02, 0.01)  # sigma, of log productivity
    sector_penalty: tuple[float, ...] = (1.0,)  # kappa_i0
    link_penalty: tuple[float, ...] = (1.0,)  # kappa_ij
    penalty_cap: float = 1.0  # of the loss of log TFP
    link_cost: tuple[float, ...] = (0.0,)  # s, in units of the value
    normalised: int = 1  # whether production bears the normaliser of Cobb-Douglas functions
    series_terms: int = 0  # of the Neumann series for log GDP, 10 in the paper; 0 solves exactly
    search_cost: float = 0.0  # chi of effort e: chi e^2 / 2 buys a rate of arrival + e; zero: no search
    maintenance_cost: float = 0.0  # chi of effort m: chi m^2 / 2 buys a rate of destruction - m; zero: none
    exit_rate: float = 0.0  # of opportunities to drop each link of the active sector; zero: none
    sector_names: tuple[str, ...] = ()  # what the sectors are called; none: numbers

    def violations(self) -> Iterable[str]:
        if not 2 <= self.num_sectors <= MAX_SECTORS:
            yield f"num_sectors is {self.num_sectors}; expected from 2 to {MAX_SECTORS}"
            return
        if not 1 <= self.num_factors <= 10:
            yield f"num_factors is {self.num_factors}; expected from 1 to 10"
            return
        for name in ("discount_rate", "reversion", "risk_aversion", "switch_rate", "penalty_cap"):
            if getattr(self, name) <= 0:
                yield f"{name} is {getattr(self, name)}; expected above 0"
        for name in ("arrival_rate", "destruction_rate", "series_terms"):
            if getattr(self, name) < 0:
                yield f"{name} is {getattr(self, name)}; expected 0 or above"
        if self.arrival_rate == 0 == self.destruction_rate:
            yield "arrival_rate and destruction_rate are both 0; expected one above 0"
        yield from self.efforts.violations()
        if self.normalised not in (0, 1):
            yield f"normalised is {self.normalised}; expected 0 or 1"
        wrong = [*self._wrong_lengths(), *name_problems("sector_names", self.sector_names, self.num_sectors)]
        yield from wrong
        for name in ("shares", "consumption_shares", "sector_penalty", "link_penalty"):
            if min(getattr(self, name), default=0.0) < 0:
                yield f"{name} has the entry {min(getattr(self, name))}; expected no negative number"
        if not wrong:
            yield from self._unstable()

    def _wrong_lengths(self) -> Iterable[str]:
        count, factors = self.num_sectors, self.num_factors
        lengths = dict.fromkeys(("mean_productivity", "sector_penalty"), (1, count))
        lengths |= dict.fromkeys(("shares", "link_penalty", "link_cost"), (1, count * count))
        lengths |= {"consumption_shares": (0, count), "productivity_loadings": (factors, count * factors)}
        for name, allowed in lengths.items():
            if len(getattr(self, name)) not in allowed:
                yield (
                    f"{name} has {len(getattr(self, name))} numbers; expected {' or '.join(map(str, allowed))} "
                    f"for {count} sectors and {factors} factors"
                )

    def _unstable(self) -> Iterable[str]:
        total = self.technology.consumption.sum()
        if abs(total - 1) > SUM_TOLERANCE:
            yield f"consumption_shares sum to {total:.6g}; expected 1: divide them by their sum"
        sums = self.technology.shares.sum(1)
        if sums.max() >= 1:
            where = np.flatnonzero(sums >= 1)
            yield (
                f"shares of inputs sum to {sums.max():.6g} in sector {sums.argmax()} (1 or above in {len(where)} of "
                f"{len(sums)}); expected below 1, for the rest is labor"
            )
        radius = np.abs(np.linalg.eigvals(self.technology.shares)).max()
        if radius >= 1:
            yield f"the network of shares is unstable: its spectral radius is {radius:.6g}; expected below 1"
        if not self.movable.any():
            yield "shares has no positive entry off its diagonal; expected links that can be formed"

    @cached_property
    def technology(self) -> NetworkTechnology:
        """Production at the calibration's parameters."""
        return NetworkTechnology(
            self._pairs("shares"),
            np.asarray(self.consumption_shares or (1 / self.num_sectors,) * self.num_sectors, float),
            self._each("sector_penalty"),
            self._pairs("link_penalty"),
            self.penalty_cap,
            bool(self.normalised),
            self.series_terms,
        )

    @property
    def efforts(self) -> FlipEfforts:
        """What can be done about a link while its user is active."""
        rates = self.arrival_rate, self.destruction_rate
        return FlipEfforts(*rates, self.search_cost, self.maintenance_cost, self.exit_rate)

    @cached_property
    def movable(self) -> np.ndarray:
        """Links that can move, bool [N, N]: off the diagonal, with a share above zero."""
        return (self._pairs("shares") > 0) & ~np.eye(self.num_sectors, dtype=bool)

    @cached_property
    def link_shares(self) -> np.ndarray:
        """Share of each input in costs where the link can move, else 0, [N, N]."""
        return np.where(self.movable, self.technology.shares, 0.0)

    @cached_property
    def domar_weights(self) -> np.ndarray:
        """Output of each sector over that of all, with every link, [N]."""
        technology = self.technology
        return np.linalg.solve(np.eye(self.num_sectors) - technology.shares.T, technology.consumption)

    @cached_property
    def link_costs(self) -> np.ndarray:
        """s, [N, N]."""
        return self._pairs("link_cost")

    @cached_property
    def mean_state(self) -> np.ndarray:
        return self._each("mean_productivity")

    @cached_property
    def factor_loadings(self) -> np.ndarray:
        rows = np.reshape(self.productivity_loadings, (-1, self.num_factors))
        return np.broadcast_to(rows, (self.num_sectors, self.num_factors)).astype(float)

    @property
    def idiosyncratic_loadings(self) -> np.ndarray:
        return np.zeros(self.num_sectors)

    def _each(self, name: str) -> np.ndarray:
        return np.broadcast_to(np.asarray(getattr(self, name)), (self.num_sectors,)).astype(float)

    def _pairs(self, name: str) -> np.ndarray:
        shape = (self.num_sectors, self.num_sectors)
        entries = getattr(self, name)
        return np.full(shape, entries[0], float) if len(entries) == 1 else np.reshape(entries, shape).astype(float)
