"""The checkpoint's tokenizer, checked against `config.json`. Needs no torch."""

from pathlib import Path

from latentlab.checkpoints.folder import TOKENIZER, Manifest, check_hash, one_line, read_text_file, sha256
from latentlab.errors import CheckpointError
from latentlab.models.tokenizer import TextTokenizer


def read_tokenizer(folder: Path, manifest: Manifest) -> TextTokenizer:
    """Read `tokenizer.json`. CheckpointError when it changed, is no tokenizer, or is not of vocab_size."""
    path = folder / TOKENIZER
    data = read_text_file(folder, TOKENIZER)
    check_hash(path, sha256(data), manifest.tokenizer_sha256)
    try:
        tokenizer = TextTokenizer.from_json(data.decode())
    except ValueError as error:
        raise CheckpointError(f"{path}: {one_line(error)}", "restore the file from a copy") from error
    check_vocabulary(tokenizer, manifest.model.decoder.vocab_size, path)
    return tokenizer


def check_vocabulary(tokenizer: TextTokenizer, vocab_size: int, path: Path) -> None:
    """CheckpointError when the tokenizer has another number of symbols than the decoder."""
    if len(tokenizer) != vocab_size:
        raise CheckpointError(
            f"{path} has {len(tokenizer)} symbols, model.decoder.vocab_size is {vocab_size}",
            "configuration and tokenizer are not of one model",
        )
