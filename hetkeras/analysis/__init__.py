"""Economics of one solved model that is no part of a method."""
