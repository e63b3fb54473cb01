"""Economics only: one file a model, each a frozen dataclass whose fields are the calibration."""
