"""Forecast rules, market clearing and simulation (Krusell and Smith 1998; Yokomoto 2026)."""
