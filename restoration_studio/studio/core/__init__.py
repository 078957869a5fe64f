"""What the studio does, without its page: nothing in here imports Streamlit."""
