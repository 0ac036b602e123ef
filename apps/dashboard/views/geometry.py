"""Geometry: cosines, spectrum, rogue dimensions, layers; the posterior dimension by dimension."""

import streamlit as st
from parts import choice, show

from latentlab.analysis.anisotropy.layer_profiles import layer_profile
from latentlab.analysis.transformed import TRANSFORMS, transformed
from latentlab.figures import FIGURES, available
from latentlab.metrics.register import shown_in
from latentlab.results import Report

SHOWN = {
    "cosine_histogram": ("Cosines", "Histogram of cosines of pairs, beside that of an isotropic Gaussian"),
    "spectrum": ("Spectrum", "Eigenvalues of every cloud by rank, beside those of an isotropic Gaussian"),
    "rogue_dimensions": ("Rogue dimensions", "Share that each dimension has of the mean cosine"),
    "kl_per_dimension": ("KL per dimension", "KL of each dimension in nats, largest first"),
    "mean_against_noise": (
        "Var(μ) and σ²",
        "Variance of the mean against mean noise, dimension by dimension",
    ),
    "normal_quantiles": ("Normality", "Quantiles of the latents against those of a normal distribution"),
}

st.title("Geometry")
models = choice.models()
how = st.segmented_control(
    "Latents", TRANSFORMS, default="raw", key="how", bind="query-params", help="Before they are measured."
)


@st.cache_data(show_spinner="Measuring …", max_entries=16)
def transformed_report(
    names: tuple, fingerprints: tuple, n: int, seed: int, how: str, _models: list
) -> Report:
    """The latents centred or whitened."""
    with choice.LOCK:
        return transformed(_models, choice.texts(_models, n), how, seed=seed)


names, prints = tuple(m.name for m in models), tuple(m.fingerprint for m in models)
n, seed = choice.asked(), st.session_state.seed
if how in (None, "raw"):
    report = choice.measured(models)
else:
    report = transformed_report(names, prints, n, seed, how, models)
    st.caption("Mean and covariance are those of these sentences: whitened by them, any cloud is isotropic.")
items = report.results.items

rows, labels = [], shown_in("geometry")
for place, item in enumerate(items):
    for cloud, content in item.clouds.items():
        row = {
            "": f"{show.SIGNS[place]} {item.name}",
            "cloud": cloud,
            "n": content.n,
            "d": content.d,
        }
        row |= {label: show.number(content.metrics.get(key)) for key, label in labels.items()}
        rows.append(row)
st.dataframe(rows, hide_index=True, width="stretch")
st.caption(
    "± or [ ] is the 95 % interval over sentences (jackknife); a number without it has none. That of an "
    "intrinsic dimension is of sampling alone, and smooth clouds of 8 dimensions or more read too low."
)

drawable = [name for name in SHOWN if name in available(report)]
for tab, name in zip(st.tabs([SHOWN[name][0] for name in drawable]), drawable, strict=True):
    show.picture(FIGURES[name](report), SHOWN[name][1], tab)

st.subheader("Where the cone comes from")
st.caption("Every layer of the frozen encoder, on up to 500 of the sentences: about ten seconds.")
if st.button("Measure the layers", key="layers"):

    @st.cache_data(show_spinner="Measuring layers …", max_entries=4)
    def profile(names: tuple, prints: tuple, seed: int, _models: list) -> Report:
        """Layer by layer."""
        with choice.LOCK:
            return layer_profile(_models, choice.texts(_models, 500), seed=seed)

    show.picture(
        FIGURES["layer_profile"](profile(names, prints, seed, models)),
        "Mean cosine, IsoScore and effective rank of every encoder layer",
    )
show.reproduce("anisotropy", models, f"--n {n} --seed {seed} --out report")
