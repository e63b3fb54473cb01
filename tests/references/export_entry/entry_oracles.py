"""What the references of the entry problem are tested against: formulas and a Hamiltonian written a second time."""

import numpy as np


def forced_value(market, revenue, mean_cost, entry_cost, complementarity, active, cost, always):
    """The value [B] of taking every opportunity, or none, at active [B, J] and cost [B, J].

    Under such a policy y_j switches independently of all else: E y_t = p + (y_0 - p) e^(-k t).
    """
    rho, theta = market.discount_rate, market.cost_reversion
    speed = market.loss_rate + market.opportunity_rate * always
    mean = market.opportunity_rate * always / speed
    away, deviation = active - mean, cost - mean_cost
    present = mean / rho + away / (rho + speed)  # of y
    moving = mean / (rho + theta) + away / (rho + speed + theta)  # of y e^(-theta t)
    value = (present * (revenue - mean_cost) - moving * deviation).sum(-1)
    value -= market.opportunity_rate * always * (entry_cost * (1 / rho - present)).sum(-1)
    constant = mean**2 * complementarity.sum() / rho
    linear = mean * away @ (complementarity + complementarity.T).sum(1) / (rho + speed)
    return value + constant + linear + np.einsum("bj,jk,bk->b", away, complementarity, away) / (rho + 2 * speed)


def best_option(market, gain, efforts=4001):
    """max_e (lambda0 + e) max(gain, 0) - chi e^2 / 2 by trying efforts."""
    effort = np.linspace(0, 30, efforts) if market.search_cost else np.zeros(1)
    tried = (market.opportunity_rate + effort) * np.maximum(gain, 0)[..., None] - market.search_cost * effort**2 / 2
    return tried.max(-1)


def best_holding(market, lead, efforts=4001):
    """max_m -(lambda1 - m) lead - chi m^2 / 2, and the option to leave, by trying efforts."""
    effort = np.linspace(0, market.loss_rate, efforts) if market.maintenance_cost else np.zeros(1)
    tried = (effort - market.loss_rate) * lead[..., None] - market.maintenance_cost * effort**2 / 2
    return tried.max(-1) + market.exit_rate * np.maximum(-lead, 0)


def drift(value, deviation, reversion, volatility, step):
    """-theta x V' + sigma^2 V'' / 2 of one Ornstein-Uhlenbeck process by differences of value(x) at x = deviation."""
    low, middle, high = (value(deviation + shift) for shift in (-step, 0.0, step))
    slope, curvature = (high - low) / (2 * step), (high - 2 * middle + low) / step**2
    return -reversion * deviation * slope + volatility**2 / 2 * curvature
