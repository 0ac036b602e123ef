"""Centring, whitening and all-but-the-top as transformers of scikit-learn.

Mean and covariance are those of the vectors that `fit` sees. Files are safetensors: nothing is unpickled.
"""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float, Float64
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from latentlab.errors import LatentsError
from latentlab.files import atomic_write
from latentlab.geometry.transforms import SHRINKAGE, Affine, centring, whitening
from latentlab.metrics import Moments
from latentlab.results.tensors import parse_tensors, read_bytes, serialise

_ARRAYS = ("shift", "matrix", "inverse")


class WrongVectorsError(LatentsError, ValueError):
    """Vectors that do not fit; scikit-learn's own tools expect a ValueError."""


class _Transformer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What the three share: an affine map that `fit` finds."""

    _parameters: ClassVar[tuple[str, ...]] = ()

    def fit(self, X: Any, y: Any = None) -> Any:
        """Take mean and covariance of vectors of shape (n, d), n ≥ 2.

        Raises:
            LatentsError: They are no finite numbers of that shape, or have no covariance that serves.
        """
        found = self._found(Moments.of(self._checked(X, reset=True)))
        self.shift_, self.matrix_, self.inverse_ = found.shift, found.matrix, found.inverse
        return self

    def transform(self, X: Any) -> Float64[np.ndarray, "n d"]:
        """The vectors in the transformed space, float64."""
        return self._map().apply(self._checked(X))

    def inverse_transform(self, X: Any) -> Float64[np.ndarray, "n d"]:
        """Back into the original space."""
        return self._map().invert(self._checked(X))

    def save(self, path: str | Path) -> None:
        """Write the map as safetensors, or leave what was there. ResourceError when the disk is full."""
        arrays = {name: getattr(self._map(), name) for name in _ARRAYS}
        arrays |= {name: np.asarray(getattr(self, name), dtype=np.float64) for name in self._parameters}
        atomic_write(Path(path), serialise({f"{type(self).__name__}.{k}": v for k, v in arrays.items()}))

    @classmethod
    def load(cls, path: str | Path) -> Any:
        """The transformer that `save` wrote. LatentsError where the file holds something else."""
        found = parse_tensors(read_bytes(Path(path)), Path(path))
        wanted = {f"{cls.__name__}.{name}" for name in (*_ARRAYS, *cls._parameters)}
        if set(found) != wanted:
            hint = f"write one with {cls.__name__}().fit(x).save(path)"
            raise LatentsError(f"{path} holds no {cls.__name__}", hint)
        parts = {name.rpartition(".")[2]: array for name, array in found.items()}
        shift = parts["shift"]
        square = (len(shift), len(shift)) if shift.ndim == 1 else None
        if any(parts[name].shape != square for name in ("matrix", "inverse")) or any(
            parts[name].size != 1 for name in cls._parameters
        ):
            raise LatentsError(f"{path}: the arrays do not belong together", "save the transformer again")
        if not all(np.isfinite(array).all() for array in parts.values()):
            raise LatentsError(f"{path} has NaN or infinity", "save the transformer again")
        made = cls(**{name: cls._number(name, parts[name].item()) for name in cls._parameters})
        made.shift_, made.matrix_, made.inverse_ = (parts[name].astype(np.float64) for name in _ARRAYS)
        made.n_features_in_ = len(shift)
        return made

    def _found(self, moments: Moments) -> Affine:
        raise NotImplementedError

    @staticmethod
    def _number(name: str, value: float) -> float | int:
        return value

    def _map(self) -> Affine:
        check_is_fitted(self, "matrix_")
        return Affine(self.shift_, self.matrix_, self.inverse_)

    def _checked(self, vectors: Any, *, reset: bool = False) -> Float[np.ndarray, "n d"]:
        if not reset:
            check_is_fitted(self, "matrix_")
        try:
            least = 2 if reset else 1
            found = validate_data(self, vectors, reset=reset, dtype=np.float64, ensure_min_samples=least)
        except ValueError as error:
            raise WrongVectorsError(" ".join(str(error).split())) from error
        return np.asarray(found)


class Centring(_Transformer):
    """Subtract the training mean.

    >>> import latentlab as ll
    >>> ll.Centring().fit([[1.0, 0.0], [3.0, 2.0]]).transform([[2.0, 1.0]]).tolist()
    [[0.0, 0.0]]
    """

    def _found(self, moments: Moments) -> Affine:
        return centring(moments.mean)


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
    >>> np.cov(y.T).round(6).tolist()[0]
    [1.0, 0.0, 0.0]
    """

    _parameters = ("shrinkage",)

    def __init__(self, shrinkage: Any = SHRINKAGE) -> None:  # scikit-learn: what is wrong is said by fit
        self.shrinkage = shrinkage

    def _found(self, moments: Moments) -> Affine:
        return whitening(moments.mean, moments.covariance, shrinkage=self.shrinkage)


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

    _parameters = ("k",)

    def __init__(self, k: Any = 1) -> None:
        self.k = k

    @staticmethod
    def _number(name: str, value: float) -> float | int:
        return int(value)

    def _found(self, moments: Moments) -> Affine:
        d = len(moments.mean)
        if isinstance(self.k, bool) or not isinstance(self.k, int) or not 0 <= self.k < max(d, 1):
            raise WrongVectorsError(
                f"k must be a whole number from 0 to {d - 1} (n_features={d}), got {self.k!r}"
            )
        top = np.linalg.eigh(moments.covariance)[1][:, d - self.k :]
        kept = np.eye(d) - top @ top.T
        return Affine(moments.mean, kept, np.eye(d))
