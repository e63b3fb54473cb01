"""Solves a firm's export destinations (Huang and Yu 2024, section 2): `hetkeras solve export_entry` in a checkout.

Examples:
  python -m apps.solve_export_entry --run_dir=runs/ten
  python -m apps.solve_export_entry --run_dir=runs/hundred --preset=paper
  python -m apps.solve_export_entry --run_dir=runs/alike --set=num_destinations=100 --set=complementarity=0.001
  python -m apps.solve_export_entry --run_dir=runs/mine --geography=destinations.csv
  python -m apps.solve_export_entry --run_dir=runs/search --set=search_cost=2
"""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("solve", "export_entry")
