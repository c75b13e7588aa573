"""Rules of the house that a program can check; `make lint` runs them too."""
