"""The dashboard: what the command line does, in a browser. This file is the router; pages are in views/.

Started by `latentlab app [PATH]`, which hands the folder over in LATENTLAB_CHECKPOINTS, that of a frozen
encoder in LATENTLAB_ENCODER, somebody's own sentences in LATENTLAB_CORPUS and LATENTLAB_COLUMN, and in
LATENTLAB_PUBLIC whether others than this machine may look.
"""

import sys
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent))  # pages import `parts`

from parts import choice

PAGES = {
    "overview": ("Overview", ":material/dashboard:"),
    "geometry": ("Geometry", ":material/bubble_chart:"),
    "map": ("Map", ":material/map:"),
    "interpolate": ("Interpolate", ":material/route:"),
    "noise": ("Noise", ":material/sensors:"),
    "traverse": ("Traverse", ":material/open_with:"),
    "training": ("Training", ":material/show_chart:"),
    "export": ("Export", ":material/download:"),
}  # file and address -> title and icon

# Drawn here: an icon by name would be fetched from somebody else's server.
x, y = np.meshgrid(np.linspace(-1, 1, 32), np.linspace(-1, 1, 32))
icon = np.zeros((32, 32, 4), dtype=np.uint8)
icon[np.hypot(x, y) < 0.95] = (0, 114, 178, 255)
icon[np.hypot(x - 0.3, y + 0.3) < 0.35] = (230, 159, 0, 255)
st.set_page_config(page_title="latentlab", page_icon=Image.fromarray(icon), layout="wide")
views = Path(__file__).parent / "views"
page = st.navigation(
    [
        st.Page(views / f"{name}.py", title=title, icon=icon, url_path=name, default=name == "overview")
        for name, (title, icon) in PAGES.items()
    ]
)
with choice.guarded():
    choice.sidebar()
    page.run()
