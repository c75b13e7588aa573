"""What forms and verbs about declared things need: the broker, what is there, and a way to tell."""

from dataclasses import dataclass

from mqstudio.model.limits import SHORT_TEXT_BYTES
from mqstudio.viewmodel.form import Entry, EntryKind
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Site:
    """Handed to every form."""

    workspace: Workspace
    structure: Structure
    notices: Notices
    undo: UndoList

    def done(self, says: str) -> None:
        """Tell that something was done, and look at what there is now."""
        self.notices.tell(says)
        self.structure.look_again()

    def vhost_entry(self, *, is_fixed: bool = False) -> list[Entry]:
        """A choice of virtual host, where there is more than one."""
        vhosts = self.structure.vhosts()
        if len(vhosts) < 2:
            return []
        choices = tuple((name, plain(name)) for name in vhosts)
        return [Entry("vhost", tr("Virtual host"), "", EntryKind.CHOICE, choices, is_fixed=is_fixed)]


def name_problem(name: str) -> str:
    """What is wrong with a name; "" if nothing, or it is empty still."""
    size = len(name.encode(errors="surrogatepass"))
    if size > SHORT_TEXT_BYTES:
        return tr(
            "The name has {size} bytes; {short_text_bytes} is the most. Shorten it.",
            size=size,
            short_text_bytes=SHORT_TEXT_BYTES,
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        return tr("The name contains half a character. Type it anew.")
    return ""
