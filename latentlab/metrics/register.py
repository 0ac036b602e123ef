"""Every metric by its key in a report, with what is claimed about it.

The claims are tested: declared invariances hold, the others fail, and the limit is reached on a large
isotropic Gaussian. `function` takes vectors (n, d), or the means and log variances of a posterior, or answers
and references, as its family says.
"""

from latentlab.metrics.records.cloud_records import OF_CLOUDS
from latentlab.metrics.records.metric_record import Measure, Place
from latentlab.metrics.records.posterior_records import OF_POSTERIORS
from latentlab.metrics.records.text_records import OF_TEXTS

METRICS: dict[str, Measure] = {**OF_CLOUDS, **OF_POSTERIORS, **OF_TEXTS}

CLOUD_METRICS = tuple(key for key, m in METRICS.items() if m.family not in ("posterior", "text"))
"""Keys of the metrics that take vectors."""


def shown_in(place: Place) -> dict[str, str]:
    """Keys and names of the metrics that a place shows, in the order of the register.

    >>> list(shown_in("layers"))[:2]
    ['mean_cosine', 'mean_energy_ratio']
    """
    return {key: metric.name(key) for key, metric in METRICS.items() if place in metric.shown}
