"""Discounted sum of a quadratic payoff along an affine law of motion, in closed form.

    w(m) = E sum_t beta^t (f0 + f1 m_t + f2 m_t^2),   m_(t+1) = a0 + a1 m_t + e,   Var e = d0 + d2 m_t^2

is w0 + w1 m + w2 m^2; the coefficients follow by matching powers of m in w(m) = f(m) + beta E w(m').
"""

from __future__ import annotations


def quadratic_sum(
    discount: float, payoff: tuple[float, float, float], law: tuple[float, float], variance: tuple[float, float]
) -> tuple[float, float, float]:
    """Returns (w0, w1, w2).

    Args:
      discount: beta.
      payoff: f0, f1, f2.
      law: a0, a1, with beta (a1^2 + d2) below one.
      variance: d0, d2.
    """
    (f0, f1, f2), (a0, a1), (d0, d2) = payoff, law, variance
    w2 = f2 / (1 - discount * (a1**2 + d2))
    w1 = (f1 + 2 * discount * w2 * a0 * a1) / (1 - discount * a1)
    w0 = (f0 + discount * (w1 * a0 + w2 * (a0**2 + d0))) / (1 - discount)
    return w0, w1, w2
