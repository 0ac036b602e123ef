"""Sentences that a caller has in memory, kept beside the state of a run: a resume and an export find them.

They stay in `state/`: no file of a checkpoint has them.
"""

import json
from pathlib import Path

from latentlab.checkpoints.folder import STATE
from latentlab.corpora import Corpus
from latentlab.errors import ConfigError
from latentlab.files import atomic_write
from latentlab.training.train_config import TrainConfig

FILE = Path(STATE) / "texts.jsonl"
_GROUP = "group"


def keep_texts(config: TrainConfig, sentences: Corpus, out: Path, was: TrainConfig | None) -> TrainConfig:
    """Write the sentences to the run's folder; the configuration that reads them there.

    `was` is the configuration of the state that the run goes on from.

    Raises:
        ConfigError: The state is of other sentences, which stay as they are.
        ResourceError: The disk is full.
    """
    file = (out / FILE).resolve()
    text = "".join(_lines(sentences))
    if was and str(file) in was.data.corpora and file.is_file() and file.read_bytes() != text.encode():
        raise ConfigError(
            f"{out} was trained on other sentences", "give the same sentences, none at all, or another --out"
        )
    atomic_write(file, text)
    update: dict[str, object] = {"corpora": (str(file),), "column": None}
    update |= {"group": _GROUP} if sentences.group is not None else {}
    return config.model_copy(update={"data": config.data.model_copy(update=update)})


def found_again(config: TrainConfig, out: Path) -> TrainConfig:
    """The configuration of a run whose folder was moved: kept sentences lie where the folder is now."""
    here = out / FILE

    def place(source: str) -> str:
        moved = Path(source).parts[-2:] == FILE.parts and not Path(source).is_file()
        return str(here.resolve()) if moved and here.is_file() else source

    corpora = tuple(map(place, config.data.corpora))
    return config.model_copy(update={"data": config.data.model_copy(update={"corpora": corpora})})


def _lines(sentences: Corpus) -> list[str]:
    """As JSON lines, for a sentence may hold a line break."""
    if sentences.groups is None:
        return [json.dumps({"text": text}) + "\n" for text in sentences.texts]
    # A NUL begins the name of a sentence that is a group of its own.
    names = [None if name.startswith("\0") else name for name in sentences.groups]
    rows = zip(sentences.texts, names, strict=True)
    return [json.dumps({"text": text, _GROUP: name}) + "\n" for text, name in rows]
