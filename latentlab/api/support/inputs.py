"""What is to be measured: checkpoints, files of vectors, arrays, and options that go with one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from latentlab.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt64

    from latentlab.models.sentence_model import SentenceModel
    from latentlab.results.vectors.vector_file import Vectors

    Labels = UInt64[np.ndarray, " n"]
    Space = Path | Vectors | SentenceModel

OF_ONE_FILE = ("--state", "--like", "--first-row")
OF_SENTENCES = ("--corpus", "--n", "--encoder", "--offline")
OF_VECTORS = ("--drop-nonfinite",)
NOT_OF_LAYERS = (*OF_ONE_FILE, "--sample", "--drop-nonfinite", "--group")


@dataclass(frozen=True)
class Inputs:
    """Spaces by what they are; a path that is missing counts as a folder, and is missed when it is read."""

    named: list[Path | str]
    """All but the pair, in the order in which they were given, as a report names them."""
    folders: list[Path]
    """Where checkpoints are, and checkpoints that are files."""
    models: "list[SentenceModel]"
    """Checkpoints that are loaded."""
    files: "list[Path | Vectors]"
    pair: "tuple[Path | Vectors, Path | Vectors] | None"
    """Means and log variances."""

    @classmethod
    def of(
        cls,
        spaces: "Sequence[Space]",
        mu: "Path | Vectors | None" = None,
        logvar: "Path | Vectors | None" = None,
    ) -> "Inputs":
        """Sort them; UsageError where there are none, or half a posterior."""
        if (mu is None) != (logvar is None):
            raise UsageError("--mu and --logvar go together", "give both or neither")
        if not spaces and mu is None:
            raise UsageError("there is nothing to measure", "latentlab anisotropy PATH...")
        named: list[Path | str] = []
        folders: list[Path] = []
        models: list[SentenceModel] = []
        files: dict[object, Path | Vectors] = {}
        for space in spaces:
            named.append(space if isinstance(space, Path) else space.name)
            if not isinstance(space, Path):
                _add(space, files, models)
            elif space.is_file() and not _is_checkpoint(space):
                files.setdefault(space.resolve(), space)
            else:
                folders.append(space)
        pair = None if mu is None or logvar is None else (mu, logvar)
        return cls(named, folders, models, list(files.values()), pair)

    def check(self, options: Mapping[str, object], *, layers: bool) -> None:
        """UsageError for an option, by its name, that has a value and no meaning here."""
        named = [name for name, value in options.items() if value is not None and value is not False]
        alone = len(self.files) == 1 and not self.of_sentences and self.pair is None
        for names, wanted, what in (
            (NOT_OF_LAYERS, not layers, "has no meaning with --layers"),
            (OF_ONE_FILE, alone, "is for a single file of vectors"),
            (OF_SENTENCES, self.of_sentences, "is for checkpoints, and none is given"),
            (OF_VECTORS, bool(self.files or self.pair), "is for files of vectors, and there is none"),
        ):
            found = next((name for name in named if name in names), None)
            if found and not wanted:
                raise UsageError(f"{found} {what}", "omit it, or see latentlab anisotropy --help")
        if options.get("--column") and not self.has_columns and not options.get("--corpus"):
            raise UsageError("--column is for files with columns, and there is none", "omit it")
        if layers and (self.files or options.get("--mu") or options.get("--logvar")):
            raise UsageError("--layers is for checkpoints, not for files of vectors", "give folders alone")
        state = options.get("--state")
        if isinstance(state, Path) and state.suffix != ".safetensors":
            raise UsageError(f"{state} does not end in .safetensors", "sums are saved in that format")
        # The vectors would be gone, or the pieces that came before.
        read: list[object] = [*self.files, options.get("--like")]
        if isinstance(state, Path) and state.resolve() in [p.resolve() for p in read if isinstance(p, Path)]:
            raise UsageError(f"--state {state} is read by this very command", "give another name")

    def groups(
        self,
        group: "str | Sequence[object] | None",
        files: "Sequence[Vectors]",
        pair: "tuple[Vectors, Vectors] | None",
        first_row: int = 0,
    ) -> "tuple[list[Labels], Labels | None]":
        """Labels of the groups of each file's rows, and of the pair's; nothing where none are named."""
        from latentlab.results.groups import labels_of, row_groups

        if group is None:
            return [], None
        if not isinstance(group, str):
            return [labels_of(group, file) for file in files], labels_of(group, pair[0]) if pair else None
        of_pair = row_groups(group, pair[0]) if pair else None
        return [row_groups(group, file, first_row) for file in files], of_pair

    def inputs(self, column: str | None) -> dict[str, object]:
        """As a report has them."""
        pair = dict(zip(("mu", "logvar"), map(_name, self.pair), strict=True)) if self.pair else {}
        return {"paths": self.named, **pair, **({"column": column} if column else {})}

    @property
    def has_columns(self) -> bool:
        """Whether --column says which vectors are meant, and not which sentences."""
        files = [file for file in (*self.files, *(self.pair or ())) if isinstance(file, Path)]
        return any(path.suffix != ".npy" for path in files)

    @property
    def of_sentences(self) -> bool:
        """Whether there is a checkpoint, which needs sentences."""
        return bool(self.folders or self.models)

    def open(self, column: str | None) -> "tuple[list[Vectors], tuple[Vectors, Vectors] | None]":
        """The files, and the pair."""
        from latentlab.results.vectors.vector_file import open_vectors

        def opened(file: "Path | Vectors") -> "Vectors":
            return open_vectors(file, column=column) if isinstance(file, Path) else file

        pair = None if self.pair is None else (opened(self.pair[0]), opened(self.pair[1]))
        return list(map(opened, self.files)), pair


def _add(
    space: "Vectors | SentenceModel", files: "dict[object, Path | Vectors]", models: "list[SentenceModel]"
) -> None:
    from latentlab.results.vectors.vector_file import Vectors

    if isinstance(space, Vectors):
        files[id(space)] = space
    else:
        models.append(space)


def _name(file: "Path | Vectors") -> Path | str:
    return file if isinstance(file, Path) else file.name


def _is_checkpoint(path: Path) -> bool:
    from latentlab.checkpoints.formats import is_file_of_a_format  # not for arrays

    return is_file_of_a_format(path)
