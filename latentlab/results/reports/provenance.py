"""Whose weights, which sentences, which seed and versions a report is about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from latentlab.results.reports.typed import Part


@dataclass(frozen=True)
class CheckpointId(Part):
    """What tells a checkpoint from another."""

    fingerprint: str | None
    """Hash of the weights."""
    step: int | None
    encoder: tuple[str | int | None, ...] = ()
    """Identity of its encoder and of the vectors that it reads; empty where a report does not say."""


@dataclass(frozen=True)
class Provenance(Part):
    """No time and no machine: the same inputs, seed and versions give the same report."""

    checkpoints: Mapping[str, CheckpointId] = field(default_factory=dict)
    sentences: Mapping[str, str] = field(default_factory=dict)
    """Hash of the sentences by what they are for: `measured`, `task`, `train`, or the name of a part."""
    vectors: Mapping[str, str] = field(default_factory=dict)
    """Hash of the numbers by file."""
    seed: int | None = None
    shards: int | None = None
    """Jackknife shards."""
    versions: Mapping[str, str] = field(default_factory=dict)
