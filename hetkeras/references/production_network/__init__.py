"""Exact values of small and of separable production networks."""
