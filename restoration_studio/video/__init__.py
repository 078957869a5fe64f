"""Videos: looked through once, cut into segments, restored while they are read and written, checked at the end."""
