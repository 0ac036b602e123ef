"""What people do without an object.

Data, in the form of `actions.py`.
"""

from latentlab.corpora.grammar.actions import Action

INTRANSITIVE = (
    Action(
        "sleep",
        places="in own room; on the sofa; in the car; on the floor; under a tree",
        manners="well",
        frames="hpfgqmc",
    ),
    Action(
        "run",
        places="in the park; on the beach; along the river; to the bus stop; home",
        manners="fast",
        frames="hpfgqmc",
    ),
    Action(
        "swim",
        places="in the lake; in the sea; in the river; in the pool",
        manners="fast; well",
        frames="hpfgqmc",
    ),
    Action(
        "walk",
        places="in the park; along the river; on the beach; home; in the rain; to school",
        manners="slowly; fast",
        frames="hpfgqmc",
    ),
    Action(
        "work",
        places="at the bank; in the garden; on a farm; at the hospital; at home",
        manners="hard",
        who="adult",
        frames="hpfgqmcb",
    ),
    Action("study", places="in the library; in own room; at home", manners="hard", frames="hpfgqmcb"),
    Action(
        "sing",
        places="in the shower; in the car; in the kitchen",
        manners="beautifully; loudly; well",
        frames="hpfgqmcb",
    ),
    Action(
        "dance",
        places="in the rain; at the party; in the kitchen; on the beach",
        manners="well; beautifully",
        frames="hpfgqmcb",
    ),
    Action("laugh", manners="loudly", frames="hpfgqmb"),
    Action("cry", places="in own room", manners="quietly", frames="hpgqb"),
    Action("smile", frames="hpgqcb"),
    Action(
        "wait",
        places="outside; at the station; at the bus stop; in the car; downstairs",
        manners="patiently",
        frames="pfgqmcb",
    ),
    Action(
        "sit",
        places="on the sofa; under a tree; in the front row; on the floor; by the fire; by the window",
        settled=True,
        frames="hpfgqmc",
    ),
    Action("stand", places="in the rain; at the door; by the window; in line", settled=True, frames="pgqmc"),
    Action("rest", places="on the sofa; in own room; at home; under a tree", frames="hpfgqmcb"),
    Action(
        "play",
        places="in the garden; in the park; on the beach; outside; in the yard",
        who="child",
        frames="hpfgqmc",
    ),
    Action(
        "drive",
        places="to work; home; to the station; into town",
        manners="carefully; fast; slowly",
        who="adult",
        frames="hpfgqmc",
    ),
    Action(
        "travel",
        places="to Japan; to Italy; by train; alone; abroad",
        who="adult",
        pace="rare",
        frames="hpfgqm",
    ),
    Action(
        "go",
        places="to school; to the beach; to bed; home; to the park; to the library; to the market;"
        " to the zoo; to the station",
        settled=True,
    ),
    Action("come", places="home; to the party; to school; here; to dinner", settled=True, frames="hpfm"),
    Action(
        "fly",
        places="to Paris; to London; to Japan; home; to New York",
        settled=True,
        pace="rare",
        frames="hpfgqm",
        who="adult",
    ),
    Action(
        "move",
        places="to Boston; to London; to the country; to Canada",
        settled=True,
        pace="rare",
        frames="pfgqem",
        who="adult",
    ),
    Action("return", places="home; to Paris; to work; to school", settled=True, frames="pfem"),
    Action("get up", manners="early; late", frames="hpfmc", settled=True),
    Action("wake up", manners="early; late", frames="hpfm", settled=True),
    Action("arrive", manners="early; late; on time", frames="hpfem"),
    Action("exercise", places="in the park; at home; at the gym", frames="hpfgqmb"),
    Action(
        "talk",
        places="about the movie; about school; about the weather; on the phone; in class",
        settled=True,
        frames="hpgqm",
    ),
    Action(
        "hide",
        places="under the bed; behind the door; in the closet; behind a tree",
        who="child",
        settled=True,
        frames="pgqmc",
    ),
    Action(
        "live",
        places="in Boston; in London; in a small village; in a big city; near the station; by the sea;"
        " on a farm",
        settled=True,
        frames="s",
    ),
    Action(
        "work",
        places="in a school; in a factory; for a bank; in a restaurant; with children",
        settled=True,
        frames="s",
        who="adult",
    ),
)
