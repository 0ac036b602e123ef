"""Vectors on disk: one file of numbers and a sidecar that says whose they are.

`NAME.safetensors`, `NAME.npy` or `NAME.parquet` (a column `vectors` of lists of one length), beside it
`NAME.safetensors.json` and so on with n, d, dtype, the fingerprints of checkpoint and corpus, where they come
from, and the sha256 of the data file. Which sentence a row is of stands in columns of a .parquet, and in the
sidecar of the others. Vectors whose sidecar is missing or belongs to other numbers are refused: nothing would
tell what they are. Nothing is ever unpickled.
"""

import hashlib
import io
import json
from dataclasses import asdict, dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from latentlab.errors import LatentsError
from latentlab.files import atomic_files
from latentlab.results.report import versions
from latentlab.results.sentence_rows import COLUMNS, SentenceRows
from latentlab.results.tensors import parse_tensors, read_bytes, serialise
from latentlab.results.vectors.vector_file import open_vectors
from latentlab.untrusted import LARGEST_DOCUMENT, NUMPY_ERRORS, parse_json, read_small

FORMAT = 1
SUFFIXES = (".safetensors", ".npy", ".parquet")
_KINDS: dict[str, tuple[type, ...]] = {
    "encoder_sha256": (str, type(None)),
    "encoder_layer": (int,),
    "seed": (int,),
    "versions": (dict,),
}
"""Types in an origin that are not text alone."""


@dataclass(frozen=True)
class Origin:
    """What made a cloud, by name, setting and version."""

    checkpoint: str
    """Name of the checkpoint."""
    corpus: str
    """Name of the corpus."""
    encoder: str
    """Id of the frozen encoder."""
    encoder_sha256: str | None
    """Of its weights."""
    encoder_layer: int
    """Its hidden state that was pooled, counted from 0, the embeddings."""
    pooling: str
    """`mean` or `cls`."""
    seed: int
    """Of z; the other clouds do not depend on it."""
    versions: dict[str, str] = field(default_factory=versions)
    """Of latentlab and the packages that the numbers can depend on."""

    @classmethod
    def of(cls, described: dict[str, Any]) -> "Origin":
        """From JSON; KeyError where something is missing, what a later version may add is passed over.

        TypeError where a value is of another type.
        """
        found = {each.name: described[each.name] for each in fields(cls)}
        for key, value in found.items():
            wanted = _KINDS.get(key, (str,))
            if type(value) not in wanted:
                raise TypeError(f"{key} is {value!r:.40}")
        return cls(**found)


@dataclass(frozen=True, repr=False)
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
    origin: Origin | None = None
    """None where the sidecar does not say."""
    rows: SentenceRows | None = None
    """Which sentence each vector is of; None where the file does not say."""

    def __len__(self) -> int:
        return len(self.vectors)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.vectors, dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        n, d = self.vectors.shape
        of = f" of {self.origin.checkpoint} on {self.origin.corpus}" if self.origin else ""
        return f"{self.cloud}{of}: {n} vectors of {d} dimensions"

    def write(self, path: str | PathLike[str]) -> None:
        """Write data and sidecar; the format is that of the suffix, `check_latents_path` says which."""
        path = Path(path).expanduser()
        check_latents_path(path)
        if path.suffix == ".safetensors":
            data = serialise({"vectors": self.vectors})
        elif path.suffix == ".npy":
            buffer = io.BytesIO()
            np.save(buffer, self.vectors, allow_pickle=False)
            data = buffer.getvalue()
        else:
            data = _parquet(self.vectors, self.rows)
        document = self._description(data)
        if self.origin is not None:
            document["origin"] = asdict(self.origin)
        in_sidecar = None if path.suffix == ".parquet" else self.rows
        # The sidecar last: one that does not fit its data is noticed, data without a sidecar too.
        atomic_files({path: data, _sidecar(path): _json(document, in_sidecar)})

    @classmethod
    def read(cls, path: str | PathLike[str]) -> "Latents":
        """Read and check both files; LatentsError names what is wrong."""
        path = Path(path).expanduser()
        data = read_bytes(path)
        vectors = _parse(data, path)
        sidecar = _sidecar(path)
        try:
            described = parse_json(
                read_small(sidecar, LatentsError, limit=LARGEST_DOCUMENT), str(sidecar), LatentsError
            )
            _check_names(described)
            latents = cls(
                vectors,
                described["cloud"],
                described["checkpoint"],
                described["corpus"],
                described.get("layer"),
                Origin.of(described["origin"]) if "origin" in described else None,
                _rows_of(path, described),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LatentsError(f"{sidecar} does not describe latents: {error!r}") from error
        if latents.rows is not None and len(latents.rows) != len(vectors):
            raise LatentsError(f"{sidecar}: {len(latents.rows)} sentences for {len(vectors)} vectors")
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


def _check_names(described: dict[str, Any]) -> None:
    """TypeError or ValueError where a sidecar says of vectors what cannot be said."""
    for key in ("cloud", "checkpoint", "corpus"):
        if not isinstance(described[key], str):
            raise TypeError(f"{key} is {described[key]!r:.40}")
    layer = described.get("layer")
    if layer is not None and (type(layer) is not int or layer < 0):
        raise ValueError(f"layer is {layer!r:.40}")


def check_latents_path(path: Path) -> None:
    """LatentsError unless the name ends in a known suffix: to be asked before hours of work, not after."""
    if path.suffix not in SUFFIXES:
        raise LatentsError(
            f"{path}: expected a name that ends in {' or '.join(SUFFIXES)}", f"give {path}{SUFFIXES[0]}"
        )


def _json(document: dict[str, Any], rows: SentenceRows | None) -> str:
    """The document for people, line by line, and each column of the rows on one line at its end."""
    text = json.dumps(document, indent=2)
    if rows is not None:
        compact = (f'    "{name}": {json.dumps(values)}' for name, values in rows.columns().items())
        text = text.removesuffix("\n}") + ',\n  "rows": {\n' + ",\n".join(compact) + "\n  }\n}"
    return text + "\n"


def _rows_of(path: Path, described: dict[str, Any]) -> SentenceRows | None:
    if path.suffix != ".parquet":
        return SentenceRows.from_columns(described["rows"]) if "rows" in described else None
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = [name for name in COLUMNS if name in file.schema_arrow.names]
            columns = file.read(columns=names).to_pydict()
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise LatentsError(f"{path} is not a whole .parquet file", "write it again") from error
    return SentenceRows.from_columns(columns) if names else None


def _parquet(vectors: np.ndarray, rows: SentenceRows | None) -> bytes:
    import pyarrow
    import pyarrow.parquet

    numbers = pyarrow.array(np.ascontiguousarray(vectors).reshape(-1))
    buffer = io.BytesIO()
    column = pyarrow.FixedSizeListArray.from_arrays(numbers, vectors.shape[1])
    columns = {} if rows is None else rows.columns()
    # Numbers of a model hardly ever repeat, so a dictionary of them only costs time.
    pyarrow.parquet.write_table(pyarrow.table({**columns, "vectors": column}), buffer, use_dictionary=False)
    return buffer.getvalue()


def _parse(data: bytes, path: Path) -> np.ndarray:
    if path.suffix == ".parquet":
        opened = open_vectors(path, column="vectors")
        vectors = next(opened.batches(opened.n))
    elif path.suffix == ".npy":
        try:
            vectors = np.load(io.BytesIO(data), allow_pickle=False)
        except NUMPY_ERRORS as error:
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
