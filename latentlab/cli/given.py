"""What `latentlab anisotropy` was given: folders, files of vectors, and options that go with one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from latentlab.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from jaxtyping import UInt64

    from latentlab.results.vectors import Vectors

    Labels = UInt64[np.ndarray, " n"]

OF_ONE_FILE = ("--state", "--like", "--first-row")
OF_SENTENCES = ("--corpus", "--n", "--encoder", "--offline")
OF_VECTORS = ("--drop-nonfinite",)
_CHECKPOINT = ".pt"
NOT_OF_LAYERS = (*OF_ONE_FILE, "--sample", "--drop-nonfinite", "--group")


@dataclass(frozen=True)
class Given:
    """Paths by what they are; a path that is missing counts as a folder, and is missed when it is read."""

    paths: list[Path]
    """All but the pair, in the order in which they were given."""
    folders: list[Path]
    """Where checkpoints are; a .pt file counts."""
    files: list[Path]
    pair: tuple[Path, Path] | None
    """Means and log variances."""

    @classmethod
    def of(cls, paths: Sequence[Path], mu: Path | None, logvar: Path | None) -> "Given":
        """Sort them; UsageError where there are none, or half a posterior."""
        if (mu is None) != (logvar is None):
            raise UsageError("--mu and --logvar go together", "give both or neither")
        if not paths and mu is None:
            raise UsageError("there is nothing to measure", "latentlab anisotropy PATH...")
        vectors = [path for path in paths if path.is_file() and path.suffix != _CHECKPOINT]
        files = list({path.resolve(): path for path in vectors}.values())
        folders = [path for path in paths if path not in vectors]
        return cls(list(paths), folders, files, None if mu is None or logvar is None else (mu, logvar))

    def check(self, options: Mapping[str, object], *, layers: bool) -> None:
        """UsageError for an option, by its name, that has a value and no meaning here."""
        named = [name for name, value in options.items() if value is not None and value is not False]
        alone = len(self.files) == 1 and not self.folders and self.pair is None
        for names, wanted, what in (
            (NOT_OF_LAYERS, not layers, "has no meaning with --layers"),
            (OF_ONE_FILE, alone, "is for a single file of vectors"),
            (OF_SENTENCES, bool(self.folders), "is for checkpoints, and none is given"),
            (OF_VECTORS, bool(self.files or self.pair), "is for files of vectors, and there is none"),
        ):
            found = next((name for name in named if name in names), None)
            if found and not wanted:
                raise UsageError(f"{found} {what}", "leave it away, or see latentlab anisotropy --help")
        if options.get("--column") and not self.has_columns and not options.get("--corpus"):
            raise UsageError("--column is for files with columns, and there is none", "leave it away")
        if layers and (self.files or self.pair):
            raise UsageError("--layers is for checkpoints, not for files of vectors", "give folders alone")
        state = options.get("--state")
        if isinstance(state, Path) and state.suffix != ".safetensors":
            raise UsageError(f"{state} does not end in .safetensors", "sums are saved in that format")
        # The vectors would be gone, or the pieces that came before.
        read = [*self.files, options.get("--like")]
        if isinstance(state, Path) and state.resolve() in [p.resolve() for p in read if isinstance(p, Path)]:
            raise UsageError(f"--state {state} is read by this very command", "give another name")

    def groups(
        self,
        group: str | None,
        files: "Sequence[Vectors]",
        pair: "tuple[Vectors, Vectors] | None",
        first_row: int = 0,
    ) -> "tuple[list[Labels], Labels | None]":
        """Labels of the groups of each file's rows, and of the pair's; nothing where none are named."""
        from latentlab.results.groups import row_groups

        if group is None:
            return [], None
        of_pair = row_groups(group, pair[0]) if pair else None
        return [row_groups(group, file, first_row) for file in files], of_pair

    def inputs(self, column: str | None) -> dict[str, object]:
        """As a report has them."""
        pair = dict(zip(("mu", "logvar"), self.pair, strict=True)) if self.pair else {}
        return {"paths": self.paths, **pair, **({"column": column} if column else {})}

    @property
    def has_columns(self) -> bool:
        """Whether --column says which vectors are meant, and not which sentences."""
        return any(path.suffix != ".npy" for path in (*self.files, *(self.pair or ())))

    def open(self, column: str | None) -> "tuple[list[Vectors], tuple[Vectors, Vectors] | None]":
        """The files, and the pair."""
        from latentlab.results.vectors import open_vectors

        files = [open_vectors(path, column=column) for path in self.files]
        if self.pair is None:
            return files, None
        mu, logvar = self.pair
        return files, (open_vectors(mu, column=column), open_vectors(logvar, column=column))
