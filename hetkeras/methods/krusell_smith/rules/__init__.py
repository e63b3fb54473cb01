"""What firms expect: capital of next period and the price of today, given the aggregate state."""
