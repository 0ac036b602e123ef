"""Overview: what A and B are, the verdict for each axis with its numbers, collapse gate first."""

import streamlit as st
from parts import choice, show

from latentlab.metrics.register import METRICS, shown_in
from latentlab.metrics.verdicts.gate import SILENT

CLOUDS = {"pooled": "pooled, the frozen encoder", "mu": "μ, the latent point", "z": "z, a posterior sample"}
CHANGES = {"gate": "collapse gate", "anisotropy": "anisotropy of μ", "anisotropy_z": "anisotropy of z"}
AXES = {"cone": "Cone", "anisotropy": "Anisotropy", "rogue": "Rogue dimensions", "noise": "Noise"}
# The number that stands beside an axis.
NUMBERS = {
    "cone": "mean_cosine",
    "anisotropy": "isoscore_debiased",
    "rogue": "variance_share_top1",
    "noise": "isoscore_debiased_z",
}
ANSWERS = {
    "cone gone": "Is the cone gone?",
    "centring": "Would centring have done the same?",
    "covariance": "Is the covariance rounder, in μ and not only in z?",
    "cost": "At what cost?",
    "decoder": "Does the decoder use z?",
    "control": "Is the control with β = 0 as good?",
}

st.title("Is this latent space a cone?")
models = choice.models()
report = choice.measured(models)
items = report.results.items
st.caption(f"{report.inputs['n']} sentences of {report.inputs['corpus']}; ± or [ ] is the 95 % interval.")

for place, (column, model, item) in enumerate(zip(st.columns(len(models)), models, items, strict=True)):
    with column.container(border=True):
        st.subheader(show.title(place, model), divider="green" if place == 0 else "violet")
        kind = "variational head" if model.kind == "vib" else "deterministic head"
        st.caption(f"{kind}, d = {item.primary.d}, layout {model.layout}, step {item.step}")
        st.markdown(f"**Collapse gate** {show.badge(item.gate.verdict)}")
        if item.gate.verdict in SILENT:
            st.warning(f"{item.gate.reason}. It may look perfectly isotropic: read nothing below.")
        for axis, label in AXES.items():
            if axis in item.verdict:
                found = item.verdict[axis]
                value = show.number(found.numbers.get(NUMBERS[axis]))
                st.markdown(f"**{label}** {show.badge(found.verdict)} {value}")
                st.caption(found.reason)
        if item.posterior:
            posterior = item.posterior.metrics
            left, right = st.columns(2)
            left.metric("KL, nats a sentence", show.number(posterior["kl_total"], 1))
            dims = posterior["information_dims_95"].value
            counted = "–" if dims is None else f"{dims:.0f} of {item.primary.d}"
            right.metric("95 % of the information in", counted)

st.subheader("Numbers")
rows = []
for cloud, label in CLOUDS.items():
    for key, name in shown_in("overview").items():
        digits = 1 if METRICS[key].counts_dimensions else 3
        row = {"cloud": label, "metric": name} | dict.fromkeys("AB"[: len(items)], "–")
        for place, item in enumerate(items):
            there = item.clouds.get(cloud)
            row["AB"[place]] = show.number(there.metrics[key], digits) if there else "–"
            if there:
                row["isotropic"] = show.number(there.reference.get(key), digits)
        if any(row["AB"[place]] != "–" for place in range(len(items))):
            rows.append(row)
st.dataframe(rows, hide_index=True, width="stretch", height=36 * (len(rows) + 1))
st.caption("isotropic: a Gaussian of the same n and d.")
if len({model.fingerprint for model in models}) < len(models):
    st.info("A and B have the same weights: there is nothing to compare.", icon=":material/content_copy:")
elif len(models) == 2:
    entry = choice.compared(models).results
    change = entry.comparisons[0]
    st.subheader("What changed from A to B")
    words = (f"{CHANGES.get(axis, axis)} {show.badge(found.verdict)}" for axis, found in change.axes.items())
    st.markdown("  ".join(words))
    for key in ("mean_cosine", "isoscore_debiased"):
        st.markdown(f"{METRICS[key].name(key)} of μ: B − A = {show.number(change.metrics[key].delta)}")
    for question, answer in change.answers.items():
        st.markdown(f"{ANSWERS[question]} {show.badge(answer.verdict)}")
        st.caption(answer.reason)
    st.markdown(f"**The claim that B's bottleneck cured anisotropy** {show.badge(change.claim.verdict)}")
    st.caption(f"{change.claim.reason}. {entry.says}")

from latentlab.figures import anisotropy_overview  # noqa: E402  here: the numbers are there before matplotlib

show.picture(
    anisotropy_overview(report),
    "Mean cosine and IsoScore of every cloud with 95 % intervals, beside an isotropic Gaussian",
)
st.subheader("Next")
for column, (view, label) in zip(
    st.columns(3),
    (
        ("interpolate", "Walk between two sentences"),
        ("geometry", "See the clouds"),
        ("export", "Take it along"),
    ),
    strict=True,
):
    column.page_link(f"views/{view}.py", label=label, icon=":material/arrow_forward:")
show.reproduce("anisotropy", models, f"--n {choice.asked()}", f"--seed {st.session_state.seed}")
