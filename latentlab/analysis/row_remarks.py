"""Zero rows, copies, dimensions that do not vary: told once, with the items and clouds that have them."""

from collections.abc import Sequence

from latentlab.analysis.anisotropy import Item

_DERIVED = ("pooled_centred",)
_NAMED = 3


def row_remarks(items: Sequence[Item]) -> list[str]:
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
    more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
    return ", ".join(named[:_NAMED]) + more
