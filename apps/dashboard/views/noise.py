"""Latents through noise. What is still decoded, and where the cloud of one sentence lies."""

import numpy as np
import streamlit as st
from parts import charts, choice, sentences, show

from latentlab.analysis.loading import filter_by_length
from latentlab.analysis.noise.noise_report import measure_noise
from latentlab.analysis.noise.noise_robustness import Sweep, noises, send, signal_of
from latentlab.analysis.plane import Plane
from latentlab.metrics.statistics.intervals import interval
from latentlab.metrics.text.noise_curves import noise_deviation
from latentlab.results import Report

HEARD, CURVE, CLOUD = 12, 40, 64
SWEEP = Sweep(low=-10.0, high=20.0, step=5.0, seeds=1)

st.title("Through noise")
st.caption(
    "z + n: the power of the noise is set against the variance of the cloud, so that all heads are on one "
    "scale."
)
models = choice.models()
# Names are in the report, too: another checkpoint may have come to bear the name.
prints = tuple(f"{model.name} {model.fingerprint}" for model in models)


@st.cache_data(show_spinner="Measuring the curve, once: some twenty seconds …", max_entries=8)
def curve(prints: tuple[str, ...], _models: list) -> Report:
    """The waterfall of both."""
    with choice.LOCK:
        held_out = sentences.part("test")
        kept, _ = filter_by_length(_models, held_out.sample(min(CURVE, len(held_out)), 0).texts)
        return measure_noise(_models, kept, SWEEP, inputs={"corpus": sentences.corpus().name})


@st.cache_resource(show_spinner="Encoding …", max_entries=8)
def cloud_of(fingerprint: str, _model: object, _models: list) -> Plane:
    """Sentences behind the noise."""
    with choice.LOCK:
        return Plane.of(_model, choice.texts(_models, 500))


report = curve(prints, models)
items = report.results.items


@st.fragment
def at_one_snr() -> None:
    """Dragging the slider decodes a dozen sentences a checkpoint, and nothing else."""
    snr = st.slider("SNR, dB", -10.0, 30.0, 5.0, 2.5, key="snr", bind="query-params")
    lines, bands = [], {}
    for place, item in enumerate(items):
        xs = [point.snr_db for point in item.points]
        lines.append((place, item.name, xs, [point.ter.value for point in item.points]))
        spans = [interval(point.ter) for point in item.points]
        if all(spans):
            bands[place] = [s[0] for s in spans], [s[1] for s in spans]
    st.plotly_chart(
        charts.curves(lines, x="SNR, dB", y="token error rate", at=snr, bands=bands, height=300),
        key="waterfall",
        alt="Token error rate against SNR with 95 % bands, for both checkpoints",
    )
    for place, (column, model) in enumerate(zip(st.columns(len(models)), models, strict=True)):
        cloud = cloud_of(model.fingerprint, model, models)
        with choice.LOCK:
            signal = signal_of(model, cloud.texts[:HEARD])
            texts = send(model, signal, snr, seed=st.session_state.seed)
        deviation = noise_deviation(signal.power, signal.z.shape[1], snr)
        noisy = signal.z[0] + deviation * noises(CLOUD, signal.z.shape[1], seeds=1, seed=0)[0]
        column.markdown(f"**{show.title(place, model)}**")
        half = items[place].half_error.snr
        column.caption(f"errors are halfway from none to chance at {show.number(half, 1)} dB")
        column.plotly_chart(
            charts.plane(
                np.concatenate([cloud.place(cloud.z), cloud.place(noisy)]),
                {
                    "sentences": np.arange(len(cloud.z)),
                    f"“{cloud.texts[0][:30]}” with noise": len(cloud.z) + np.arange(CLOUD),
                },
                typed=cloud.place(signal.z[:1]),
                stars="as it is sent",
                place=place,
                height=340,
            ),
            key=f"noise{place}",
            alt=f"The cloud of one sentence with noise among others, in {model.name}",
        )
        right = sum(got == sent for got, sent in zip(texts, signal.texts, strict=True))
        column.caption(f"{right} of {HEARD} come back word for word")
        lines_of = [
            f"- {'✓ ' if got == sent else ''}{show.marked(sent, got)}"
            for sent, got in zip(signal.texts, texts, strict=True)
        ]
        column.markdown("\n".join(lines_of))


at_one_snr()
swept = f"--low {SWEEP.low:g} --high {SWEEP.high:g} --step {SWEEP.step:g} --seeds {SWEEP.seeds}"
show.reproduce("noise", models, f"--n {min(CURVE, len(sentences.part('test')))} {swept}")
