"""From factors to a sentence, without chance: the same factors are always the same words.

Changing one factor and realising again gives the sentence that differs in that factor alone: agreement
follows. The subject's person and number are factors of their own and change with the subject.
Contractions are fixed: pronouns take 'm, 're, 's (of `is`), 'll and 've in statements, and `not` is n't.
"""

from collections.abc import Mapping

from latentlab.corpora.grammar.lexicon import NAMES, PEOPLE, PRONOUNS
from latentlab.corpora.grammar.morphology import (
    article,
    be_form,
    gerund,
    negated,
    participle,
    past,
    plural,
    third_person,
)

NONE = "none"
"""The value of a factor that does not apply."""

FACTORS = (
    "construction",
    "sentence_type",
    "question_word",
    "subject",
    "subject_determiner",
    "subject_adjective",
    "person",
    "number",
    "animacy",
    "verb",
    "tense",
    "aspect",
    "modal",
    "polarity",
    "adverb",
    "recipient",
    "object",
    "object_determiner",
    "object_number",
    "adjective",
    "degree",
    "manner",
    "place",
    "time",
    "politeness",
)
"""The names of the factors, in the order of the columns."""

_CLITICS = {"am": "'m", "are": "'re", "is": "'s", "will": "'ll", "have": "'ve"}
_LEANED_ON = (*PRONOUNS, "it")
_OBJECT_PRONOUNS = frozenset(form for _, _, form, _ in PRONOUNS.values())
_PLAIN_MODALS = ("can", "should", "must")


def realise(factors: Mapping[str, str]) -> str:
    """Return the sentence of a full set of factors.

    Args:
        factors: a string for every name in `FACTORS`; `none` where it does not apply.

    Returns:
        One sentence, capitalised, with its final mark.
    """
    kind = factors["sentence_type"]
    words = _command(factors) if kind in ("imperative", "suggestion") else _clause(factors)
    text = " ".join(word for word in words if word and word != NONE).replace("_", " ")
    return text[0].upper() + text[1:] + ("?" if kind == "question" else ".")


def _command(f: Mapping[str, str]) -> list[str]:
    negative = f["polarity"] == "negative"
    if f["sentence_type"] == "suggestion":
        lead = ["let's", "not" if negative else ""]
    else:
        lead = [f["politeness"], "don't" if negative else ""]
    return [*lead, f["verb"], *_tail(f)]


def _clause(f: Mapping[str, str]) -> list[str]:
    asked_subject = f["question_word"] == "who"
    inverted = f["sentence_type"] == "question" and not asked_subject
    subject = "there" if f["construction"] == "existence" else _subject(f)
    auxiliary, main = _verb_group(f, inverted)
    if inverted:
        head = [f["question_word"], auxiliary, subject, f["adverb"], main]
    elif f["sentence_type"] == "statement" and subject in _LEANED_ON and auxiliary in _CLITICS:
        head = [subject + _CLITICS[auxiliary], f["adverb"], main]
    elif auxiliary == "am not":
        head = [subject + "'m", "not", f["adverb"], main]
    else:
        head = [subject, auxiliary, f["adverb"], main]
    return [*head, *_tail(f)]


def _subject(f: Mapping[str, str]) -> str:
    noun = plural(f["subject"]) if f["number"] == "plural" and f["subject"] not in PRONOUNS else f["subject"]
    return _noun_phrase(f["subject_determiner"], f["subject_adjective"], noun, f)


def _noun_phrase(determiner: str, adjective: str, noun: str, f: Mapping[str, str]) -> str:
    words = [word for word in (adjective, noun) if word != NONE]
    if determiner == "own":
        determiner = _possessive(f)
    elif determiner == "a":
        determiner = article(words[0])
    elif determiner == "some" and _calls_for_any(f):
        determiner = "any"
    return " ".join([determiner, *words] if determiner != NONE else words)


def _possessive(f: Mapping[str, str]) -> str:
    """Return my, your, his, her, its, our or their, as the subject asks."""
    subject = f["subject"]
    if subject in PRONOUNS:
        return PRONOUNS[subject][3]
    if f["number"] == "plural":
        return "their"
    if subject in NAMES:
        return NAMES[subject]
    return PEOPLE[subject][2] if subject in PEOPLE else "its"


def _calls_for_any(f: Mapping[str, str]) -> bool:
    if f["polarity"] == "negative":
        return True
    # "Would you like some water?" offers; a question about a fact takes "any".
    offers = (
        f["verb"] == "want" or f["modal"] != NONE or f["tense"] == "future" or f["aspect"] == "progressive"
    )
    return f["sentence_type"] == "question" and f["question_word"] == NONE and not offers


def _tail(f: Mapping[str, str]) -> list[str]:
    """Everything behind the verb."""
    if f["construction"] == "existence":
        complement = [_subject(f)]
    elif f["object"] == NONE:
        complement = [f["degree"], f["adjective"]]
    else:
        noun = (
            plural(f["object"])
            if f["object_number"] == "plural" and f["object"] not in _OBJECT_PRONOUNS
            else f["object"]
        )
        complement = [_noun_phrase(f["object_determiner"], f["adjective"], noun, f)]
    place = f["place"]
    if " own " in place:
        place = place.replace(" own ", f" {_possessive(f)} ")
    return [f["recipient"], *complement, f["manner"], place, f["time"]]


def _verb_group(f: Mapping[str, str], inverted: bool) -> tuple[str, str]:
    """Return the finite auxiliary ("" where there is none) and the rest of the verb."""
    negative = f["polarity"] == "negative" and f["adverb"] != "never"
    auxiliary, main = _finite(f, supported=negative or inverted)
    return (negated(auxiliary) if negative else auxiliary), main


def _finite(f: Mapping[str, str], supported: bool) -> tuple[str, str]:
    verb, tense, aspect, modal = f["verb"], f["tense"], f["aspect"], f["modal"]
    person, number = f["person"], f["number"]
    third = person == "third" and number == "singular"
    if modal in _PLAIN_MODALS:
        return modal, verb
    if modal != NONE:  # "want to", "have to": the modal is the verb that is inflected
        return _simple(modal.removesuffix(" to"), f" to {verb}", tense, third, supported)
    if aspect == "perfect":
        return ("has" if third else "have"), participle(verb)
    if tense == "future":
        return "will", verb
    if aspect == "progressive":
        return be_form(tense, person, number), gerund(verb)
    if verb == "be":
        return be_form(tense, person, number), ""
    return _simple(verb, "", tense, third, supported)


def _simple(verb: str, rest: str, tense: str, third: bool, supported: bool) -> tuple[str, str]:
    """Return a simple tense: with `do` under negation and inversion, inflected otherwise."""
    if supported:
        return ("did" if tense == "past" else "does" if third else "do"), verb + rest
    if tense == "past":
        return "", past(verb) + rest
    return "", (third_person(verb) if third else verb) + rest
