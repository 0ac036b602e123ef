"""Text as LaTeX prints it."""

import unicodedata

_SPECIAL = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    # Apart, or two of them would become one longer dash.
    "-": "-{}",
    "…": r"\ldots{}",
    "–": "--",
    "—": "---",
    "−": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "→": r"$\to$",
    "‖": r"$\Vert$",
    "²": "$^2$",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "œ": r"\oe{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "ı": r"\i{}",
}
_ACCENTS = dict(
    zip("\u0300\u0301\u0302\u0303\u0308\u0304\u0307\u030a\u030c\u030b", "`'^~\"=.rvH", strict=True)
)
_ACCENTS |= {"\u0327": "c", "\u0328": "k", "\u0306": "u", "\u0323": "d"}
_GREEK = {
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
    *("nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega"),
}


def escape(text: str) -> str:
    r"""Text that LaTeX prints as it is, in ASCII: any engine and any encoding of the document will do.

    Accents become commands, Greek letters mathematics; of other scripts the code point is printed.

    >>> print(escape("50%_μ-größe"))
    50\%\_$\mu$-{}gr\"{o}\ss{}e
    """
    return "".join(_escaped(sign) for sign in unicodedata.normalize("NFC", text))


def _escaped(sign: str) -> str:
    if sign in _SPECIAL:
        return _SPECIAL[sign]
    if " " <= sign <= "~":
        return sign
    if sign.isspace() or unicodedata.category(sign) == "Cc":
        return " "
    if sign == "µ":  # the unit's sign, not the letter
        return r"$\mu$"
    words = unicodedata.name(sign, "").lower().replace("lamda", "lambda").split()
    if words[:3] == ["greek", "small", "letter"] and " ".join(words[3:]) in _GREEK:
        return f"$\\{words[3]}$"
    parts = unicodedata.normalize("NFD", sign)
    if len(parts) == 2 and parts[0].isascii() and parts[1] in _ACCENTS:
        return f"\\{_ACCENTS[parts[1]]}{{{parts[0]}}}"
    return f"U+{ord(sign):04X}"
