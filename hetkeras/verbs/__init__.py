"""What a user does with a model: solve, diagnose, simulate. Each finds the method by the contract."""
