"""What a run needs to know of a picture: noise, sharpness, grain, greyness, colour drift."""
