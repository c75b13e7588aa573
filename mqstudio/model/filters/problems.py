"""What is wrong with a filter: where, in a sentence, and what would work."""

from mqstudio.model.errors import Refusal, RefusedError


class FilterError(RefusedError):
    """A text that is no filter. The part from `position` on, `length` characters, is what is wrong.

    sentence: what is wrong there. hint: what would work, "" if that is plain.
    """

    def __init__(self, sentence: str, position: int, length: int, hint: str = "") -> None:
        super().__init__(Refusal.INVALID_ARGUMENT, f"{sentence} {hint}".rstrip())
        self.sentence = sentence
        self.position = position
        self.length = length
        self.hint = hint
