"""The studio's page: layout and wiring. Run it with ``make studio`` or ``streamlit run app.py``."""

from __future__ import annotations

from importlib.util import find_spec

import streamlit as st

from restoration_studio.errors import RestorationError
from restoration_studio.studio.about_page import about_page
from restoration_studio.studio.batch_page import batch_page
from restoration_studio.studio.component import ASSETS
from restoration_studio.studio.error_wording import worded
from restoration_studio.studio.models_page import models_page
from restoration_studio.studio.restore_page import restore_page
from restoration_studio.studio.server_state import service


def video() -> None:
    """The film page; imported when somebody comes for it."""
    from restoration_studio.studio.video_page import video_page

    video_page()


def main() -> None:
    """Lay the pages out and run the one that is asked for; called anew at every event."""
    pages = [
        st.Page(restore_page, title="Restore", icon=":material/auto_fix_high:", url_path="restore", default=True),
        st.Page(batch_page, title="Restore many", icon=":material/photo_library:", url_path="many"),
        st.Page(models_page, title="Models", icon=":material/deployed_code:", url_path="models"),
        st.Page(about_page, title="About", icon=":material/info:", url_path="about"),
    ]
    if find_spec("av") is not None:  # the extra "film"
        pages.insert(2, st.Page(video, title="Film", icon=":material/movie:", url_path="film"))

    st.set_page_config(page_title="Restoration Studio", page_icon=":material/auto_fix_high:", layout="wide")
    st.html(ASSETS / "page.css")
    st.logo(ASSETS / "logo.svg", size="large")
    page = st.navigation(pages, position="top")
    try:
        service()
    except RestorationError as error:  # wrong settings of the server, which 'streamlit run' does not look at
        st.error(f"The studio cannot start: {worded(error)}")
        st.stop()
    page.run()
