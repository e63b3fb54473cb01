"""Pages of one solve, by the kind of its agents."""
