"""Runs the command line: `python -m mqstudio`."""

from mqstudio.cli import main

if __name__ == "__main__":
    main()
