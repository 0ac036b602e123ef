"""`latentlab info`."""

import json
from typing import TYPE_CHECKING, Any

from latentlab.cli import options, terminal

if TYPE_CHECKING:
    from latentlab.checkpoints import CheckpointInfo
    from latentlab.models.model_config import EncoderConfig
    from latentlab.models.sgdd.sgdd_config import SgddConfig


def info(paths: options.Paths, as_json: options.Json = False, verbose: options.Verbose = False) -> int:
    """Describe checkpoints, read from their files alone.

    Exit code 3 if one is damaged.

    Example:
      latentlab info data/checkpoints
    """
    from latentlab.api.making.checkpoint_files import info_all

    found = info_all(*paths)
    if as_json:
        print(json.dumps({"command": "info", "checkpoints": [item.to_dict() for item in found]}, indent=2))
    else:
        for item in found:
            print(terminal.printable(item.name))
            for name, value in _lines(item):
                print(f"  {name:<11} {terminal.printable(value)}")
            print()
    broken = [item for item in found if item.problems]
    for item in broken:
        for problem, hint in zip(item.problems, item.hints, strict=True):
            terminal.fail(problem if str(item.path) in problem else f"{item.path}: {problem}", hint)
    return 3 if broken else 0


def _lines(item: "CheckpointInfo") -> list[tuple[str, str]]:
    lines = [("path", str(item.path)), ("layout", _layout(item))]
    if item.old is not None:
        lines += _old(item.old, item)
    elif item.native is not None:
        encoder, head, decoder = item.native.encoder, item.native.head, item.native.decoder
        lines += [
            ("kind", f"{item.kind}, latent width {head.width}, input {_INPUT[head.standardize]}"),
            (
                "encoder",
                f"{_word(encoder.id)}, layer {encoder.layer}, {encoder.pooling} pooling, "
                f"sha256 {_word((encoder.sha256 or 'not recorded')[:16])}",
            ),
            ("pinned", _pinned(encoder)),
            (
                "decoder",
                f"{decoder.layers} layers of width {decoder.width}, {decoder.vocab_size} symbols, "
                f"at most {decoder.max_length} tokens",
            ),
        ]
    parts = ", ".join(f"{_PART.get(part, part)} {size:,}" for part, size in item.sizes.items())
    if item.step is not None:
        unfinished = item.provenance.get("unfinished")
        lines.append(
            ("step", f"{item.step:,}" + (f" (unfinished: {_word(unfinished)})" if unfinished else ""))
        )
    lines += [
        ("numbers", f"{parts} ({', '.join(item.dtypes)})" if parts else "none readable"),
        ("fingerprint", item.fingerprint[:16] or "none"),
        ("files", f"{len(item.files)}, {sum(item.files.values()) / 1e6:.1f} MB"),
    ]
    return [*lines, *(("PROBLEM", problem) for problem in item.problems)]


def _layout(item: "CheckpointInfo") -> str:
    if item.layout != "native":
        return item.layout if item.old is None else f"{item.layout}, SGDD"
    if item.old is None:
        return "native"
    file, sha256 = (_word(item.origin.get(key, "unknown")) for key in ("file", "sha256"))
    return f"native, converted from SGDD {item.old.layout} ({file}, sha256 {sha256[:16]})"


def _pinned(encoder: "EncoderConfig") -> str:
    """What of the encoder is checked before it is used."""
    from latentlab.models.encoder.encoder_files import MINILM_SHA256
    from latentlab.models.model_config import FORM

    if not encoder.sha256:
        return "nothing of the encoder"
    # A pin of the first form is of the parameters: what else is loaded is right in the very file alone.
    buffers = " (buffers by their file)" if not (encoder.tensors or FORM).startswith(FORM) else ""
    whole = encoder.settings or encoder.sha256 == MINILM_SHA256
    return f"the encoder's weights{buffers}{', configuration and tokenizer' if whole else ' alone'}"


def _word(value: Any) -> str:
    """Text out of a file nobody vouches for, fit for a terminal."""
    from latentlab.untrusted import shown

    return shown(str(value))


def _old(config: "SgddConfig", item: "CheckpointInfo") -> list[tuple[str, str]]:
    encoder, head, decoder = config.encoder, config.head, config.decoder
    lines = [
        ("kind", f"{item.kind}, latent width {head.width}, head {head.kind} of {head.pooled_width} numbers"),
        ("encoder", f"{_word(encoder.id)}, last layer, {encoder.pooling} pooling"),
        ("decoder", "not known: it cannot decode"),
    ]
    if decoder is not None:
        lines[-1] = (
            "decoder",
            f"{decoder.kind}, {decoder.layers} layers, {decoder.heads} heads, {decoder.vocab_size} symbols, "
            f"a canvas of {decoder.max_length} tokens",
        )
    if head.use_vib:
        weight = "not recorded" if config.kl_weight is None else f"{config.kl_weight:g}"
        lines.append(("KL weight", f"{weight}, free bits {config.kl_threshold:g} nats"))
    names = {"epoch": "epoch", "loss": "loss", "metric": item.origin.get("metric_name") or "metric"}
    known = [f"{_word(name)} {_word(item.origin[key])}" for key, name in names.items() if key in item.origin]
    return [*lines, ("recorded", ", ".join(known) or "nothing")]


_PART = {"length_head": "length head", "backbone": "encoder inside"}
_INPUT = {"none": "raw", "standardize": "standardised", "whiten": "whitened"}
