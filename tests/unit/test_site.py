"""The sources of the documentation site: every public name, every command, every metric has its place."""

import latentlab
from latentlab import COMMANDS
from latentlab.metrics import METRICS
from scripts import help_pages, site


def test_every_public_name_is_in_the_interface_page():
    page = site.api()
    named = [line.rpartition(".")[2] for line in page.splitlines() if line.startswith(":::")]
    assert named == [name for name in latentlab.__all__ if not name.startswith("__")]


def test_every_command_has_its_help():
    pages = site.commands()
    assert list(pages) == [f"help/{name}.md" for name in COMMANDS]
    listed = help_pages.on_config({"nav": [{"Commands": []}]})["nav"][0]["Commands"]
    assert listed == [{name: f"help/{name}.md"} for name in COMMANDS]
    for name in COMMANDS:
        assert f"Usage: latentlab {name}" in pages[f"help/{name}.md"]


def test_every_metric_is_in_the_metrics_page():
    page = site.metrics()
    for key, metric in METRICS.items():
        assert f"\n### {metric.function.__name__}\n\n`{metric.function.__module__}`\n" in page, key
    assert ".. math" not in page
    assert "\n```python\n>>> mean_cosine(np.eye(2)).value\n0.0\n```\n" in page
    assert r"```tex" "\n" r"U = \frac{" in page


def test_links_of_the_root_are_those_of_the_site():
    page = "[a](docs/a.md) ![b](docs/images/b.png) [cite](CITATION.cff) [out](https://x.org/LICENSE)"
    assert site._moved(page) == "[a](a.md) ![b](images/b.png) cite [out](https://x.org/LICENSE)"
