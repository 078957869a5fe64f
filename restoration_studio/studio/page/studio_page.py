"""What Streamlit runs as the installed studio; alone in its folder, which Streamlit puts first on Python's path."""

from restoration_studio.studio.app import main

main()
