"""The studio's page: layout and wiring. Run it with ``make studio`` or ``streamlit run app.py``."""

from __future__ import annotations

import streamlit as st

from studio.about_page import about_page
from studio.batch_page import batch_page
from studio.component import ASSETS
from studio.models_page import models_page
from studio.restore_page import restore_page

st.set_page_config(page_title="Restoration Studio", page_icon=":material/auto_fix_high:", layout="wide")
st.html(ASSETS / "page.css")
st.logo(ASSETS / "logo.svg", size="large")
st.navigation(
    [
        st.Page(restore_page, title="Restore", icon=":material/auto_fix_high:", url_path="restore", default=True),
        st.Page(batch_page, title="Restore many", icon=":material/photo_library:", url_path="many"),
        st.Page(models_page, title="Models", icon=":material/deployed_code:", url_path="models"),
        st.Page(about_page, title="About", icon=":material/info:", url_path="about"),
    ],
    position="top",
).run()
