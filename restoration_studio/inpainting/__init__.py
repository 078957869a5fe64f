"""Filling holes in pictures: one file per method, and what all methods share.

A mask is True (255 in files) where the picture is to be filled. Outside the mask nothing changes, to the bit.
"""
