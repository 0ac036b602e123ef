"""Blocks of sentences with `be`: what somebody or something is, where it is, that it exists; the weather."""

from collections.abc import Iterator

from latentlab.corpora.grammar.frames import Block, Cell, by_polarity
from latentlab.corpora.grammar.phrases import Part, subjects, with_subject_adjectives
from latentlab.corpora.grammar.state_words import (
    COMMANDED,
    EXCESSIVE,
    EXPECTED,
    FOUND,
    JOBS,
    KEPT,
    LASTING,
    PASSING,
    PEOPLE_PLACES,
    PET_PLACES,
    SKIES,
    STANDING,
    THINGS,
    UNGRADED,
    VISITED,
)
from latentlab.corpora.grammar.tenses import form
from latentlab.corpora.grammar.word_tables import split_phrases

Parts = list[Part]

_PRESENT = [form("present"), form("present", polarity="negative")]
_PAST = [form("past"), form("past", polarity="negative")]
_FUTURE = [form("future"), form("future", polarity="negative")]
_GUESSED = [form("present", modal="must")]
_SIMPLE = _PRESENT + _PAST
_PAST_TIMES = ["yesterday", "this morning", "last night", "last week"]
_FUTURE_TIMES = ["tomorrow", "tonight"]
_NAMED = subjects("named")
_PETS = "dog cat puppy kitten"


def _each(factor: str, values: list[str] | tuple[str, ...]) -> Parts:
    return [{factor: value} for value in values]


def _block(family: str, entry: str, kind: str, weight: float, *axes: Parts) -> Iterator[Block]:
    """Yield blocks of one cell each: affirmed and denied apart, pronouns and names apart from nouns."""
    sentence_type = "question" if kind in ("question", "wh") else kind
    construction = "property" if family == "quality" else family
    fixed = {"construction": construction, "sentence_type": sentence_type, "verb": "be"}
    if not all(axes):
        return
    forms = next(position for position, axis in enumerate(axes) if "polarity" in axis[0])
    who = next(position for position, axis in enumerate(axes) if "subject" in axis[0])
    for chosen, share in by_polarity(axes[forms]):
        for named in (True, False):
            options = list(axes)
            options[forms] = chosen
            options[who] = [part for part in axes[who] if (part in _NAMED) == named]
            cell = Cell(((fixed,), *map(tuple, options)))
            if cell.size:
                yield Block((family, entry, kind), weight * share, (cell,))


def _others(parts: Parts) -> Parts:
    """Everybody but the speaker, who is seldom asked about."""
    return [part for part in parts if part["person"] != "first"]


def _noun_subjects(nouns: dict[str, tuple[str, str]], noun: str) -> Parts:
    number = "plural" if noun.endswith("+") or noun in ("clothes", "glasses") else "singular"
    return [
        {
            "subject": noun.removesuffix("+"),
            "subject_determiner": determiner,
            "person": "third",
            "number": number,
            "animacy": "inanimate",
        }
        for determiner in nouns[noun][0].split()
    ]


def _said_and_asked(
    family: str, entry: str, who: Parts, *rest: Parts, passing: bool = True, expected: bool = False
) -> Iterator[Block]:
    """Yield statements and questions in the simple tenses; what passes also with times and a guess."""
    asked = _others(who)
    yield from _block(family, entry, "statement", 1.0, _SIMPLE, who, *rest)
    yield from _block(family, entry, "statement", 0.4, _SIMPLE, with_subject_adjectives(who), *rest)
    yield from _block(family, entry, "question", 1.0, _SIMPLE, asked, *rest)
    if not passing:
        return
    past_times, future_times = _each("time", _PAST_TIMES), _each("time", _FUTURE_TIMES)
    yield from _block(family, entry, "statement", 0.6, _PAST, who, *rest, past_times)
    yield from _block(family, entry, "statement", 0.3, _GUESSED, asked, *rest)
    yield from _block(family, entry, "question", 0.5, _PAST[:1], asked, *rest, past_times)
    if expected:
        yield from _block(family, entry, "statement", 0.3, _FUTURE, who, *rest, future_times)
        yield from _block(family, entry, "question", 0.3, _FUTURE[:1], asked, *rest, future_times)


def property_blocks() -> Iterator[Block]:
    """Yield "Tom is tired", "Is the soup hot?", "Why was she sad?", "Don't be late"."""
    people, named = _NAMED + subjects("anyone noun"), _NAMED
    for adjective in PASSING:
        plain: Parts = [{"adjective": adjective}]
        graded = _graded(adjective)
        yield from _said_and_asked("property", adjective, people, plain, expected=adjective in EXPECTED)
        yield from _block("property", adjective, "statement", 0.6, _SIMPLE[::2], people, graded)
        yield from _block(
            "property",
            adjective,
            "wh",
            1.0,
            [{"question_word": "why"}],
            _PRESENT[:1] + _PAST[:1],
            _others(people),
            plain,
        )
    for adjective in LASTING:
        plain = [{"adjective": adjective}]
        yield from _said_and_asked("property", adjective, people, plain, passing=False)
        yield from _block(
            "property",
            adjective,
            "statement",
            0.8,
            _SIMPLE[::2],
            named,
            [{"adjective": adjective, "degree": "very"}],
        )
    for noun, (_, adjectives) in THINGS.items():
        things, qualities = _noun_subjects(THINGS, noun), _each("adjective", adjectives.split())
        yield from _said_and_asked("quality", noun, things, qualities, passing=False)
        graded = [part for adjective in adjectives.split() for part in _graded(adjective)]
        yield from _block("quality", noun, "statement", 0.8, _SIMPLE[::2], things, graded)
    for polarity, adjectives_ in COMMANDED.items():
        yield from _block(
            "property",
            polarity,
            "imperative",
            1.0,
            [form("none", "none", polarity)],
            subjects("you"),
            _each("adjective", adjectives_),
            _each("politeness", ["none", "please"]),
        )


def _graded(adjective: str) -> Parts:
    degrees = [] if adjective in UNGRADED else ["very", "so"] + ["too"] * (adjective in EXCESSIVE)
    return [{"adjective": adjective, "degree": degree} for degree in degrees]


def location_blocks() -> Iterator[Block]:
    """Yield "The keys are on the table", "Is Tom at home?", "Where is the cat?"."""
    people, pets = _NAMED + subjects("anyone noun"), subjects(_PETS)
    yield from _said_and_asked("location", "people", people, _each("place", PEOPLE_PLACES), expected=True)
    yield from _said_and_asked("location", "pets", pets, _each("place", PET_PLACES))
    where: Parts = [{"question_word": "where"}]
    yield from _block("location", "people", "wh", 1.0, where, _PRESENT[:1] + _PAST[:1], _others(people))
    yield from _block(
        "location", "people", "wh", 0.5, where, _PAST[:1], _others(people), _each("time", _PAST_TIMES)
    )
    yield from _block("location", "pets", "wh", 1.0, where, _PRESENT[:1] + _PAST[:1], pets)
    for noun, (_, places) in KEPT.items():
        things = _noun_subjects(KEPT, noun)
        yield from _said_and_asked(
            "location", noun, things, _each("place", split_phrases(places)), passing=False
        )
        yield from _block(
            "location", noun, "statement", 0.3, _GUESSED, things, _each("place", split_phrases(places))
        )
        yield from _block("location", noun, "wh", 1.0, where, _PRESENT[:1] + _PAST[:1], things)


def existence_blocks() -> Iterator[Block]:
    """Yield "There is a cat in the garden", "Is there any milk in the fridge?"."""
    for noun, (numbers, places) in FOUND.items():
        for number in numbers.split():
            who: Part = {
                "subject": noun,
                "person": "third",
                "number": "singular" if number == "mass" else number,
            }
            who["animacy"] = _ANIMACY.get(noun, "inanimate")
            counted = {"singular": ["a"], "plural": ["some", "two", "three"], "mass": ["some"]}[number]
            plain = {"singular": "a", "plural": "some", "mass": "some"}[number]
            spots = _each("place", split_phrases(places))
            said = [who | {"subject_determiner": word} for word in counted]
            asked = [who | {"subject_determiner": plain}]
            # "There aren't two cats" denies the number, not the cats.
            yield from _block("existence", noun, "statement", 1.0, [_PRESENT[0], _PAST[0]], said, spots)
            yield from _block("existence", noun, "statement", 0.6, [_PRESENT[1], _PAST[1]], asked, spots)
            yield from _block("existence", noun, "question", 1.0, [_PRESENT[0], _PAST[0]], asked, spots)
            described = with_subject_adjectives(said)
            yield from _block("existence", noun, "statement", 0.6, [_PRESENT[0], _PAST[0]], described, spots)
            times = [] if noun in STANDING else _each("time", _PAST_TIMES[:3])
            yield from _block("existence", noun, "statement", 0.4, [_PAST[0]], said, spots, times)


_ANIMACY = {
    "cat": "animal",
    "dog": "animal",
    "bird": "animal",
    "mouse": "animal",
    "spider": "animal",
    "child": "human",
}


def identity_blocks() -> Iterator[Block]:
    """Yield "Mary is a good doctor", "My brother wants to be a singer", "Are they nurses?"."""
    adults = [
        part
        for part in (*_NAMED, *subjects("adult noun"))
        if part["subject"] not in (*JOBS, "student") and part["number"] != "none"
    ]
    hopes = [form("present", modal="want to"), form("present", polarity="negative", modal="want to")]
    for noun, adjectives in JOBS.items():
        for number, determiner in (("singular", "a"), ("plural", "none")):
            who = [part for part in adults if part["number"] == number]
            job: Part = {"object": noun, "object_determiner": determiner, "object_number": number}
            good = [job | {"adjective": adjective} for adjective in adjectives.split()]
            for what, weight in (([job], 1.0), (good, 0.7)):
                yield from _block("identity", noun, "statement", weight, _SIMPLE, who, what)
                yield from _block("identity", noun, "question", weight, _SIMPLE[::2], _others(who), what)
            yield from _block("identity", noun, "statement", 0.5, hopes, who, [job])
            yield from _block("identity", noun, "question", 0.5, hopes[:1], _others(who), [job])


def experience_blocks() -> Iterator[Block]:
    """Yield "She has never been to the beach", "Have you ever been to Japan?"."""
    people = _NAMED + subjects("anyone noun")
    places = _each("place", VISITED)
    said = [
        form("present", "perfect", "negative", adverb="never"),
        form("present", "perfect", adverb="often"),
        form("present", "perfect", "negative"),
        form("present", "perfect", time="twice"),
        form("present", "perfect", time="before"),
    ]
    asked = [form("present", "perfect", adverb="ever"), form("present", "perfect")]
    yield from _block("experience", "be", "statement", 1.0, said, people, places)
    yield from _block("experience", "be", "question", 1.0, asked, _others(people), places)


def weather_blocks() -> Iterator[Block]:
    """Yield "It's raining", "Was it cold in London?", "It will snow tomorrow"."""
    it: Parts = [{"subject": "it", "person": "third", "number": "singular"}]
    places = _each("place", SKIES["places"])
    past_times, future_times = _each("time", _PAST_TIMES), _each("time", _FUTURE_TIMES)
    progressive = [
        form(tense, "progressive", polarity) for tense in ("present", "past") for polarity in _POLARITIES
    ]
    for verb in SKIES["verbs"]:
        falls: Parts = [part | {"verb": verb} for part in it]
        for kind in ("statement", "question"):
            yield from _block("weather", verb, kind, 0.5, progressive, falls)
            yield from _block("weather", verb, kind, 1.0, progressive, falls, places)
            yield from _block("weather", verb, kind, 0.7, _PAST, falls, past_times)
            yield from _block(
                "weather", verb, kind, 0.7, _FUTURE[: 2 if kind == "statement" else 1], falls, future_times
            )
    for adjective in SKIES["adjectives"]:
        felt: Parts = [part | {"adjective": adjective} for part in it]
        for kind in ("statement", "question"):
            yield from _block("weather", adjective, kind, 0.5, _SIMPLE, felt)
            yield from _block("weather", adjective, kind, 1.0, _SIMPLE, felt, places)
            yield from _block("weather", adjective, kind, 0.7, _PAST, felt, past_times)
            yield from _block("weather", adjective, kind, 0.4, _FUTURE[:1], felt, future_times)


_POLARITIES = ("affirmative", "negative")


def state_blocks() -> Iterator[Block]:
    """Yield every block of this file."""
    yield from property_blocks()
    yield from location_blocks()
    yield from existence_blocks()
    yield from identity_blocks()
    yield from experience_blocks()
    yield from weather_blocks()
