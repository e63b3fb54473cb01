"""What is measured on a reloaded solution, and the verdict that follows."""
