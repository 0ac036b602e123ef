"""Checkpoints that do not stay as they are: renamed away, swapped, deleted, copied file by file."""

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from latentlab.files import atomic_folder

GONE, PIECE = 2.0, 0.4
"""Seconds that a checkpoint is away, and between two files of a slow copy."""


class Replacer:
    """Does one thing after another to the checkpoints of `folder`; whole copies lie in `masters`."""

    def __init__(self, folder: Path, masters: Path, seed: int = 0) -> None:
        self.folder, self.masters = folder, masters
        self.names = sorted(entry.name for entry in masters.iterdir())
        self.rng = random.Random(seed)
        self.done = dict[str, int]()
        self.torn = list[tuple[str, float, float]]()
        """Name, start and end, as `time.monotonic` has them: while this goes on a refusal is the truth."""
        self._ways: list[Callable[[str], None]] = [
            self.away_and_back,
            self.swapped,
            self.deleted,
            self.half_written,
            self.written_over,
        ]

    def act(self) -> None:
        """The next of its ways, on a checkpoint by lot."""
        way = self._ways[sum(self.done.values()) % len(self._ways)]
        name = self.rng.choice(self.names)
        place = len(self.torn)
        started = time.monotonic()
        self.torn.append((name, started, float("inf")))
        way(name)
        self.torn[place] = name, started, time.monotonic()
        self.done[way.__name__] = self.done.get(way.__name__, 0) + 1

    def was_torn(self, text: str, start: float, end: float) -> bool:
        """Whether a checkpoint that the text names was being replaced at some moment between these."""
        return any(name in text and begun <= end and start <= over for name, begun, over in self.torn)

    def away_and_back(self, name: str) -> None:
        """Renamed to where nobody looks, and back as it was."""
        aside = self.folder / f".{name}.aside"
        (self.folder / name).rename(aside)
        time.sleep(GONE)
        aside.rename(self.folder / name)

    def swapped(self, name: str) -> None:
        """Another checkpoint takes its name in one step."""
        with atomic_folder(self.folder / name, overwrite=True) as made:
            shutil.copytree(self._any(), made, dirs_exist_ok=True)

    def deleted(self, name: str) -> None:
        """Removed while it is looked at; later there again, whole at once."""
        shutil.rmtree(self.folder / name)
        time.sleep(GONE)
        with atomic_folder(self.folder / name) as made:
            shutil.copytree(self.masters / name, made, dirs_exist_ok=True)

    def half_written(self, name: str) -> None:
        """Removed, and copied back one file after another, the weights in two halves."""
        shutil.rmtree(self.folder / name)
        (self.folder / name).mkdir()
        self._slowly(self.masters / name, self.folder / name)

    def written_over(self, name: str) -> None:
        """The files of another are copied over its own, one after another."""
        self._slowly(self._any(), self.folder / name)

    def _any(self) -> Path:
        return self.masters / self.rng.choice(self.names)

    def _slowly(self, source: Path, target: Path) -> None:
        files = sorted(source.iterdir())
        self.rng.shuffle(files)
        for file in files:
            data = file.read_bytes()
            with (target / file.name).open("wb") as out:
                out.write(data[: len(data) // 2])
                out.flush()
                time.sleep(PIECE)
                out.write(data[len(data) // 2 :])
