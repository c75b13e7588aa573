"""What can be wrong with a profile's file, in words for whoever wants to use it."""

from msgspec import Struct

from mqstudio.model.disk import PROFILE_SUFFIX

__all__ = ["PROFILE_SUFFIX", "FileProblem", "ProfileError"]


class FileProblem(Struct, frozen=True):
    """Why a file cannot be used. kind: one of KINDS."""

    kind: str
    says: str


KINDS = frozenset(
    {
        "missing",
        "foreign",
        "newer",
        "locked",
        "damaged",
        "key",
        "full",
        "old_sqlite",
        "unreadable",
        "mismatch",
    }
)


class ProfileError(OSError):
    """A profile that cannot be opened; `problem` says why and what to do."""

    def __init__(self, problem: FileProblem) -> None:
        super().__init__(problem.says)
        self.problem = problem
