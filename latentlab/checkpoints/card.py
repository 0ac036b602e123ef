"""The model card: what a checkpoint's `README.md` says."""

from collections.abc import Mapping, Sequence
from typing import Any

from latentlab.models.model_config import EncoderConfig, ModelConfig
from latentlab.models.sgdd.sgdd_config import SgddConfig


def model_card(
    config: ModelConfig,
    training: Mapping[str, Any],
    provenance: Mapping[str, Any],
    results: Mapping[str, float | int | str],
    *,
    name: str = "checkpoint",
    attribution: Sequence[str] = (),
    limits: Sequence[str] = (),
) -> str:
    """A model card in Markdown.

    Args:
        config: Encoder, head and decoder.
        training: Settings and budget of the run; nested groups become dotted keys.
        provenance: Where everything came from, seed and versions.
        results: Measured numbers by name, printed to four digits.
        name: Title.
        attribution: Lines about the training data: source, authors, licence.
        limits: Lines added to the limits that every such model has.

    Returns:
        The text of `README.md`.
    """
    encoder, head, decoder = config.encoder, config.head, config.decoder
    kind = "variational" if head.use_vib else "deterministic"
    sections = [
        f"# {name}",
        f"A sentence autoencoder: the frozen encoder `{encoder.id}` ({_hash(encoder)}{encoder.pooling} "
        f"pooling, hidden layer {encoder.layer}), a {kind} head to {head.width} dimensions, and a "
        f"masked-diffusion decoder ({decoder.layers} layers of width {decoder.width}, {decoder.vocab_size} "
        f"symbols, at most {decoder.max_length} tokens). Load it with `latentlab.load_checkpoint(folder)`.",
        "## Data",
        "\n".join(f"- {line}" for line in attribution) or "Not recorded.",
        "## Training",
        _table("setting", _flat(training)),
        "## Results",
        _table("metric", {key: _number(value) for key, value in results.items()}),
        "## Limits",
        "\n".join(f"- {line}" for line in (*_limits(config), *limits)),
        "## Provenance",
        _table("what", _flat(provenance)),
    ]
    return "\n\n".join(sections) + "\n"


def converted_card(config: SgddConfig, provenance: Mapping[str, Any], name: str) -> str:
    """The card of a folder that an old SGDD checkpoint was converted to.

    `provenance` is that of `config.json`; the old configuration in it is long, and stays there.
    """
    kind = "variational" if config.head.use_vib else "deterministic"
    decoder = config.decoder
    writes = "Its decoder is not known: it measures, and does not write."
    if decoder is not None:
        writes = (
            f"Its decoder has {decoder.layers} layers of width {config.head.width}, {decoder.vocab_size} "
            f"symbols and a canvas of {decoder.max_length} tokens, begin and end included."
        )
    limits = [
        "Heads and decoder are the old ones, number for number; so are their faults (docs/checkpoints.md).",
        "The length of a text is read off the end symbol; there is no length head, and no likelihood bound.",
    ]
    sections = [
        f"# {name}",
        f"An SGDD checkpoint of layout {config.layout}, converted: the frozen encoder `{config.encoder.id}` "
        f"({config.encoder.pooling} pooling, last layer) and a {kind} head to {config.head.width} "
        f"dimensions. {writes} Load it with `latentlab.load_checkpoint(folder)`.",
        "## Limits",
        "\n".join(f"- {line}" for line in limits),
        "## Provenance",
        _table("what", {k: v for k, v in _flat(provenance).items() if ".config." not in k}),
    ]
    return "\n\n".join(sections) + "\n"


def _hash(encoder: EncoderConfig) -> str:
    return f"sha256 {encoder.sha256[:16]}, " if encoder.sha256 else ""


def _limits(config: ModelConfig) -> list[str]:
    limits = [
        f"Sentences of more than {config.decoder.max_length} tokens are refused, not cut.",
        "It rebuilds sentences like those it was trained on; other languages and styles come out worse.",
        "The encoder is not part of the checkpoint; another encoder, layer or pooling gives other vectors.",
    ]
    if config.decoder.null_probability == 0:
        limits.append("It was trained without a null latent: only guidance 1 is possible.")
    return limits


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    rows: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            rows |= _flat(value, f"{prefix}{key}.")
        elif value is not None:
            rows[f"{prefix}{key}"] = _number(value)
    return rows


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(title: str, rows: Mapping[str, str]) -> str:
    if not rows:
        return "Not recorded."
    lines = [f"| {title} | value |", "|---|---|"]
    # A bar or a line break in a value would end the cell.
    lines += [f"| {_cell(key)} | {_cell(value)} |" for key, value in rows.items()]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
