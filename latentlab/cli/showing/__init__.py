"""Commands that draw, write reports and serve the dashboard."""
