"""Whose weights and which sentences a report of checkpoints is about."""

from collections.abc import Mapping, Sequence

from latentlab.analysis.clouds import LoadedModel
from latentlab.corpora import Corpus
from latentlab.metrics.streaming.sharding import SHARDS
from latentlab.results import versions
from latentlab.results.reports.provenance import CheckpointId, Provenance


def report_provenance(
    models: Sequence[LoadedModel],
    sentences: Mapping[str, Sequence[str]],
    seed: int,
    *,
    train: Corpus | None = None,
    sharded: bool = False,
) -> Provenance:
    """Fingerprints of weights, encoders and sentences; seed and versions.

    Args:
        models: Checkpoints.
        sentences: By what they are for.
        seed: Of everything that is drawn.
        train: Sentences that something was learned from.
        sharded: Whether intervals come from jackknife shards.
    """
    hashes = {what: Corpus(tuple(texts), what).fingerprint for what, texts in sentences.items()}
    return Provenance(
        checkpoints={m.name: CheckpointId(m.fingerprint, m.step, _plain(m.encoder_key)) for m in models},
        sentences=hashes | ({} if train is None else {"train": train.fingerprint}),
        seed=seed,
        shards=SHARDS if sharded else None,
        versions=versions(),
    )


def _plain(key: object) -> tuple[str | int | None, ...]:
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(part if part is None or isinstance(part, str | int) else str(part) for part in parts)
