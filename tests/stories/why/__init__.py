"""For each rule a program that causes what it tells of, and one that nearly does."""
