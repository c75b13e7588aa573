"""The window, offscreen, on a broker made of lists."""
