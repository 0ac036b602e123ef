"""Reports that were made before: kept by what they are about, so that a page need not measure twice.

A report holds no time and no machine, so one key gives one report. What cannot be read is made again.
"""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from latentlab.errors import LatentlabError
from latentlab.files import atomic_write, cache_folder
from latentlab.results.report import SCHEMA, Report, versions


def kept(about: dict[str, Any], make: Callable[[], Report[Any]]) -> Report[Any]:
    """A report, read back where the same was asked before, made and kept otherwise.

    `about` is all that decides on it but the versions of the packages: fingerprints of weights and
    sentences, sizes, seed. A cache that cannot be written costs nothing but the time to make it again.
    """
    key = json.dumps({**about, "versions": versions(), "schema": SCHEMA}, sort_keys=True)
    path = cache_folder() / "reports" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"
    with suppress(LatentlabError):
        return Report.read(path)
    report = make()
    with suppress(LatentlabError):
        atomic_write(path, report.to_json())
    return report
