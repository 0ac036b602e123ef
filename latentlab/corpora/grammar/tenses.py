"""The frames a verb can stand in: sentence type, tense, aspect, modal, polarity, and the times that agree."""

from dataclasses import dataclass, field

from latentlab.corpora.grammar.phrases import Part
from latentlab.corpora.grammar.word_tables import split_phrases

PAST_TIMES = {
    "daily": split_phrases("yesterday; this morning; last night; on Sunday"),
    "rare": split_phrases("yesterday; last week; two days ago; last month; on Monday"),
}
FUTURE_TIMES = {
    "daily": split_phrases("tomorrow; tonight; this evening; on Sunday"),
    "rare": split_phrases("tomorrow; next week; soon; next month; on Friday"),
}
HABIT_TIMES = {
    "daily": split_phrases("every day; every morning; in the evening; on Sundays"),
    "rare": split_phrases("every week; on weekends; every summer; every year"),
}
NOW = {"daily": split_phrases("now; right now"), "rare": split_phrases("now; right now")}


@dataclass(frozen=True)
class Frame:
    """One way to put a verb into a sentence."""

    letter: str
    """What a verb must allow (`Action.frames`)."""
    sentence_type: str
    forms: tuple[Part, ...]
    """Tense, aspect, modal, polarity and adverb, in every combination that the frame has."""
    details: dict[str, float]
    """What else is said (subject and object adjective, place, manner, time): how often."""
    times: dict[str, tuple[str, ...]] = field(default_factory=dict)
    question_word: str = "none"
    without_first: bool = False
    """Whether "I" and "we" are left out: hardly anybody asks what he does himself."""
    subject_class: str = ""
    """Subjects other than those of the verb."""
    habitual: bool = False
    """Whether the object is meant in general ("reads books")."""


def form(tense: str, aspect: str = "simple", polarity: str = "affirmative", **more: str) -> Part:
    """Return the factors of a verb form."""
    return {"tense": tense, "aspect": aspect, "polarity": polarity} | more


def _both(tense: str, aspect: str = "simple", **more: str) -> tuple[Part, ...]:
    return form(tense, aspect, "affirmative", **more), form(tense, aspect, "negative", **more)


_HABITS = (
    *(form("present", adverb=adverb) for adverb in ("always", "usually", "often", "sometimes")),
    form("present", polarity="negative", adverb="never"),
    form("present", polarity="negative", adverb="often"),
    form("present", polarity="negative", adverb="usually"),
)
_PERFECT = (
    form("present", "perfect", adverb="already"),
    form("present", "perfect", adverb="just"),
    form("present", "perfect", "negative", time="yet"),
)
_PERFECT_ASKED = (
    form("present", "perfect", adverb="already"),
    form("present", "perfect", time="yet"),
    form("present", "perfect", "negative", time="yet"),
)
_MODALS = (
    *_both("present", modal="can"),
    *_both("present", modal="should"),
    *_both("present", modal="want to"),
    *_both("present", modal="have to"),
    *_both("present", modal="need to"),
    form("present", modal="must"),
    form("past", modal="want to"),
    form("past", modal="have to"),
)
_MODALS_ASKED_BY_ALL = (
    form("present", modal="can"),
    form("present", modal="should"),
    form("present", modal="have to"),
)
_MODALS_ASKED = (
    form("present", modal="want to"),
    form("present", modal="need to"),
    form("present", "simple", "negative", modal="want to"),
    form("past", modal="have to"),
)
_LIKINGS = (
    *_both("present", modal="like to"),
    form("present", modal="love to"),
    form("present", modal="hate to"),
)

_ORDERS = tuple(part | {"politeness": word} for word in ("none", "please") for part in _both("none", "none"))

_SAID = {"": 1.0, "adjective": 0.7, "subject": 0.3, "place": 0.8, "manner": 0.8}
_TIMED = {"time": 0.8, "manner time": 0.3}
_ASKED = {"": 1.0, "adjective": 0.5, "place": 0.6, "manner": 0.6}
_LISTED_PAST = _SAID | _TIMED | {"place time": 0.4, "adjective place": 0.2, "subject place": 0.2}
_ORDERED = {"": 1.0, "adjective": 0.2, "place": 0.3, "manner": 0.5}
_FINISHED = {"": 1.0, "adjective": 0.6, "subject": 0.3, "place": 0.8}
_SHORT = {"": 1.0, "manner": 0.4, "place": 0.3}

_STATEMENTS = (
    Frame("h", "statement", _HABITS, _SAID, habitual=True),
    Frame(
        "h",
        "statement",
        _both("present"),
        {"time": 0.7, "manner time": 0.3, "place time": 0.3},
        HABIT_TIMES,
        habitual=True,
    ),
    Frame("h", "statement", _LIKINGS, {"": 0.6, "place": 0.4}, habitual=True),
    Frame("p", "statement", _both("past"), _LISTED_PAST, PAST_TIMES),
    Frame("f", "statement", _both("future"), _SAID | {"time": 0.8, "place time": 0.2}, FUTURE_TIMES),
    Frame("g", "statement", _both("present", "progressive"), _SAID | _TIMED, NOW),
    Frame(
        "q", "statement", _both("past", "progressive"), _SAID | {"adjective place": 0.2, "subject place": 0.2}
    ),
    Frame("e", "statement", _PERFECT, _FINISHED),
    Frame("j", "statement", _PERFECT[1:2], _FINISHED),
    Frame("m", "statement", _MODALS, _SAID | {"time": 0.4}, FUTURE_TIMES),
    Frame("s", "statement", (*_both("present"), *_both("past")), _SAID),
)
_QUESTIONS = (
    Frame(
        "h",
        "question",
        tuple(form("present", adverb=word) for word in ("always", "usually", "often")),
        _ASKED,
        without_first=True,
        habitual=True,
    ),
    Frame(
        "h",
        "question",
        (form("present"),),
        {"time": 0.6, "place time": 0.2},
        HABIT_TIMES,
        without_first=True,
        habitual=True,
    ),
    Frame("h", "question", (form("present", modal="like to"),), {"": 0.4}, without_first=True, habitual=True),
    Frame("p", "question", _both("past"), _ASKED | _TIMED, PAST_TIMES, without_first=True),
    Frame("f", "question", (form("future"),), _ASKED | {"time": 0.8}, FUTURE_TIMES, without_first=True),
    Frame("g", "question", _both("present", "progressive"), _ASKED, without_first=True),
    Frame("q", "question", (form("past", "progressive"),), _ASKED, without_first=True),
    Frame("e", "question", _PERFECT_ASKED, _FINISHED, without_first=True),
    Frame("m", "question", _MODALS_ASKED_BY_ALL, _ASKED | {"time": 0.4}, FUTURE_TIMES),
    Frame("m", "question", _MODALS_ASKED, _ASKED | {"place": 0.2}, without_first=True),
    Frame("s", "question", (*_both("present"), form("past")), _ASKED, without_first=True),
)
_OPEN_QUESTIONS = (
    Frame("p", "question", (form("past"),), {"": 1.0, "place": 0.4, "time": 0.6}, PAST_TIMES, "what", True),
    Frame(
        "g",
        "question",
        (form("present", "progressive"),),
        {"": 1.0, "place": 0.3},
        question_word="what",
        without_first=True,
    ),
    Frame("f", "question", (form("future"),), {"": 0.6, "time": 0.4}, FUTURE_TIMES, "what", True),
    Frame(
        "h",
        "question",
        (form("present", adverb="usually"),),
        {"": 0.6},
        question_word="what",
        without_first=True,
    ),
    Frame(
        "s", "question", (form("present"), form("past")), {"": 1.0}, question_word="what", without_first=True
    ),
    Frame("p", "question", (form("past"),), _ASKED, question_word="where", without_first=True),
    Frame(
        "g",
        "question",
        (form("present", "progressive"),),
        {"": 0.6},
        question_word="where",
        without_first=True,
    ),
    Frame(
        "h",
        "question",
        (form("present", adverb="usually"),),
        {"": 0.6},
        question_word="where",
        without_first=True,
        habitual=True,
    ),
    Frame(
        "s", "question", (form("present"), form("past")), {"": 1.0}, question_word="where", without_first=True
    ),
    Frame("p", "question", (form("past"),), _SHORT, question_word="when", without_first=True),
    Frame("f", "question", (form("future"),), _SHORT, question_word="when", without_first=True),
    Frame(
        "p", "question", _both("past"), _SHORT | {"adjective": 0.4}, question_word="why", without_first=True
    ),
    Frame(
        "g", "question", (form("present", "progressive"),), _SHORT, question_word="why", without_first=True
    ),
    Frame("s", "question", _both("present"), {"": 1.0}, question_word="why", without_first=True),
)
_WHO = (
    Frame("p", "question", (form("past"),), _ASKED | {"time": 0.4}, PAST_TIMES, "who", subject_class="who"),
    Frame(
        "g", "question", (form("present", "progressive"),), _ASKED, question_word="who", subject_class="who"
    ),
    Frame(
        "f", "question", (form("future"),), _ASKED | {"time": 0.4}, FUTURE_TIMES, "who", subject_class="who"
    ),
    Frame("s", "question", (form("present"), form("past")), _ASKED, question_word="who", subject_class="who"),
)
_COMMANDS = (
    Frame("c", "imperative", _ORDERS, _ORDERED, subject_class="you"),
    Frame("c", "imperative", _ORDERS[:1], {"time": 0.4}, FUTURE_TIMES, subject_class="you"),
    Frame("c", "suggestion", _both("none", "none"), _ORDERED, subject_class="we"),
    Frame("c", "suggestion", (form("none", "none"),), {"time": 0.4}, FUTURE_TIMES, subject_class="we"),
)

FRAMES = (*_STATEMENTS, *_QUESTIONS, *_OPEN_QUESTIONS, *_WHO, *_COMMANDS)
