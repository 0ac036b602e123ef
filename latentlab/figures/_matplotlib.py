"""matplotlib, imported whatever the environment says of it.

An inherited MPLBACKEND that is not known here, as that of a notebook or a misspelt one, makes the import
itself fail, and so do some files of settings. No figure of this package needs either; where they are sound,
whoever chose them gets them for pyplot as usual.
"""

import locale
import os
import sys
from contextlib import chdir, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType


def load() -> None:
    """Import matplotlib; the environment and the user's settings and backend stay as they were."""
    if "matplotlib" in sys.modules:
        return
    asked = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
    except (ValueError, OSError, locale.Error):  # a matplotlibrc that is no text, or a locale
        mpl = _without_settings()
    finally:
        if asked is not None:
            os.environ["MPLBACKEND"] = asked
    if asked:
        with suppress(ValueError):  # not known here
            mpl.rcParams["backend"] = asked


def _without_settings() -> ModuleType:
    """Imported with an empty matplotlibrc, once more from the beginning."""
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        del sys.modules[name]
    # The file in the working directory is the one that wins over all others.
    with TemporaryDirectory() as folder, chdir(folder):
        Path("matplotlibrc").touch()
        import matplotlib as mpl
    return mpl


load()
