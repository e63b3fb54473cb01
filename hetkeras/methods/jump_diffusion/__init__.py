"""Values of binary states under jump diffusions: HJB and BSDE losses (Huang and Yu 2024)."""
