"""The lock files say what constraints.txt and pyproject.toml say; the audit sees what it is there to see."""

import json
import re
import tomllib
from email.message import Message
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import audit, lock

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ("requirements.lock", "tools.lock", "docs.lock", "notebooks.lock")
GROUPS = (*lock.GROUPS, "notebooks")
REVIEWED = tomllib.loads(audit.REVIEWED.read_text())


def locked(name: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes by name."""
    found = {}
    text = (ROOT / name).read_text().replace("\\\n", "")
    for line in text.splitlines():
        if not line.startswith("#"):
            first, _, marker = line.partition(" --hash=")[0].partition(";")
            assert not marker or Marker(marker)
            package, version = first.strip().split("==")
            hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}(?=\s|$)", line)
            assert len(hashes) == line.count("--hash"), f"{package} has another digest"
            assert package not in found, f"{package} is locked twice"
            found[package] = version, len(hashes)
    return found


def pinned() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def test_the_lock_has_the_pins_and_no_other_version():
    found = {name: version for name, (version, _) in locked("requirements.lock").items()}
    assert found == {name: version for name, version in pinned().items() if name != "torch"}


def test_notebooks_run_with_the_pins():
    found = {name: version for name, (version, _) in locked("notebooks.lock").items()}
    assert {name: pinned()[name] for name in found if name in pinned()}.items() <= found.items()


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash(name):
    assert [package for package, (_, hashes) in locked(name).items() if not hashes] == []


def test_what_the_project_asks_for_is_locked_in_a_version_that_will_do():
    groups, extras = PROJECT["dependency-groups"], PROJECT["project"]["optional-dependencies"]
    wanted = [*PROJECT["project"]["dependencies"], *groups["build"], *PROJECT["build-system"]["requires"]]
    wanted += [one for extra in lock.EXTRAS for one in extras[extra]]
    assert extras.keys() - set(lock.EXTRAS) == {"hf"}
    by_file = {"requirements.lock": wanted} | {f"{name}.lock": groups[name] for name in GROUPS}
    for file, asked in by_file.items():
        found = {name: version for name, (version, _) in locked(file).items()}
        for requirement in map(Requirement, asked):
            name = canonicalize_name(requirement.name)
            version = pinned()["torch"] if name == "torch" else found[name]
            assert requirement.specifier.contains(version, prereleases=True), requirement


def test_no_file_of_the_set_up_names_a_registry():
    for name in (
        "requirements.lock",
        "tools.lock",
        "docs.lock",
        "notebooks.lock",
        "constraints.txt",
        "pyproject.toml",
        "Makefile",
    ):
        text = (ROOT / name).read_text()
        assert "://" not in text, name
        assert "index-url" not in text, name


def test_what_torch_brings_is_left_out_and_its_namesakes_are_not():
    text = "".join(
        f"{name}==1 \\\n    --hash=sha256:0\n"
        for name in ("torch", "nvidia-nccl-cu13", "cuda-toolkit", "triton", "torchmetrics", "cudaless")
    )
    text += "odd==1 ; sys_platform == 'emscripten' \\\n    --hash=sha256:0\n"
    text += "even==1 ; sys_platform != 'emscripten' \\\n    --hash=sha256:0\n"
    assert re.findall(r"^(\w+)==", lock.without_torch(text), re.MULTILINE) == [
        "torchmetrics",
        "cudaless",
        "even",
    ]


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "GPL")], "MIT"),
        (
            [("Classifier", "License :: OSI Approved :: MIT License"), ("Classifier", "Topic :: Text")],
            "MIT License",
        ),
        ([("Classifier", "License :: OSI Approved"), ("License", "BSD\nand a page of text")], "BSD"),
        ([("License", "  ")], "unknown"),
        ([], "unknown"),
    ],
)
def test_where_a_licence_is_read(headers, licence):
    metadata = Message()
    for name, value in headers:
        metadata[name] = value
    assert audit.licence_of(metadata) == licence


def test_a_licence_that_nobody_looked_at_is_a_fault():
    reviewed = {"known": {"licence": "MPL-2.0", "reason": "…"}, "vendor-*": {"licence": "Own", "reason": "…"}}
    found = {"free": "MIT AND Apache-2.0", "known": "MPL-2.0", "vendor-blas": "Own"}
    assert audit.licence_faults(found, reviewed) == []
    found = {"known": "AGPL-3.0-only", "free": "unknown", "vendor-blas": "MIT AND (GPL-2.0 OR MIT)"}
    assert audit.licence_faults(found, reviewed) == [
        "free: unknown",
        "known: AGPL-3.0-only; reviewed was MPL-2.0",
        "vendor-blas: MIT AND (GPL-2.0 OR MIT); reviewed was Own",
    ]


def test_every_reviewed_licence_has_a_reason_and_a_package():
    names = {name for name in REVIEWED["licences"] if "*" not in name}
    assert names - locked("requirements.lock").keys() == set()
    for entry in REVIEWED["licences"].values():
        assert entry.keys() == {"licence", "reason"}
        assert not audit.is_permissive(entry["licence"])
        assert len(entry["reason"]) > 20


ANSWER = {
    "dependencies": [
        {"name": "fine", "version": "1", "vulns": []},
        {
            "name": "holed",
            "version": "2",
            "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["3"]}],
        },
        {"name": "ours", "skip_reason": "not found"},
    ]
}


@pytest.fixture
def pip_audit(tmp_path):
    """A program in its place, which prints what it is told to and ends as told."""

    def made(stdout: str, stderr: str = "", code: int = 0) -> str:
        (tmp_path / "out").write_text(stdout)
        (tmp_path / "err").write_text(stderr)
        path = tmp_path / "pip-audit"
        path.write_text(f"#!/bin/sh\ncat {tmp_path}/out; cat {tmp_path}/err >&2; exit {code}\n")
        path.chmod(0o755)
        return str(path)

    return made


def test_a_known_vulnerability_is_a_fault_until_it_was_accepted(pip_audit, capsys):
    program = pip_audit(json.dumps(ANSWER), code=1)
    assert audit.asked(program, {"holed": "2"}, {}) == ["holed 2: PYSEC-1, mended in ['3']"]
    assert audit.asked(program, {"holed": "2"}, {"CVE-1": "not reached"}) == []
    assert "vulnerabilities: 1 in 2 packages; not in the database: ['ours']" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("stdout", "stderr"),
    [
        ("", "Traceback …\nrequests.exceptions.ConnectionError: no such host"),
        ('{"dependencies": [{"name": "ours", "skip_reason": "not found"}]}', ""),
    ],
)
def test_a_database_that_is_not_reached_is_said_and_no_fault(pip_audit, capsys, stdout, stderr):
    assert audit.asked(pip_audit(stdout, stderr, 1), {"fine": "1"}, {}) == []
    assert "vulnerabilities: skipped" in capsys.readouterr().out


def test_a_pip_audit_that_fails_otherwise_is_a_fault(pip_audit):
    program = pip_audit("", "usage: pip-audit\nno such option", 2)
    assert audit.asked(program, {"fine": "1"}, {}) == ["pip-audit failed: no such option"]
