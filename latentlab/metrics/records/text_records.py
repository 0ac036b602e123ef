"""Metrics of answers and references."""

from latentlab.metrics.records.metric_record import ROWS, Measure
from latentlab.metrics.text import reconstruction

OF_TEXTS: dict[str, Measure] = {
    "exact_match": Measure(reconstruction.exact_match, "text", "up", "[0, 1]", ROWS, label="exact match"),
    "length_accuracy": Measure(
        reconstruction.length_accuracy, "text", "up", "[0, 1]", ROWS, label="length accuracy"
    ),
    "token_accuracy": Measure(
        reconstruction.token_accuracy, "text", "up", "[0, 1]", ROWS, label="token accuracy"
    ),
    "ter": Measure(reconstruction.ter, "text", "down", "[0, inf)", ROWS, label="token error rate"),
    "bleu": Measure(reconstruction.bleu, "text", "up", "[0, 100]", ROWS),
    "chrf": Measure(reconstruction.chrf, "text", "up", "[0, 100]", ROWS),
}
