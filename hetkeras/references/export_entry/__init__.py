"""Exact and near-exact values of export destinations, and bounds."""
