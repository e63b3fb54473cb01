"""Simulation of solved models."""
