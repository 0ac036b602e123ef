"""Reports of earlier schemas as those of today: names of keys and commands changed, numbers did not."""

from typing import Any

_COMMANDS = {"channel": "noise"}
_ITEMS = {"way": "path_kind", "ways": "paths"}
_RESULTS = {"judge": "fluency_lm", "arms": "conditions"}
_ANYWHERE = {"measures": "metrics", "word": "verdict", "because": "reason", "remarks": "warnings"}
"""Of every object in the results."""
_NAMED = ("scores", "arms", "parts", "log")
"""Objects whose keys are names of kinds of pairs, conditions, parts of a corpus, logged numbers."""
_INPUTS = {"arms": "conditions", "judge": "fluency_lm"}
_OF_DIMS = ("curves", "kl_per_dim", "information_per_dim", "collapsed_dims")
"""Parts of a posterior that are no single numbers."""
_SENTENCES = {"corpus": "measured", "sentences": "measured", "task_corpus": "task", "train": "train"}


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """A whole document of schema 1 as one of schema 2; any other comes back as it is.

    >>> old = {"schema": 1, "command": "channel", "results": {"items": [{"way": "slerp"}]}}
    >>> old |= {"inputs": {}, "provenance": {}}
    >>> upgraded(old)["command"], upgraded(old)["results"]
    ('noise', {'items': [{'path_kind': 'slerp'}]})
    """
    if document["schema"] != 1:
        return document
    results = _renamed(_renamed_below(document["results"]), _RESULTS)
    if isinstance(results.get("items"), list):
        results["items"] = [_item(item) if isinstance(item, dict) else item for item in results["items"]]
    command = _COMMANDS.get(document["command"], document["command"])
    about = _provenance(document["provenance"])
    inputs = _renamed(document["inputs"], _INPUTS)
    new = {"schema": 2, "command": command, "inputs": inputs, "results": results, "provenance": about}
    return document | new


def _renamed(found: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in found.items()}


def _renamed_below(tree: Any, *, names: bool = False) -> Any:
    """With `names`, the keys of this object are names that somebody gave: they stay."""
    if isinstance(tree, dict):
        return {
            key if names else _ANYWHERE.get(key, key): _renamed_below(
                value, names=not names and key in _NAMED
            )
            for key, value in tree.items()
        }
    return [_renamed_below(value) for value in tree] if isinstance(tree, list) else tree


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    item = _renamed(item, _ITEMS)
    posterior = item.get("posterior")
    if isinstance(posterior, dict) and "kl_per_dim" in posterior:
        metrics = {key: value for key, value in posterior.items() if key not in _OF_DIMS}
        rest = {key: value for key, value in posterior.items() if key in _OF_DIMS}
        item["posterior"] = {"metrics": metrics, **rest}
    return item


def _provenance(about: dict[str, Any]) -> dict[str, Any]:
    checkpoints, encoders = (_object(about.get(key)) for key in ("checkpoints", "encoders"))
    sentences: dict[str, Any] = {}
    for key, what in _SENTENCES.items():
        if key in about:
            sentences |= about[key] if isinstance(about[key], dict) else {what: about[key]}
    return {
        "checkpoints": {
            name: {
                **(found if isinstance(found, dict) else {"fingerprint": found, "step": None}),
                "encoder": encoders.get(name, []),
            }
            for name, found in checkpoints.items()
        },
        "sentences": sentences,
        **{key: about[key] for key in ("vectors", "seed", "shards", "versions") if key in about},
    }
