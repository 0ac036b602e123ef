"""Which factors go together: every verb in every frame that suits it, as blocks of independent choices.

A cell is a product: one option from each axis, each option a partial set of factors. A block is the cells
that share verb, frame and detail; its weight says how often it is drawn. Nothing is written out: the
sentences of a cell are addressed by number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import prod

from latentlab.corpora.grammar.actions import GIVING, STATIVE, Action
from latentlab.corpora.grammar.activities import ACTIVITIES
from latentlab.corpora.grammar.creatures import CREATURES, THINGS
from latentlab.corpora.grammar.dealings import DEALINGS
from latentlab.corpora.grammar.doings import INTRANSITIVE
from latentlab.corpora.grammar.phrases import (
    PEOPLE_CLASSES,
    Part,
    group_by_subjects,
    noun_phrase,
    subjects,
    with_object_adjectives,
    with_subject_adjectives,
)
from latentlab.corpora.grammar.tenses import FRAMES, Frame
from latentlab.corpora.grammar.word_tables import split_phrases, split_words


@dataclass(frozen=True)
class Cell:
    """A product of independent choices."""

    axes: tuple[tuple[Part, ...], ...]

    @property
    def size(self) -> int:
        """How many sentences it holds."""
        return prod(len(axis) for axis in self.axes)

    def factors(self, index: int) -> Part:
        """Return the factors of sentence `index`, 0 <= index < size."""
        chosen: Part = {}
        for axis in self.axes:
            index, position = divmod(index, len(axis))
            chosen |= axis[position]
        return chosen


@dataclass(frozen=True)
class Block:
    """Cells that differ in their words alone. `group` is (family, verb entry, sentence type)."""

    group: tuple[str, str, str]
    weight: float
    cells: tuple[Cell, ...]

    @property
    def size(self) -> int:
        """How many sentences it holds."""
        return sum(cell.size for cell in self.cells)


FAMILIES: dict[str, tuple[Action, ...]] = {
    "transitive": ACTIVITIES + DEALINGS,
    "giving": GIVING,
    "stative": STATIVE,
    "intransitive": INTRANSITIVE,
    "animal": CREATURES,
    "thing": THINGS,
}

_RECIPIENTS = ("me", "him", "her", "us", "them", "you", "Tom", "Mary")
# Nobody does these on purpose, or their reason is never asked.
_NO_WHY = split_words("find lose hear see catch win pass fall bloom shine burn ring grow forget")
_NO_WHY_OF_THINGS = ("arrive", "leave", "start", "end", "open", "close")
# Nobody likes to do these, or wants to.
_DISLIKED = ("cry",)
# "Where did he talk about the movie?" and the like: what they call a place is none.
_NO_WHERE = ("talk", "talk to", "open", "close", "invite", "bark", "chase", "follow", "sit", "stand")


def action_blocks() -> Iterator[Block]:
    """Yield the blocks of everything that is done, had or felt."""
    for family, actions in FAMILIES.items():
        asked = set()
        for number, action in enumerate(actions):
            # Two entries of one verb ask the same "What is he playing?"; the first one does.
            first = action.verb not in asked
            asked.add(action.verb)
            for frame in FRAMES:
                if _applies(frame, action, family, first):
                    yield from _frame_blocks(frame, action, family, f"{number} {action.verb}")


def _applies(frame: Frame, action: Action, family: str, first: bool) -> bool:
    wishes = frame.letter in "hm" and any("modal" in part for part in frame.forms)
    if frame.letter not in action.frames or (wishes and (family == "thing" or action.verb in _DISLIKED)):
        return False
    human = action.who in PEOPLE_CLASSES
    match frame.question_word:
        case "what":
            return bool(action.objects) and "w" in action.frames and first
        case "where":
            return bool(action.places) and action.verb not in _NO_WHERE and (first or bool(action.objects))
        case "who":
            return human and family != "giving"
        case "why":
            never = _NO_WHY + _NO_WHY_OF_THINGS if family == "thing" else _NO_WHY
            return "y" in action.frames if frame.letter == "s" else action.verb not in never
        case "when":
            return not action.settled or bool(action.places)
    return human or frame.sentence_type in ("statement", "question")


def _frame_blocks(frame: Frame, action: Action, family: str, entry: str) -> Iterator[Block]:
    fixed: Part = {
        "construction": family
        if family in ("stative", "intransitive", "transitive")
        else _construction(action),
        "sentence_type": frame.sentence_type,
        "question_word": frame.question_word,
        "verb": action.verb,
    }
    for forms, share in by_polarity(frame.forms):
        for detail, weight in _details(frame, action):
            for who in _classes(frame.subject_class or action.who):
                cells = tuple(_cells(frame, action, detail, who, [fixed], forms))
                if cells:
                    yield Block((family, entry, _type_of(frame)), weight * share, cells)


def _classes(who: str) -> tuple[str, ...]:
    # Pronouns and names are few but frequent: they get half of the sentences about people.
    return ("named", f"{who} noun") if who in PEOPLE_CLASSES else (who,)


def by_polarity(forms: Sequence[Part]) -> Iterator[tuple[list[Part], float]]:
    """Yield affirmative and negative forms apart, with their shares: to affirm is more frequent."""
    for polarity, share in (("affirmative", 1.0), ("negative", 0.4)):
        chosen = [part for part in forms if part["polarity"] == polarity]
        if chosen:
            yield chosen, share


def _construction(action: Action) -> str:
    if action.recipients:
        return "ditransitive"
    if not action.objects:
        return "stative" if action.frames == "s" else "intransitive"
    return "transitive"


def _type_of(frame: Frame) -> str:
    return "wh" if frame.question_word != "none" else frame.sentence_type


def _details(frame: Frame, action: Action) -> Iterator[tuple[frozenset[str], float]]:
    """Yield the details that may be said beside verb, subject and object, each with its weight."""
    alone = "gqmej" + ("hpfc" if "b" in action.frames else "")
    bare = bool(action.objects) or frame.letter in alone
    whole = not bare or action.settled
    for names, weight in frame.details.items():
        detail = frozenset(names.split())
        if frame.question_word == "where" and "place" in detail:
            continue
        if action.objects and {"place", "time"} <= detail:
            continue  # ten words and more
        if "place" in detail and (not action.places or (frame.letter in "ej" and not action.settled)):
            continue
        if "manner" in detail and not action.manners:
            continue
        if "adjective" in detail and not action.objects:
            continue
        if whole and not detail & {"place", "manner"} and frame.question_word != "where":
            continue
        yield detail, weight


def _cells(
    frame: Frame, action: Action, detail: frozenset[str], who: str, fixed: list[Part], forms: list[Part]
) -> Iterator[Cell]:
    listed = split_phrases(action.habits if frame.habitual and action.objects else action.objects)
    if frame.question_word == "what":
        listed = ()
    elif action.objects and not listed:
        return
    if frame.question_word in ("where", "when"):
        # "Where did you buy a hat?" asks for no particular hat.
        listed = tuple(words for words in listed if not words.startswith(("a ", "an ", "some ")))
        if action.objects and not listed:
            return
    receivers: tuple[str, ...] = _RECIPIENTS if action.recipients else ()
    if frame.sentence_type == "suggestion":
        # "Let's help you": whoever is spoken to is one of us.
        listed, receivers = (tuple(words for words in each if words != "you") for each in (listed, receivers))
    places = split_phrases(action.places) if "place" in detail else ()
    for people, recipients, objects, spots in _compatible(
        who,
        frame.without_first,
        receivers,
        tuple(listed),
        tuple(places),
    ):
        chosen = list(people)
        if "subject" in detail:
            chosen = with_subject_adjectives(chosen)
        things = [noun_phrase(words) for words in objects]
        if "adjective" in detail:
            things = with_object_adjectives(things)
        axes: list[Sequence[Part]] = [fixed, forms, chosen]
        if objects:
            axes.append(things)
        if recipients:
            axes.append([{"recipient": words} for words in recipients])
        if spots:
            axes.append([{"place": words} for words in spots])
        if "manner" in detail:
            axes.append([{"manner": words} for words in _manners(action, frame)])
        if "time" in detail:
            axes.append([{"time": words} for words in frame.times[action.pace]])
        cell = Cell(tuple(tuple(axis) for axis in axes))
        if cell.size:
            yield cell


def _manners(action: Action, frame: Frame) -> list[str]:
    # "Sing well!" is no order, and "Why did she swim well?" no question.
    odd = frame.letter == "c" or frame.question_word in ("when", "why")
    unwilled = ("well", "beautifully") if odd else ()
    return [words for words in split_phrases(action.manners) if words not in unwilled]


@cache
def _compatible(
    who: str, without_first: bool, *lists: tuple[str, ...]
) -> tuple[tuple[tuple[Part, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]:
    """Cut subjects and phrases into parts within which everybody suits everything."""
    people = [part for part in subjects(who) if not (without_first and part["person"] == "first")]
    everyone = tuple(range(len(people)))
    options: list[list[tuple[tuple[int, ...], list[str]]]] = [
        list(group_by_subjects(people, list(words)).items()) if words else [(everyone, [])] for words in lists
    ]
    found = []
    for first, recipients in options[0]:
        for second, objects in options[1]:
            for third, places in options[2]:
                shared = sorted(set(first) & set(second) & set(third))
                if shared:
                    found.append(
                        (tuple(people[i] for i in shared), tuple(recipients), tuple(objects), tuple(places))
                    )
    return tuple(found)
