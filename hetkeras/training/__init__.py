"""The loop: solvers, compiled steps, checkpoints, progress. It knows no economics."""
