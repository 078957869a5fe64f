"""Door to the studio's page, which is in ``restoration_studio.studio.app``: ``streamlit run app.py``."""

from restoration_studio.studio.app import main

__all__ = ["main"]

main()
