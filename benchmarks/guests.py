"""A session that goes from page to page and sets fields by lot, over the socket that a browser opens."""

import random
from collections.abc import Sequence
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection

from benchmarks.visitors import Visitor

PAGES = ("overview", "geometry", "map", "interpolate", "noise", "traverse", "training", "export")
MOST_SENTENCES, SEEDS, FRAMED = 500, 1, 0.3
"""What a guest asks for at most, and how often it changes the sidebar: two cores have thirty to serve."""
_FIELDS = ("text_input", "selectbox", "slider", "number_input", "button_group", "multiselect", "button")
_FRAME = ("A  ●", "B  ◆", "Sentences", "Seed")
"""Fields of the sidebar, which stay when the page changes."""


class Guest(Visitor):
    """`told` is what the last run said in red; `wrong` has exceptions alone."""

    def __init__(self, socket: ClientConnection, sentences: Sequence[str], seed: int) -> None:
        super().__init__(socket, "")
        self.rng = random.Random(seed)
        self.sentences = sentences
        self.told, self.title = list[str](), ""
        self.there = dict[str, tuple[str, Any]]()
        """Fields of the page by label: kind, and what the server sent."""
        self._set = dict[str, dict[str, Any]]()
        """Those that were set, by label."""

    def go(self, page: str) -> None:
        """To another page; what was chosen in the sidebar goes along."""
        self.page = page
        self._set = {label: value for label, value in self._set.items() if label in _FRAME}
        self.change(0)

    def change(self, fields: int) -> None:
        """Set so many fields of the page by lot, now and then one of the sidebar, and run it."""
        framed = [label for label in _FRAME if label in self.there]
        labels = sorted(set(self.there) - set(framed))
        some = self.rng.sample(labels, min(fields, len(labels)))
        if fields and framed and self.rng.random() < FRAMED:
            some.append(self.rng.choice(framed))
        for label in some:
            self._set[label] = self._value(*self.there[label])
        message = BackMsg()
        message.rerun_script.page_name = self.page
        message.rerun_script.widget_states.SetInParent()
        for label, value in self._set.items():
            if label in self.there:
                state = WidgetState(id=self.there[label][1].id, **value)
                message.rerun_script.widget_states.widgets.append(state)
        self._set = {label: value for label, value in self._set.items() if "trigger_value" not in value}
        self.there, self.told, self.title = {}, [], ""
        self.send(message)

    def refresh(self) -> None:
        """What a browser does of itself on a page that a part of is live."""
        message = BackMsg()
        message.rerun_script.page_name, message.rerun_script.fragment_id = self.page, self.live
        message.rerun_script.is_auto_rerun = True
        message.rerun_script.widget_states.SetInParent()
        self.told = []  # the title stays: a part of a page has none
        self.send(message)

    def _value(self, kind: str, field: Any) -> dict[str, Any]:
        """A value that the field may have, as its widget sends it."""
        if kind == "text_input":
            return {"string_value": self.rng.choice(self.sentences)}
        if kind == "button":
            return {"trigger_value": True}
        if kind == "selectbox":
            return {"string_value": self.rng.choice(field.options)}
        if kind == "number_input":
            return {"double_value": float(self.rng.randint(int(field.min), int(field.min) + SEEDS))}
        if kind == "slider" and field.options:
            options = [option for option in field.options if float(option) <= MOST_SENTENCES]
            return {"string_array_value": {"data": [self.rng.choice(options)]}}
        if kind == "slider":
            places = round((field.max - field.min) / field.step)
            return {"double_array_value": {"data": [field.min + field.step * self.rng.randint(0, places)]}}
        if kind == "multiselect":
            some = self.rng.sample(list(field.options), self.rng.randint(0, min(3, len(field.options))))
            return {"string_array_value": {"data": some}}
        return {"string_array_value": {"data": [self.rng.choice(field.options).content]}}

    def _take(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind in _FIELDS:
            field = getattr(element, kind)
            self.there[field.label] = kind, field
        elif kind == "heading" and not self.title:
            self.title = element.heading.body
        elif kind == "exception":
            self.wrong.append(f"{element.exception.type}: {element.exception.message}")
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            self.told.append(element.alert.body.replace("\\", ""))
