"""Numbers of reports as CSV, parquet, LaTeX and a results section."""
