"""Independent answers to values with a horizon: one-dimensional quadrature and finite differences in the radius."""
