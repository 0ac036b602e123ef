"""`project`: maps of latent spaces, as `latentlab project` makes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentlab.api.support import checkpoint_inputs, path_inputs
from latentlab.api.support.document import frame_of
from latentlab.api.support.option_checks import labels, one_of, whole
from latentlab.api.support.path_inputs import path_of
from latentlab.errors import UsageError

if TYPE_CHECKING:
    from latentlab.analysis.clouds import Progress
    from latentlab.analysis.maps import Maps
    from latentlab.api.support.checkpoint_inputs import Texts

USUAL_N = 2000
"""Sentences of a file that are drawn at most, where nothing else is asked for."""


@dataclass(frozen=True, repr=False)
class Projection:
    """One row a checkpoint and sentence, with two coordinates."""

    maps: "Maps"

    @property
    def columns(self) -> dict[str, list[Any]]:
        """`checkpoint`, `cloud`, `row`, `record_id`, `group` as far as known, `text_id`, `text`, `x`, `y`."""
        return self.maps.columns

    def __len__(self) -> int:
        return len(self.columns["x"])

    def to_frame(self) -> Any:
        """A pandas.DataFrame of the columns; UsageError without pandas."""
        return frame_of(self.columns)

    def save(self, file: str | PathLike[str], *, atlas: str | PathLike[str] | None = None) -> None:
        """Write the columns to a .parquet or .csv, and with neighbours to `atlas`, for embedding-atlas.

        Raises:
            UsageError: A name has another ending.
        """
        from latentlab.results.tables.column_files import write_columns

        out, wide = path_of(file), None if atlas is None else path_of(atlas)
        check_names(out, wide, "atlas")
        write_columns(
            {out: self.columns} if wide is None else {wide: self.maps.with_neighbours(), out: self.columns}
        )

    def __repr__(self) -> str:
        names = list(dict.fromkeys(self.columns["checkpoint"]))
        return f"{len(self)} points, {self.columns['cloud'][0]} of {', '.join(names)}"


def project(
    checkpoints: object,
    texts: "Texts | None" = None,
    *,
    column: str | None = None,
    group: "str | Sequence[object] | None" = None,
    n: int | None = None,
    method: str = "pca",
    cloud: str = "mu",
    seed: int = 0,
    encoder: str | PathLike[str] | None = None,
    offline: bool = False,
    progress: "Progress | None" = None,
) -> Projection:
    """Draw a two-dimensional map of every latent space; axes and distances of two maps do not compare.

    Args:
        checkpoints: Checkpoints that `load` gave, folders of checkpoints, or a list of these.
        texts: Sentences: a list, all of which are taken; a `Corpus`; a file. Default: the shipped ones.
        column: Which column of a file has the sentences.
        group: What belongs together, a column of the map too: a column, or labels of texts in a list.
        n: At most so many sentences; default 2,000 of a file.
        method: `pca` is linear; `umap` keeps neighbours and bends the rest.
        cloud: `pooled`, the encoder's vector; `mu`, the latent point; `z`, a sample of the posterior.
        seed: Of everything that is drawn.
        encoder: A local folder with the frozen encoder, instead of cache, package and hub.
        offline: Never ask the hub for an encoder.
        progress: Called with what is being done, how much is done and of how much.

    Raises:
        UsageError: No checkpoint has the cloud, or an option has no meaning.
        CheckpointError: A checkpoint cannot be loaded.
        CorpusError: Sentences cannot be read.

    >>> import latentlab as ll
    >>> ll.project("data/checkpoints/vib", ["A cat.", "A dog.", "A bird."], method="pca")
    3 points, mu of vib
    """
    group = labels(group)
    whole(seed=seed, n=n)
    one_of("--method", method, ("pca", "umap"))
    one_of("--cloud", cloud, ("pooled", "mu", "z"))
    from latentlab.analysis import loading
    from latentlab.analysis.maps import project_models
    from latentlab.results.sentence_rows import SentenceRows

    models, _ = path_inputs.models_of(checkpoints, encoder, offline)
    drawn = checkpoint_inputs.numbered(checkpoint_inputs.corpus_of(texts, column, group), texts)
    if n is not None or isinstance(texts, str | PathLike | None):
        drawn = drawn.sample(min(n or USUAL_N, len(drawn)), seed)
    kept, excluded = loading.filter_by_length(models, drawn.texts)
    checkpoint_inputs.say_excluded(excluded, len(drawn))
    records = SentenceRows.of(drawn.only(kept))
    return Projection(
        project_models(
            models, kept, cloud=cloud, method=method, seed=seed, records=records, progress=progress
        )
    )


def check_names(out: Path, atlas: Path | None, called: str = "--atlas") -> None:
    """UsageError unless a map can be written there: to be asked before hours of work, not after."""
    from latentlab.results.tables.column_files import check_columns_path

    check_columns_path(out)
    if atlas is not None and atlas.suffix != ".parquet":
        raise UsageError(f"{called} {atlas}: give a name that ends in .parquet")
