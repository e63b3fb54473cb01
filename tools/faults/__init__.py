"""The campaign of faults: what users, machines and other hands do to hetkeras, and what must come of it.

A part is a module here with `cases()`, named in `__main__.PARTS`.
"""
