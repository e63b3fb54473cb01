"""What links between sectors are worth, and what becomes of them over time."""
