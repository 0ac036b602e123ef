"""From a configuration to what the loop reads: texts, the frozen encoder, a vocabulary, cached vectors.

Everything is a function of the configuration and the files it names, so an export finds again what the loop
has, and vectors come from the cache.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache as cache_calls
from pathlib import Path

from latentlab.files import cache_folder
from latentlab.models.autoencoder import Autoencoder
from latentlab.models.encoder.encoder_files import recorded_id, resolve_encoder
from latentlab.models.encoder.encoder_pin import check_settings, pins_of
from latentlab.models.encoder.frozen import FrozenEncoder
from latentlab.models.encoder.pretrained import tokenizer_of
from latentlab.models.tokenizer import TextTokenizer
from latentlab.training.data import Sentences, Texts, encode_sentences, gather_texts
from latentlab.training.record import Run, saved_config
from latentlab.training.resume import check_resolved, other_sentences
from latentlab.training.start import load_start
from latentlab.training.train_config import TrainConfig
from latentlab.training.trainer_state import Progress

Report = Callable[[str, int, int], None]
"""Called with what is going on ("encoding sentences", "training"), how much is done, and of how much; 0 of 0
where that is not known."""


def quietly(what: str, done: int, total: int) -> None:
    """A Report for nobody."""


@dataclass(frozen=True)
class Material:
    """What a run works with, before any vector."""

    config: TrainConfig
    """With everything filled in: the encoder's name, hash and layer, the size of the vocabulary."""
    run: Run
    """What a resume needs: the configuration with the vocabulary as it was asked for."""
    texts: Texts
    encoder: FrozenEncoder
    tokenizer: TextTokenizer
    start: Autoencoder | None
    """The checkpoint that the weights begin with."""

    def encode(self, sources: list[str], targets: list[str], cache: Path | None, report: Report) -> Sentences:
        """Cached vectors of `sources` beside the tokens of `targets`."""
        return encode_sentences(
            sources,
            targets,
            self.encoder,
            self.tokenizer,
            self.config.model.decoder.max_length,
            cache=cache or cache_folder(),
            progress=lambda done, n: report("encoding sentences", done, n),
        )


def prepare(
    config: TrainConfig,
    out: Path,
    previous: Progress | None,
    *,
    encoder: Path | None = None,
    offline: bool = False,
    device: str = "cpu",
    report: Report = quietly,
) -> Material:
    """Read the sentences, find the encoder, train the vocabulary.

    `previous` is the state in `out` that a run goes on from: sentences, layer and vocabulary must come out as
    they did then.

    Raises:
        ConfigError: They do not, or the encoder has no such layer.
        CorpusError: There are too few sentences.
        EncoderError: The encoder cannot be found, or is not the one of the state.
    """
    was = saved_config(previous.config, out) if previous else None

    @cache_calls
    def load() -> tuple[FrozenEncoder, Path | None, Path]:
        report("loading the encoder", 0, 0)
        found = resolve_encoder(config.model.encoder, folder=encoder, offline=offline)
        asked = config.model.encoder
        pins = {} if asked.tensors and asked.settings else pins_of(found.folder)
        named = {"id": recorded_id(asked, found), "sha256": asked.sha256 or found.sha256}
        wanted = asked.model_copy(update={**pins, **named})
        folder = found.folder.resolve() if found.source == "folder" else None
        return FrozenEncoder.load(wanted, folder=folder, offline=offline, device=device), folder, found.folder

    report("reading sentences", 0, 0)
    texts = gather_texts(config.data, config.seed, lambda: load()[0].words)
    if previous and was and previous.texts != texts.fingerprint:
        raise other_sentences(was, config, out)
    frozen, folder, found = load()
    known = frozen.config.model_copy(update={"layer": frozen.layer})
    asked = config.model_copy(update={"model": config.model.model_copy(update={"encoder": known})})
    start = load_start(config.init, asked.model.resolved())
    if start:
        # A pin of an earlier form is not compared with ours, but with the encoder itself.
        pin = start.config.encoder.settings
        check_settings(found, pin, frozen.model.config, tokenizer_of(found))
    report("learning a vocabulary", 0, 0)
    tokenizer = (
        start.tokenizer if start else TextTokenizer.train(texts.train, config.model.decoder.vocab_size)
    )
    tree = asked.model_dump()
    tree["model"]["decoder"]["vocab_size"] = len(tokenizer)
    filled = TrainConfig.model_validate(tree)
    if was:
        check_resolved(was, filled, frozen, out)
    return Material(filled, Run(asked, folder, offline), texts, frozen, tokenizer, start)
