"""Finds damage in a picture: one file per kind, put together by ``damage.find``."""
