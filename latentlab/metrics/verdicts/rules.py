"""Every word that a verdict can have, with the rule that gives it: one table.

What the code says of a word (`because`) and what the documentation prints come from here; what the rules
compare with is in `thresholds`.
"""

from dataclasses import dataclass

from latentlab.metrics.verdicts.thresholds import (
    ANISOTROPY_BELOW,
    CONE_FROM,
    FEW_DIMS,
    FEWEST_ROWS,
    GAP_FROM,
    LOST_BELOW,
    MARGIN,
    MIN_NATS,
    POINT_SHARE,
    ROGUE_SHARE,
    ROGUE_TIMES,
    TABLE_BELOW,
    UNDERTRAINED_FROM,
    short,
)


@dataclass(frozen=True)
class Rule:
    """When an axis has a word."""

    axis: str
    verdict: str
    when: str


def _grades(axis: str, of: str, cuts: tuple[float, ...], *, above: bool) -> list[Rule]:
    one, two, three = (short(cut) for cut in cuts)
    less, more = ("below", "above") if above else ("above", "below")
    between = f"the 95 % interval of {of} lies between"
    return [
        Rule(axis, "NONE", f"the 95 % interval of {of} lies {less} {one}"),
        Rule(axis, "NONE TO SLIGHT", f"it holds {one}"),
        Rule(axis, "SLIGHT", f"{between} {one} and {two}"),
        Rule(axis, "SLIGHT TO MODERATE", f"it holds {two}"),
        Rule(axis, "MODERATE", f"{between} {two} and {three}"),
        Rule(axis, "MODERATE TO STRONG", f"it holds {three}"),
        Rule(axis, "STRONG", f"it lies {more} {three}"),
        Rule(axis, "INCONCLUSIVE", "it holds more than one threshold"),
        Rule(axis, "UNDEFINED", "there is no value or no interval"),
    ]


NO_CONE, NO_CONTROL = ", NO CONE BEFORE", ", NO CONTROL"
"""What is put to a claim of support that shows less than the word alone."""
_WITHOUT = {
    "": "",
    NO_CONTROL: "no control to compare with: a baseline whitened by hand would get it too",
    NO_CONE: "there was NO CONE BEFORE, so none was cured",
    NO_CONE + NO_CONTROL: "there was NO CONE BEFORE, and no control",
}


def _supported() -> list[Rule]:
    """Support at each cost, in full and with what it lacks."""
    bases = {
        "SUPPORTED": "ROUNDER, the cone GONE, at NO COST or BETTER, and the beta = 0 control is NOT AS GOOD",
        "SUPPORTED AT A COST": "as SUPPORTED, but it COSTS",
        "SUPPORTED IN GEOMETRY": "as SUPPORTED, the cost NOT MEASURED and B's gate not LOW "
        "INFORMATION: random codes would get it too",
    }
    return [
        Rule("claim", base + less, f"as {base}, but {lacks}" if less else when)
        for base, when in bases.items()
        for less, lacks in _WITHOUT.items()
    ]


_M = f"the margin ({short(MARGIN)} unless --margin says another)"
_NATS, _POINT = short(MIN_NATS), short(POINT_SHARE)
_FEW = f"{FEW_DIMS:.0%}".replace("%", " %")
_HALF, _BAD, _GAP = short(TABLE_BELOW), short(UNDERTRAINED_FROM), short(GAP_FROM)
_LIKE = "mu of A plus white noise of B's signal-to-noise ratio"

GATE = (
    Rule("gate", "TOO FEW ROWS", f"there are fewer than {FEWEST_ROWS}: nothing is told apart"),
    Rule("gate", "COLLAPSED", f"the KL is below {_NATS} nat: the posterior is the prior"),
    Rule(
        "gate",
        "NO INFORMATION",
        f"the KL is {_NATS} nat or more, but the bound on the information is below {_NATS} nat, or one "
        "of them is not finite: not the prior, and silent about the input",
    ),
    Rule(
        "gate",
        "FEW ACTIVE UNITS",
        f"there is information, and its effective number of dimensions, (sum I)^2 / sum I^2, is below {_FEW} "
        "of the width; the geometry is judged",
    ),
    Rule(
        "gate",
        "LOW INFORMATION",
        "it is spread wider, but less than ln n nats, which it takes to tell the n rows (or groups) apart, "
        "as where each dimension holds the floor of free bits; the geometry is judged",
    ),
    Rule("gate", "PASSED", f"KL is {_NATS} nat or more, and information ln n nats or more"),
    Rule("gate", "NOT APPLICABLE", "there is no posterior"),
)
SPACE = (
    *_grades("cone", "the mean cosine", CONE_FROM, above=True),
    *_grades("anisotropy", "the debiased IsoScore", ANISOTROPY_BELOW, above=False),
    Rule(
        "rogue",
        "ROGUE IN COSINE",
        f"there is a cone (mean cosine above {short(CONE_FROM[0])}), and the jackknife range of one "
        f"coordinate's share of it lies above {short(ROGUE_SHARE)} and above what a random direction reaches "
        "once in a hundred times",
    ),
    Rule(
        "rogue",
        "ROGUE IN VARIANCE",
        f"the jackknife range of one coordinate's share of the variance lies above {short(ROGUE_SHARE)} and "
        f"{ROGUE_TIMES}/d",
    ),
    Rule("rogue", "ROGUE IN BOTH", "both"),
    Rule("rogue", "NONE", "the jackknife ranges of what counts lie below"),
    Rule("rogue", "INCONCLUSIVE", "a jackknife range holds its threshold, and none lies above"),
    Rule("rogue", "NOT APPLICABLE", f"{ROGUE_TIMES} dimensions or fewer"),
    Rule("rogue", "UNDEFINED", "there is no value or no jackknife range"),
    Rule("noise", "NONE", f"IsoScore of z is not above that of mu by more than {short(MARGIN)}"),
    Rule(
        "noise",
        "AS WHITE NOISE",
        "z is rounder than mu, and no rounder than white noise of its power makes mu",
    ),
    Rule("noise", "SHAPED NOISE", "z is rounder than that too: the noise fills the narrow directions"),
    Rule("noise", "INCONCLUSIVE", "an interval leaves it open"),
    Rule("noise", "UNDEFINED", "there is no value or no interval"),
)


def _changes(axis: str, of: str, mixed: str, *, opposite: bool = False) -> list[Rule]:
    """Words of a change in something that rises and falls with the axis, or against it."""
    below, above = ("INCREASED", "REDUCED") if opposite else ("REDUCED", "INCREASED")
    falls, rises = (f"{of} falls: ", f"{of} rises: ") if opposite else ("", "")
    return [
        Rule(axis, "MIXED", mixed),
        Rule(axis, below, f"{falls}the interval of B − A is below 0 and the change larger than {_M}"),
        Rule(axis, above, f"{rises}the interval of B − A is above 0 and the change larger than {_M}"),
        Rule(axis, "UNCHANGED", f"the interval of B − A is inside {_M}"),
        Rule(
            axis,
            "INCONCLUSIVE",
            "the interval is not inside the margin, and no change larger than the margin is shown",
        ),
        Rule(axis, "UNDEFINED", "there is no value or no interval"),
    ]


OF_ANISOTROPY = "change of anisotropy"
CHANGES = (
    *_changes("change", "", "two metrics of the axis change in opposite directions"),
    Rule("change", "NOT APPLICABLE", "the widths differ, or there is nothing to share"),
    *_changes(
        OF_ANISOTROPY, "IsoScore", "IsoScore and effective rank change in opposite directions", opposite=True
    ),
)
ANSWERS = (
    Rule("cone gone", "GREW", "the mean cosine is INCREASED"),
    Rule("cone gone", "NO CONE BEFORE", "the cone of A is NONE"),
    Rule("cone gone", "GONE", "the mean cosine is REDUCED, from a cone in A to NONE in B"),
    Rule("cone gone", "REDUCED", "the mean cosine is REDUCED, and B is not shown to have no cone"),
    Rule(
        "cone gone",
        "STILL THERE",
        "the mean cosine is UNCHANGED, A has a cone, and B is not shown to be below the first threshold",
    ),
    Rule(
        "cone gone",
        "INCONCLUSIVE",
        "it is open whether A has a cone, or what changed, or B falls below the first threshold by less than "
        "the margin",
    ),
    Rule("centring", "NOT APPLICABLE", "A has no cone"),
    Rule(
        "centring",
        "NO",
        "the centred baseline is above B in mean cosine by more than the margin (by value)",
    ),
    Rule("centring", "FOR THE CONE ONLY", "centring takes the cone as well, and mu of B is rounder besides"),
    Rule("centring", "YES", "centring takes the cone as well, and mu of B is not rounder"),
    Rule("centring", "INCONCLUSIVE", "an interval leaves it open"),
    Rule("covariance", "MIXED", "IsoScore and effective rank of mu change in opposite directions"),
    Rule("covariance", "ROUNDER", "IsoScore of mu rises, at equal width too where the widths differ"),
    Rule(
        "covariance",
        "ROUNDER IN Z ONLY",
        f"IsoScore of mu does not change, or falls, at equal width where the widths differ, and z is rounder "
        f"than {_LIKE}",
    ),
    Rule("covariance", "LESS ROUND", "IsoScore of mu falls; at equal width where the widths differ"),
    Rule(
        "covariance", "NOT ROUNDER", "IsoScore of mu does not change; at equal width where the widths differ"
    ),
    Rule(
        "covariance",
        "INCONCLUSIVE",
        "an interval leaves it open, or mu is rounder on as many principal axes, and not at its own width",
    ),
    Rule("cost", "NOT MEASURED", "no reconstruction was asked for (--task)"),
    Rule("cost", "LOST", f"less than {short(LOST_BELOW)} of A's exact match is left"),
    Rule("cost", "COSTS", "exact match is REDUCED"),
    Rule("cost", "NO COST", "exact match is UNCHANGED"),
    Rule("cost", "BETTER", "exact match is INCREASED"),
    Rule("cost", "INCONCLUSIVE", "an interval leaves it open, or A has less exact match than the margin"),
    Rule("decoder", "USES Z", f"own less another's sentence: surely above 0, and more than {_M} of words"),
    Rule("decoder", "DECODER IGNORES Z", "that difference is inside the margin"),
    Rule("decoder", "INCONCLUSIVE", "an interval leaves it open"),
    Rule("decoder", "UNDEFINED", "there is no value or no interval"),
    Rule("control", "NOT COMPARED", "no control with beta = 0 of this width that carries information"),
    Rule(
        "control",
        "AS GOOD",
        "the control is as low in mean cosine and as round in mu as B, within the margin",
    ),
    Rule("control", "NOT AS GOOD", "it is not"),
    Rule("control", "INCONCLUSIVE", "an interval leaves it open"),
)
CLAIM = (
    Rule("claim", "COLLAPSED", "the gate of B is COLLAPSED"),
    Rule("claim", "NO INFORMATION", "the gate of B is NO INFORMATION"),
    Rule(
        "claim",
        "NOT APPLICABLE",
        "B has no posterior, or too few rows, or A's says nothing, or A has neither cone nor anisotropy "
        "(both NONE)",
    ),
    Rule("claim", "NOISE-INDUCED", "the covariance is ROUNDER IN Z ONLY"),
    Rule(
        "claim",
        "NOT SUPPORTED",
        "the covariance is LESS ROUND or MIXED, the cone GREW, neither changed, the reconstruction is LOST, "
        "or the decoder ignores z",
    ),
    Rule("claim", "MEAN-SHIFT ONLY", "the cone is GONE or REDUCED, and the covariance NOT ROUNDER"),
    Rule(
        "claim",
        "NOT THE BOTTLENECK",
        f"ROUNDER, but the beta = 0 control is AS GOOD, or B's signal share is above {_POINT}: hardly noise",
    ),
    Rule("claim", "COVARIANCE ONLY", "ROUNDER, and the cone STILL THERE"),
    Rule("claim", "PARTLY SUPPORTED", "ROUNDER, and the cone REDUCED"),
    *_supported(),
    Rule("claim", "INCONCLUSIVE", "the first rule that could fit depends on an open answer"),
)
MEMORISATION = (
    Rule(
        "memorisation",
        "HASH-LIKE",
        f"training sentences come back at least in half (token error rate below {_HALF}) and held-out ones "
        f"of equal length worse by {_GAP} or more, with the whole interval; or at least half of the criteria "
        "say so",
    ),
    Rule(
        "memorisation",
        "UNDERTRAINED",
        f"held-out and training sentences have a token error rate of {_BAD} or more, and the first rule does "
        "not fit: the training sentences themselves do not come back",
    ),
    Rule("memorisation", "SMOOTH", "fewer than half of the criteria are hash-like"),
    Rule(
        "memorisation",
        "UNDEFINED",
        f"the held-out rate is {_BAD} or more with no training sentence of equal length to compare with, or "
        "nothing has a value",
    ),
)
RULES: tuple[Rule, ...] = (*GATE, *SPACE, *CHANGES, *ANSWERS, *CLAIM, *MEMORISATION)
"""In the order in which they are tried within an axis: the first that fits."""
_WHEN = {(rule.axis, rule.verdict): rule.when for rule in RULES}


def reason_for(axis: str, word: str) -> str:
    """When this axis has this word.

    >>> reason_for("cone", "SLIGHT")
    'the 95 % interval of the mean cosine lies between .1 and .25'
    """
    return _WHEN[axis, word]


def markdown() -> str:
    """The table as documentation prints it."""
    lines = ["| axis | word | when |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {rule.axis} | {rule.verdict} | {rule.when} |" for rule in RULES)]) + "\n"
