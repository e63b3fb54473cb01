"""The big-X, little-x Bellman problem: a value v(x, X) and its policy u(x, X) (Kahou et al. 2022)."""
