"""Programs: each reads flags, builds, runs."""
