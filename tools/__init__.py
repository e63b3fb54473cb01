"""Programs for those who work on hetkeras itself."""
