"""Start the dashboard: `latentlab app` runs this file with the settings as JSON in LATENTLAB_SERVE."""

import json
import os
from pathlib import Path

import streamlit as st

if __name__ == "__main__":
    st.App(Path(__file__).with_name("app.py")).run(config=json.loads(os.environ["LATENTLAB_SERVE"]))
