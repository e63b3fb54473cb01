"""hetkeras: solve heterogeneous-agent and combinatorial models, prove the solution, ship it."""

__version__ = "0.1.0"
