"""Zero rows, copies, dimensions that do not vary: told once, with the items and clouds that have them."""

from collections.abc import Sequence

from latentlab.analysis.anisotropy.spaces_report import Item
from latentlab.metrics.statistics.copies import SAME_ROW, Copies
from latentlab.results.reports.space_results import SpaceResult

DEPENDENT = "--group COLUMN names what belongs together and moves as one; or keep one row of each"
OF_FILES = (
    "--group FILE, a .txt or .npy of labels, one a row, names what belongs together and moves as one; or "
    "keep one row of each"
)
OF_LAYERS = "keep one sentence of each: the encoder gives these the same vector, or nearly"
_DERIVED = ("pooled_centred",)
_NAMED = 3


def row_warnings(items: Sequence[Item]) -> list[str]:
    """One line a fact, such as `vib (mu, z), centred (mu): 3 of 500 rows are zero`."""
    said: dict[str, dict[str, list[str]]] = {}
    for item in items:
        for key, cloud in item.clouds.items():
            for fact in () if key in _DERIVED else cloud.of_rows:
                said.setdefault(fact, {}).setdefault(item.name, []).append(key)
    return [f"{_where(clouds)}: {fact}" for fact, clouds in said.items()]


def _where(clouds: dict[str, list[str]]) -> str:
    # A file of vectors is one cloud.
    named = [name if keys == ["latents"] else f"{name} ({', '.join(keys)})" for name, keys in clouds.items()]
    return _listed(named)


def _listed(named: Sequence[str]) -> str:
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more


def copy_warnings(items: Sequence[Item | SpaceResult]) -> list[str]:
    """A line a finding, with the items whose rows repeat each other so often that no interval holds."""
    found: dict[str, list[str]] = {}
    for item in items:
        if said := repeated_rows(item.primary.copies, item.primary.n):
            found.setdefault(said, []).append(item.name)
    return [f"{_listed(names)}: {said}" for said, names in found.items()]


def repeated_rows(copies: Copies | None, n: int) -> str | None:
    """A warning where the n rows repeat each other too often for the intervals of independent ones."""
    if copies is None or not copies.telling:
        return None
    exact, near, m = copies.exact, copies.near, copies.sampled
    found = [
        f"{100 * exact / m:.3g} % repeat another{SAME_ROW}" if exact else "",
        f"{100 * near / m:.3g} % have a near copy" if near else "",
    ]
    where = f"of {m} rows" if m == n else f"of {m} rows drawn from {n}"
    said = " and ".join(filter(None, found))
    return (
        f"{where}, {said}: intervals, which take rows for independent, are too narrow, and metrics of "
        "neighbours leave the copies out"
    )
