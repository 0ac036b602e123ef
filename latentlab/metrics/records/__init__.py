"""What is said of each metric: range, invariances, limit, name, and where it is shown."""
