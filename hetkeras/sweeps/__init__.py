"""Sweeps: many cases on processes, on a Slurm cluster or on Ray, and one table that grows row by row.

Nothing here imports TensorFlow or knows economics: a case is carried out by a function that is given.
"""
