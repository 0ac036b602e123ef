"""Known vulnerabilities and licences of what is installed. `make audit` runs it; exit code 1 is a finding.

Vulnerabilities are asked of pip-audit. Where its database is not reached that part is skipped, and says so.
A licence is read from a package's own metadata: a permissive one is fine, any other has to be in
reviewed.toml with the very text that was reviewed.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable
from email.message import Message
from fnmatch import fnmatch
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, cast

REVIEWED = Path(__file__).with_name("reviewed.toml")
PERMISSIVE = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CNRI-Python", "HPND"),
    *("ISC", "MIT", "MIT-CMU", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib", "BSD", "BSD License"),
    *("Apache-2.0 WITH LLVM-exception", "Apache Software License", "Apache 2.0 License"),
    *("Apache License 2.0", "3-Clause BSD License", "ISC License (ISCL)", "MIT License"),
    "Python Software Foundation License",
}
"""As SPDX, classifiers and free text have it."""
_UNREACHED = ("ConnectionError", "ConnectionFailed", "ServiceError", "Timeout", "Max retries")
Reviewed = dict[str, dict[str, str]]


def licence_of(metadata: Message) -> str:
    """An SPDX expression, else the classifiers, else the first line of the free text, else `unknown`."""
    if written := metadata.get("License-Expression"):
        return str(written)
    found = [name.split(" :: ")[-1] for name in metadata.get_all("Classifier") or [] if "License ::" in name]
    found = [name for name in found if name not in ("OSI Approved", "DFSG approved")]
    text = (metadata.get("License") or "").strip()
    return " AND ".join(found) or text.split("\n")[0][:80] or "unknown"


def is_permissive(licence: str) -> bool:
    """Whether all parts of it are, or those of one choice; one in brackets is for a person to read.

    >>> is_permissive("MIT AND PSF-2.0"), is_permissive("GPL-2.0-only OR MIT"), is_permissive("MPL-2.0")
    (True, True, False)
    """
    ways = licence.split(" OR ")
    return any(all(part in PERMISSIVE for part in way.split(" AND ")) for way in ways)


def licence_faults(found: dict[str, str], reviewed: Reviewed) -> list[str]:
    """A line for each package whose licence is neither permissive nor the reviewed one."""
    faults = []
    for name, licence in sorted(found.items()):
        entries = [entry for pattern, entry in reviewed.items() if fnmatch(name, pattern)]
        if not is_permissive(licence) and licence not in [entry["licence"] for entry in entries]:
            was = "; reviewed was " + entries[0]["licence"] if entries else ""
            faults.append(f"{name}: {licence}{was}")
    return faults


def vulnerability_faults(answer: str, accepted: Iterable[str]) -> tuple[list[str], list[str], int]:
    """Lines of what is vulnerable, names that the database does not know, and how many it does."""
    report: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    known = [entry for entry in report if "skip_reason" not in entry]
    faults = [
        f"{entry['name']} {entry['version']}: {hole['id']}, mended in {hole['fix_versions'] or 'none'}"
        for entry in known
        for hole in entry["vulns"]
        if not {hole["id"], *hole.get("aliases", [])} & set(accepted)
    ]
    return faults, [entry["name"] for entry in report if "skip_reason" in entry], len(known)


def asked(pip_audit: str, versions: dict[str, str], accepted: dict[str, str]) -> list[str]:
    """What pip-audit says of those versions; none where its database cannot be reached, which is said."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text("".join(f"{name}=={version}\n" for name, version in sorted(versions.items())))
        command = [pip_audit, "--format=json", "--no-deps", "--disable-pip", f"--requirement={wanted}"]
        done = subprocess.run(command, capture_output=True, text=True)
    if not done.stdout.lstrip().startswith("{"):
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        if any(word in done.stderr for word in _UNREACHED):
            print(f"vulnerabilities: skipped, the database cannot be reached ({said[:120]})")
            return []
        return [f"pip-audit failed: {said}"]
    faults, unknown, known = vulnerability_faults(done.stdout, accepted)
    if not known:
        print("vulnerabilities: skipped, the database answers for none of these packages")
        return []
    print(f"vulnerabilities: {len(faults)} in {known} packages; not in the database: {unknown}")
    return faults


def main(pip_audit: str) -> int:
    """Print what was found; 1 where there is a fault."""
    packages = {
        re.sub(r"[-_.]+", "-", found.metadata["Name"]).lower(): found
        for found in distributions()
        if found.metadata["Name"] != "latentlab"
    }
    reviewed = tomllib.loads(REVIEWED.read_text("utf-8"))
    versions = {name: found.version.partition("+")[0] for name, found in packages.items()}
    licences = {name: licence_of(cast(Message, found.metadata)) for name, found in packages.items()}
    faults = asked(pip_audit, versions, reviewed["vulnerabilities"])
    not_fine = licence_faults(licences, reviewed["licences"])
    free = sum(map(is_permissive, licences.values()))
    print(f"licences: {len(licences)} packages, {free} permissive, {len(licences) - free} to be reviewed")
    for name, licence in sorted(licences.items()):
        if not is_permissive(licence):
            print(f"  {name}: {licence}")
    for fault in (*faults, *not_fine):
        print(f"not fine: {fault}", file=sys.stderr)
    return int(bool(faults or not_fine))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
