"""Pages of tables of solves, beside what papers publish."""
