"""Two-dimensional maps of a cloud, for looking at.

PCA is a linear picture and always the same. UMAP keeps neighbours and bends the rest: distances between its
groups, and their sizes, mean nothing. With a seed it runs on one thread and repeats itself.
"""

import warnings
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError, UsageError

Method = Literal["pca", "umap"]
MIN_ROWS_UMAP = 16
"""One more than its 15 neighbours."""


def project(x: Float[np.ndarray, "n d"], method: str = "pca", *, seed: int) -> Float[np.ndarray, "n 2"]:
    """Coordinates in the plane, one row a vector.

    >>> plane = project(np.array([[0.0, 0.0, 0.0], [0.0, 3.0, 4.0]]), seed=0)
    >>> bool(np.allclose(np.abs(plane), [[2.5, 0.0], [2.5, 0.0]]))
    True
    """
    if method not in get_args(Method):
        raise UsageError(f"no map is called {method!r}", f"there are {', '.join(get_args(Method))}")
    if x.ndim != 2 or x.shape[0] < 2 or x.shape[1] < 2:
        raise LatentsError(f"expected at least 2 vectors of at least 2 dimensions, got shape {x.shape}")
    if not np.isfinite(x).all():
        raise LatentsError("the vectors have NaN or infinity")
    x = np.asarray(x, dtype=np.float64)
    if np.ptp(x, axis=0).max() == 0:
        return np.zeros((len(x), 2))  # one point, wherever it lies
    return _umap(x, seed) if method == "umap" else _pca(x)


def _pca(x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n 2"]:
    from sklearn.decomposition import PCA  # here: a second, and most that use geometry draw no map

    # The full solver draws nothing at random, and scikit-learn fixes the signs of the axes.
    return np.asarray(PCA(n_components=2, svd_solver="full").fit_transform(x))


def _umap(x: Float[np.ndarray, "n d"], seed: int) -> Float[np.ndarray, "n 2"]:
    if len(x) < MIN_ROWS_UMAP:
        message = f"UMAP needs at least {MIN_ROWS_UMAP} vectors, got {len(x)}"
        raise LatentsError(message, "use PCA for so few")
    with warnings.catch_warnings():
        # The package says on import that its TensorFlow variant is missing; it is not used here.
        warnings.filterwarnings("ignore", "Tensorflow not installed", ImportWarning)
        from umap import UMAP  # here, for it compiles for seconds: paid by those who want it

    # n_jobs=1 is what a seed forces anyway; said here, it is no surprise and no warning.
    return np.asarray(UMAP(n_components=2, n_jobs=1, random_state=seed).fit_transform(x), dtype=np.float64)
