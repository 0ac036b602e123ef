"""Reports of earlier schemas as those of today: names of keys and commands changed, numbers did not."""

from typing import Any

_COMMANDS = {"channel": "noise"}
_ITEMS = {"way": "path_kind", "ways": "paths"}
_RESULTS = {"judge": "fluency_lm", "arms": "conditions"}
_ANYWHERE = {"measures": "metrics", "word": "verdict", "because": "reason", "remarks": "warnings"}
"""Of every object in the results."""


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """A whole document of schema 1 as one of schema 2; any other comes back as it is.

    >>> old = {"schema": 1, "command": "channel", "results": {"items": [{"way": "slerp"}]}}
    >>> upgraded(old)
    {'schema': 2, 'command': 'noise', 'results': {'items': [{'path_kind': 'slerp'}]}}
    """
    if document["schema"] != 1:
        return document
    results = _renamed(_renamed_below(document["results"]), _RESULTS)
    if "items" in results:
        results["items"] = [_renamed(item, _ITEMS) for item in results["items"]]
    command = _COMMANDS.get(document["command"], document["command"])
    return document | {"schema": 2, "command": command, "results": results}


def _renamed(found: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in found.items()}


def _renamed_below(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {_ANYWHERE.get(key, key): _renamed_below(value) for key, value in tree.items()}
    return [_renamed_below(value) for value in tree] if isinstance(tree, list) else tree
