"""Perfect-foresight transitions of households: a shock that nobody expected, and prices that clear from then on."""
