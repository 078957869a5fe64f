"""Faces: found, brought upright, restored, put back, and compared with whom they were."""
