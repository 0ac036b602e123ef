"""The checkpoint's tokenizer, checked against `config.json`. Needs no torch."""

from collections.abc import Callable, Sized
from pathlib import Path
from typing import TypeVar

from latentlab.checkpoints.folder import TOKENIZER, Manifest, check_hash, read_text_file, sha256
from latentlab.errors import CheckpointError
from latentlab.models.model_config import ModelConfig
from latentlab.models.sgdd.sgdd_config import SgddConfig
from latentlab.models.sgdd.sgdd_tokenizer import EncoderTokenizer
from latentlab.models.tokenizer import TextTokenizer
from latentlab.untrusted import one_line

_T = TypeVar("_T")


def read_tokenizer(folder: Path, manifest: Manifest) -> TextTokenizer | EncoderTokenizer:
    """Read `tokenizer.json`. CheckpointError when it changed, is no tokenizer, or is not of vocab_size."""
    config = manifest.model
    if isinstance(config, SgddConfig):
        return read_sgdd_tokenizer(folder, manifest, config)
    return read_native_tokenizer(folder, manifest, config)


def read_native_tokenizer(folder: Path, manifest: Manifest, config: ModelConfig) -> TextTokenizer:
    """The same for a native model, whose decoder has a vocabulary of its own."""
    tokenizer = _read(folder, manifest, TextTokenizer.from_json)
    check_vocabulary(tokenizer, config.decoder.vocab_size, folder / TOKENIZER)
    return tokenizer


def read_sgdd_tokenizer(folder: Path, manifest: Manifest, config: SgddConfig) -> EncoderTokenizer:
    """The same for a converted folder, whose vocabulary is the encoder's and whose special ids are known."""
    specials = config.specials
    if specials is None:
        raise CheckpointError(f"{folder}: config.json lacks model.specials", "convert the checkpoint again")
    tokenizer = _read(folder, manifest, lambda text: EncoderTokenizer.from_json(text, specials))
    if config.decoder:
        check_vocabulary(tokenizer, config.decoder.vocab_size, folder / TOKENIZER, spare=True)
    return tokenizer


def check_vocabulary(tokenizer: Sized, vocab_size: int, path: Path, *, spare: bool = False) -> None:
    """CheckpointError when the tokenizer has another number of symbols than the decoder.

    With `spare` the decoder may have more: some encoders fill their table up to a round number.
    """
    if len(tokenizer) > vocab_size or (len(tokenizer) < vocab_size and not spare):
        raise CheckpointError(
            f"{path} has {len(tokenizer)} symbols, model.decoder.vocab_size is {vocab_size}",
            "configuration and tokenizer are not of one model",
        )


def _read(folder: Path, manifest: Manifest, parse: Callable[[str], _T]) -> _T:
    path = folder / TOKENIZER
    data = read_text_file(folder, TOKENIZER)
    check_hash(path, sha256(data), manifest.tokenizer_sha256)
    try:
        return parse(data.decode())
    except ValueError as error:
        raise CheckpointError(f"{path}: {one_line(error)}", "restore the file from a copy") from error
