"""What firms expect of the aggregates: next period's capital and today's price, given the aggregate state."""
