"""Vectors on disk: one file of numbers and a sidecar that says whose they are.

`NAME.safetensors`, `NAME.npy` or `NAME.parquet` (a column `vectors` of lists of one length), beside it
`NAME.safetensors.json` and so on with n, d, dtype, the fingerprints of checkpoint and corpus, and the sha256
of the data file. Vectors whose sidecar is missing or belongs to other numbers are refused: nothing would tell
what they are. Nothing is ever unpickled.
"""

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError
from latentlab.files import atomic_write
from latentlab.results.tensors import parse_tensors, read_bytes, serialise
from latentlab.results.vectors import open_vectors

FORMAT = 1
SUFFIXES = (".safetensors", ".npy", ".parquet")


@dataclass(frozen=True)
class Latents:
    """A cloud, and where it comes from."""

    vectors: Float[np.ndarray, "n d"]
    cloud: str
    """`pooled`, `pooled_centred`, `mu`, `logvar` or `z`."""
    checkpoint: str
    """Fingerprint of the weights that made them."""
    corpus: str
    """Fingerprint of the sentences, in the order of the rows."""
    layer: int | None = None
    """Of the encoder, counted from 0, where it is not the one that the checkpoint reads."""

    def write(self, path: Path) -> None:
        """Write data and sidecar; the format is that of the suffix, `check_latents_path` says which."""
        check_latents_path(path)
        if path.suffix == ".safetensors":
            data = serialise({"vectors": self.vectors})
        elif path.suffix == ".npy":
            buffer = io.BytesIO()
            np.save(buffer, self.vectors, allow_pickle=False)
            data = buffer.getvalue()
        else:
            data = _parquet(self.vectors)
        atomic_write(path, data)
        # Last: a sidecar that does not fit its data is noticed, data without a sidecar too.
        atomic_write(_sidecar(path), json.dumps(self._description(data), indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Latents":
        """Read and check both files; LatentsError names what is wrong."""
        data = read_bytes(path)
        vectors = _parse(data, path)
        sidecar = _sidecar(path)
        try:
            described = json.loads(read_bytes(sidecar))
            latents = cls(
                vectors,
                described["cloud"],
                described["checkpoint"],
                described["corpus"],
                described.get("layer"),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise LatentsError(f"{sidecar} does not describe latents: {error!r}") from error
        expected = latents._description(data)
        wrong = [key for key, value in expected.items() if described.get(key) != value]
        if wrong:
            raise LatentsError(f"{sidecar} belongs to other numbers than {path.name}: {', '.join(wrong)}")
        return latents

    def _description(self, data: bytes) -> dict[str, Any]:
        n, d = self.vectors.shape
        return {
            "format": FORMAT,
            "cloud": self.cloud,
            "checkpoint": self.checkpoint,
            "corpus": self.corpus,
            **({} if self.layer is None else {"layer": self.layer}),
            "n": n,
            "d": d,
            "dtype": str(self.vectors.dtype),
            "sha256": hashlib.sha256(data).hexdigest(),
        }


def check_latents_path(path: Path) -> None:
    """LatentsError unless the name ends in a known suffix: to be asked before hours of work, not after."""
    if path.suffix not in SUFFIXES:
        raise LatentsError(f"{path}: expected a name that ends in {' or '.join(SUFFIXES)}")


def _parquet(vectors: np.ndarray) -> bytes:
    import pyarrow
    import pyarrow.parquet

    numbers = pyarrow.array(np.ascontiguousarray(vectors).reshape(-1))
    buffer = io.BytesIO()
    column = pyarrow.FixedSizeListArray.from_arrays(numbers, vectors.shape[1])
    # Numbers of a model hardly ever repeat, so a dictionary of them only costs time.
    pyarrow.parquet.write_table(pyarrow.table({"vectors": column}), buffer, use_dictionary=False)
    return buffer.getvalue()


def _parse(data: bytes, path: Path) -> np.ndarray:
    if path.suffix == ".parquet":
        opened = open_vectors(path, column="vectors")
        vectors = next(opened.batches(opened.n))
    elif path.suffix == ".npy":
        try:
            vectors = np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise LatentsError(f"{path} is not an array of numbers: {error}") from error
    else:
        arrays = parse_tensors(data, path)
        if set(arrays) != {"vectors"}:
            raise LatentsError(f"{path}: expected one array `vectors`, got {sorted(arrays)}")
        vectors = arrays["vectors"]
    if vectors.ndim != 2 or not np.issubdtype(vectors.dtype, np.floating):
        raise LatentsError(f"{path}: expected floating-point (n, d), got {vectors.dtype} {vectors.shape}")
    return vectors


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + ".json")
