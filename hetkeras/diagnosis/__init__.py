"""What a proof is made of: checks with limits, and the verdict that follows."""
