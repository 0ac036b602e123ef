"""Words of the grammar: who can be a subject, which adjective suits which noun, and the irregular forms.

Data only. What the words can do together is in `actions.py` and `states.py`, how they are inflected in
`morphology.py`.
"""

from latentlab.corpora.grammar.word_tables import split_words

PRONOUNS: dict[str, tuple[str, str, str, str]] = {
    # subject form: person, number ("none": the form does not tell), object form, possessive
    "I": ("first", "singular", "me", "my"),
    "you": ("second", "none", "you", "your"),
    "he": ("third", "singular", "him", "his"),
    "she": ("third", "singular", "her", "her"),
    "we": ("first", "plural", "us", "our"),
    "they": ("third", "plural", "them", "their"),
}

OBJECT_PRONOUNS: dict[str, str] = {form: number for _, number, form, _ in PRONOUNS.values()}
"""Object form: number."""

NAMES: dict[str, str] = {
    "Tom": "his",
    "John": "his",
    "Peter": "his",
    "Mary": "her",
    "Anna": "her",
    "Lucy": "her",
}

PEOPLE: dict[str, tuple[str, str, str]] = {
    # noun: determiner, the numbers it comes in, possessive of the singular ("none": no gender in the noun)
    "man": ("the", "singular plural", "his"),
    "woman": ("the", "singular plural", "her"),
    "boy": ("the", "singular plural", "his"),
    "girl": ("the", "singular plural", "her"),
    "child": ("the", "plural", "none"),
    "student": ("the", "plural", "none"),
    "teacher": ("the", "singular", "none"),
    "doctor": ("the", "singular", "none"),
    "neighbor": ("our", "singular plural", "none"),
    "father": ("my", "singular", "his"),
    "mother": ("my", "singular", "her"),
    "brother": ("my", "singular plural", "his"),
    "sister": ("my", "singular plural", "her"),
    "uncle": ("my", "singular", "his"),
    "aunt": ("my", "singular", "her"),
    "grandfather": ("my", "singular", "his"),
    "grandmother": ("my", "singular", "her"),
    "parent": ("my", "plural", "none"),
    "friend": ("my", "plural", "none"),
}

CHILDREN = ("boy", "girl", "child")

ANIMALS = ("dog", "puppy", "cat", "kitten", "bird", "horse", "cow", "rabbit", "duck")
PETS = ("dog", "puppy", "cat", "kitten", "rabbit", "horse")

SUBJECT_ADJECTIVES: dict[str, str] = {
    "man": "old young tall",
    "woman": "old young tall",
    "boy": "little young",
    "girl": "little young",
    "child": "little young",
    "student": "new young",
    "teacher": "new old young",
    "doctor": "young old",
    "neighbor": "new old",
    "brother": "little big younger older",
    "sister": "little big younger older",
    "friend": "old new best",
    "dog": "old big little black brown",
    "puppy": "little black brown",
    "cat": "old fat black white",
    "kitten": "little white gray",
    "bird": "little white blue",
    "horse": "old white brown",
    "cow": "brown old",
    "rabbit": "little white brown",
    "duck": "little white",
    "train": "last first",
    "bus": "last first",
    "meeting": "first last",
    "clock": "old",
    "radio": "old new",
    "computer": "old new",
    "store": "new little",
    "museum": "new old",
}

OBJECT_ADJECTIVES: dict[str, str] = {
    "apple": "green red big",
    "bag": "heavy new old black",
    "ball": "red new big",
    "bike": "new old red",
    "bird": "little beautiful blue",
    "boat": "small big new",
    "book": "new old good interesting thick",
    "bottle": "empty green",
    "box": "big heavy small",
    "bread": "fresh",
    "brother": "older younger",
    "cake": "big chocolate small",
    "car": "new old red fast",
    "carrot": "fresh",
    "castle": "old famous",
    "cat": "black white fat",
    "chair": "old wooden heavy",
    "clock": "old broken",
    "clothes": "new warm old dirty",
    "coat": "warm new long",
    "coffee": "hot cold black strong",
    "cookie": "fresh chocolate",
    "dog": "big black old little",
    "door": "front back",
    "email": "long short",
    "exam": "final difficult",
    "fence": "old wooden",
    "fish": "big fresh",
    "flower": "beautiful red yellow fresh",
    "garden": "big beautiful small",
    "glove": "warm new",
    "guitar": "old electric",
    "hat": "new black red big",
    "horse": "white brown old",
    "house": "new old big small",
    "juice": "fresh cold",
    "letter": "long short",
    "magazine": "old new",
    "map": "old new",
    "meat": "fresh",
    "milk": "cold warm fresh",
    "mouse": "gray little",
    "movie": "new good old long funny",
    "museum": "new old",
    "music": "loud classical modern",
    "phone": "new old",
    "photo": "old beautiful",
    "picture": "beautiful nice",
    "pie": "apple big",
    "poem": "short long",
    "postcard": "beautiful",
    "present": "small nice expensive",
    "problem": "big new difficult",
    "question": "first last difficult",
    "radio": "old new",
    "report": "long",
    "ring": "beautiful gold expensive",
    "salad": "green small",
    "sandwich": "big cheese",
    "song": "new old sad beautiful",
    "soup": "hot cold",
    "stone": "big small flat",
    "story": "long funny short sad",
    "suitcase": "heavy big old",
    "sweater": "warm blue thick",
    "table": "big round wooden",
    "tea": "hot green black",
    "test": "difficult easy",
    "ticket": "cheap expensive",
    "tie": "blue red black",
    "tree": "big tall old",
    "truck": "big old red",
    "umbrella": "new black red",
    "vase": "blue expensive old",
    "wall": "high white old",
    "wallet": "brown new old",
    "water": "cold hot",
    "window": "big kitchen back",
}

MASS_NOUNS = frozenset(
    split_words(
        "baseball basketball beer biology bread breakfast cards cheese chess Chinese chocolate coffee"
        " dessert dinner English food football French fruit German grass hair help history homework ice_cream"
        " Italian juice laundry lunch math meat milk money music news paper rain rent rice school shopping"
        " sleep snow soup Spanish summer tea tennis time truth TV water weather winter work"
    )
)
"""Nouns without number. An underscore stands for the blank within a noun."""

IRREGULAR_PLURALS: dict[str, str] = {
    "child": "children",
    "fish": "fish",
    "foot": "feet",
    "knife": "knives",
    "leaf": "leaves",
    "man": "men",
    "mouse": "mice",
    "potato": "potatoes",
    "tomato": "tomatoes",
    "tooth": "teeth",
    "woman": "women",
}

PLURAL_ONLY = frozenset(split_words("clothes glasses grandparents police things jeans"))

IRREGULAR_VERBS: dict[str, tuple[str, str]] = {
    # base: past, participle
    "be": ("was", "been"),
    "become": ("became", "become"),
    "bite": ("bit", "bitten"),
    "break": ("broke", "broken"),
    "bring": ("brought", "brought"),
    "build": ("built", "built"),
    "buy": ("bought", "bought"),
    "catch": ("caught", "caught"),
    "come": ("came", "come"),
    "cut": ("cut", "cut"),
    "do": ("did", "done"),
    "draw": ("drew", "drawn"),
    "drink": ("drank", "drunk"),
    "drive": ("drove", "driven"),
    "eat": ("ate", "eaten"),
    "fall": ("fell", "fallen"),
    "feed": ("fed", "fed"),
    "find": ("found", "found"),
    "fly": ("flew", "flown"),
    "forget": ("forgot", "forgotten"),
    "get": ("got", "gotten"),
    "give": ("gave", "given"),
    "go": ("went", "gone"),
    "grow": ("grew", "grown"),
    "have": ("had", "had"),
    "hear": ("heard", "heard"),
    "hide": ("hid", "hidden"),
    "know": ("knew", "known"),
    "leave": ("left", "left"),
    "lend": ("lent", "lent"),
    "lose": ("lost", "lost"),
    "make": ("made", "made"),
    "meet": ("met", "met"),
    "pay": ("paid", "paid"),
    "read": ("read", "read"),
    "ride": ("rode", "ridden"),
    "ring": ("rang", "rung"),
    "run": ("ran", "run"),
    "see": ("saw", "seen"),
    "sell": ("sold", "sold"),
    "send": ("sent", "sent"),
    "show": ("showed", "shown"),
    "shine": ("shone", "shone"),
    "sing": ("sang", "sung"),
    "sit": ("sat", "sat"),
    "sleep": ("slept", "slept"),
    "speak": ("spoke", "spoken"),
    "stand": ("stood", "stood"),
    "swim": ("swam", "swum"),
    "take": ("took", "taken"),
    "teach": ("taught", "taught"),
    "tell": ("told", "told"),
    "throw": ("threw", "thrown"),
    "understand": ("understood", "understood"),
    "wake": ("woke", "woken"),
    "wear": ("wore", "worn"),
    "win": ("won", "won"),
    "write": ("wrote", "written"),
}

DOUBLED = frozenset(split_words("begin cut forget get hop hug jog plan put run shop sit stop swim win"))
"""Verbs that double their last letter before -ing and -ed."""
