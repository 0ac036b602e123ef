"""What every test needs: nothing of the terminal it happens to run in, and a cache of models of its own."""

import os
import shutil
import tempfile

# Read when libraries are imported, which the next conftest.py does: fixtures would be too late.
os.environ["HF_HUB_CACHE"] = tempfile.mkdtemp(prefix="latentlab-hub-")


def pytest_configure() -> None:
    """Tables are as wide as in a pipe; workers of a parallel run have a width of their own set for them."""
    os.environ.pop("COLUMNS", None)


def pytest_unconfigure() -> None:
    """The cache goes with the process."""
    shutil.rmtree(os.environ["HF_HUB_CACHE"], ignore_errors=True)
