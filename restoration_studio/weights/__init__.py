"""Pretrained weights: what exists, where it comes from, and how it gets onto this machine unchanged."""
