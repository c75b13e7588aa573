"""The window's way to the texts of its language; view-models take them from the floor below."""

from mqstudio.viewmodel.words import PSEUDO, languages, speak, tr, tr_count

__all__ = ["PSEUDO", "languages", "speak", "tr", "tr_count"]
