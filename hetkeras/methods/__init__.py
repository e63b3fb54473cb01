"""Solution methods, one folder each, next to the paper that they come from. No method imports another."""
