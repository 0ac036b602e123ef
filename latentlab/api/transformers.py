"""Centring, whitening and all-but-the-top as transformers of scikit-learn.

Mean and covariance are those of the vectors that `fit` sees. Files are safetensors: nothing is unpickled.
They hold what was fitted, and no column names.
"""

from numbers import Integral, Real
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float64
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from latentlab.api.support.arrays import untorched
from latentlab.errors import LatentsError
from latentlab.files import atomic_write
from latentlab.geometry.transforms import SHRINKAGE, whitening
from latentlab.metrics import Moments
from latentlab.results.tensors import parse_tensors, read_bytes, serialise

_AGAIN = "save the transformer again"


class TransformerError(LatentsError, ValueError, TypeError):
    """Vectors or a parameter that do not fit; scikit-learn's own tools expect one or the other."""


class _Transformer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What the three share."""

    _arrays: ClassVar[tuple[str, ...]] = ("shift",)
    """Fitted arrays, as they are called in a file; each is an attribute with an underscore behind it."""
    _parameter: ClassVar[str | None] = None

    def fit(self, X: Any, y: Any = None) -> Any:
        """Take mean and covariance of vectors of shape (n, d), n ≥ 2.

        Raises:
            LatentsError: They are no finite numbers of that shape, have no covariance that serves, or the
                parameter is none for them.
        """
        moments = Moments.of(self._checked(X, reset=True))
        self._check_parameter(len(moments.mean))
        self.shift_ = moments.mean
        self._take(moments)
        self._fitted_with = None if self._parameter is None else getattr(self, self._parameter)
        return self

    def transform(self, X: Any) -> Float64[np.ndarray, "n d"]:
        """The vectors in the transformed space, float64."""
        return self._forward(self._checked(X) - self.shift_)

    def inverse_transform(self, X: Any) -> Float64[np.ndarray, "n d"]:
        """Back into the original space."""
        return np.asarray(self._backward(self._checked(X)) + self.shift_)

    def save(self, path: str | Path) -> None:
        """Write what was fitted as safetensors, or leave what was there. ResourceError on a full disk."""
        check_is_fitted(self, "shift_")
        found = {name: getattr(self, f"{name}_") for name in self._arrays}
        if self._parameter is not None:
            found[self._parameter] = np.asarray(self._fitted_with, dtype=np.float64)
        atomic_write(Path(path), serialise({f"{type(self).__name__}.{k}": v for k, v in found.items()}))

    @classmethod
    def load(cls, path: str | Path) -> Any:
        """The transformer that `save` wrote. LatentsError where the file holds something else."""
        found = parse_tensors(read_bytes(Path(path)), Path(path))
        named = {name.removeprefix(f"{cls.__name__}."): array for name, array in found.items()}
        wanted = {*cls._arrays, *([cls._parameter] if cls._parameter else [])}
        if set(named) != wanted or not all(name.startswith(f"{cls.__name__}.") for name in found):
            hint = f"write one with {cls.__name__}().fit(x).save(path)"
            raise LatentsError(f"{path} holds no {cls.__name__}", hint)
        if not all(np.isfinite(array).all() for array in named.values()):
            raise LatentsError(f"{path} has NaN or infinity", _AGAIN)
        made = cls()
        d = named["shift"].size
        if cls._parameter is not None:
            if named[cls._parameter].size != 1:
                raise LatentsError(f"{path}: the arrays do not belong together", _AGAIN)
            value = named[cls._parameter].item()
            setattr(made, cls._parameter, int(value) if float(value).is_integer() else value)
        try:
            made._check_parameter(d)
        except TransformerError as error:
            raise LatentsError(f"{path}: {error.message}", _AGAIN) from error
        shapes = made._shapes(d)
        if not d or any(named[name].shape != shapes[name] for name in cls._arrays):
            raise LatentsError(f"{path}: the arrays do not belong together", _AGAIN)
        for name in cls._arrays:
            setattr(made, f"{name}_", named[name].astype(np.float64))
        made.n_features_in_ = d
        made._fitted_with = None if cls._parameter is None else getattr(made, cls._parameter)
        return made

    def _take(self, moments: Moments) -> None:
        """What is fitted beside the mean."""

    def _check_parameter(self, d: int) -> None:
        """TransformerError where the parameter is none for d dimensions."""

    def _shapes(self, d: int) -> dict[str, tuple[int, ...]]:
        return {"shift": (d,)}

    def _forward(self, y: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
        return y

    def _backward(self, y: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
        return y

    def _checked(self, vectors: Any, *, reset: bool = False) -> Float64[np.ndarray, "n d"]:
        if not reset:
            check_is_fitted(self, "shift_")
        least = 2 if reset else 1
        try:
            found = validate_data(
                self, untorched(vectors), reset=reset, dtype=np.float64, ensure_min_samples=least
            )
        except (ValueError, TypeError) as error:
            raise TransformerError(" ".join(str(error).split())) from error
        return np.asarray(found)


class Centring(_Transformer):
    """Subtract the training mean.

    >>> import latentlab as ll
    >>> ll.Centring().fit([[1.0, 0.0], [3.0, 2.0]]).transform([[2.0, 1.0]]).tolist()
    [[0.0, 0.0]]
    """


class Whitening(_Transformer):
    r"""Subtract the training mean and make the covariance the identity, turning the axes no more than needed.

    The covariance is shrunk by α towards its mean variance, so that directions of hardly any variance are not
    blown up; with α = 0 it must have full rank.
    Source: Kessy, Lewin & Strimmer 2018, The American Statistician 72:309 (ZCA); Ledoit & Wolf 2004.

    Args:
        shrinkage: α, from 0 to 1.

    >>> import latentlab as ll
    >>> x = np.random.default_rng(0).standard_normal((500, 3)) * [1.0, 2.0, 9.0]
    >>> y = ll.Whitening(shrinkage=0.0).fit_transform(x)
    >>> np.allclose(np.cov(y.T), np.eye(3))
    True
    """

    _arrays = ("shift", "matrix", "inverse")
    _parameter = "shrinkage"

    def __init__(self, shrinkage: Any = SHRINKAGE) -> None:
        self.shrinkage = shrinkage

    def _take(self, moments: Moments) -> None:
        found = whitening(moments.mean, moments.covariance, shrinkage=float(self.shrinkage))
        self.matrix_, self.inverse_ = found.matrix, found.inverse

    def _check_parameter(self, d: int) -> None:
        known = isinstance(self.shrinkage, Real) and not isinstance(self.shrinkage, bool)
        if not known or not 0 <= float(self.shrinkage) <= 1:
            raise TransformerError(f"shrinkage must be a number from 0 to 1, got {self.shrinkage!r}")

    def _shapes(self, d: int) -> dict[str, tuple[int, ...]]:
        return {"shift": (d,), "matrix": (d, d), "inverse": (d, d)}

    def _forward(self, y: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
        return np.asarray(y @ self.matrix_)

    def _backward(self, y: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
        return np.asarray(y @ self.inverse_)


class ABTT(_Transformer):
    r"""All but the top: subtract the training mean and remove the k leading principal directions.

    `inverse_transform` adds the mean back; what was removed is gone.
    Source: Mu & Viswanath 2018, arXiv:1702.01417, which takes k = d / 100.

    Args:
        k: How many directions, from 0 to d - 1.

    >>> import latentlab as ll
    >>> x = np.array([[9.0, 1.0], [-9.0, 1.0], [0.0, -2.0], [0.0, 0.0]])
    >>> ll.ABTT(k=1).fit_transform(x).round(6).tolist()
    [[0.0, 1.0], [0.0, 1.0], [0.0, -2.0], [0.0, 0.0]]
    """

    _arrays = ("shift", "directions")
    _parameter = "k"

    def __init__(self, k: Any = 1) -> None:
        self.k = k

    def _take(self, moments: Moments) -> None:
        self.directions_ = np.linalg.eigh(moments.covariance)[1][:, len(moments.mean) - int(self.k) :]

    def _check_parameter(self, d: int) -> None:
        known = isinstance(self.k, Integral) and not isinstance(self.k, bool)
        if not known or not 0 <= int(self.k) < d:
            raise TransformerError(
                f"k must be a whole number from 0 to {d - 1} (n_features={d}), got {self.k!r}"
            )

    def _shapes(self, d: int) -> dict[str, tuple[int, ...]]:
        return {"shift": (d,), "directions": (d, int(self.k))}

    def _forward(self, y: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
        return np.asarray(y - (y @ self.directions_) @ self.directions_.T)
