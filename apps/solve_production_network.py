"""Solves which input-output links form (Huang and Yu 2024, section 3): `hetkeras solve production_network`.

Examples:
  python -m apps.solve_production_network --run_dir=runs/five
  python -m apps.solve_production_network --run_dir=runs/sectors --preset=paper
  python -m apps.solve_production_network --run_dir=runs/mine --table=sectors.csv --set=risk_aversion=4.3
  python -m apps.solve_production_network --run_dir=runs/game --decides=users --set=link_cost=0.02
  python -m apps.solve_production_network --run_dir=runs/search --set=search_cost=2 --set=maintenance_cost=2
"""

from hetkeras.command_line.main import main

if __name__ == "__main__":
    main("solve", "production_network")
