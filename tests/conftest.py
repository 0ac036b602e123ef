"""What every test needs: nothing of the terminal that it happens to run in."""

import os


def pytest_configure() -> None:
    """Tables are as wide as in a pipe; workers of a parallel run have a width of their own set for them."""
    os.environ.pop("COLUMNS", None)
