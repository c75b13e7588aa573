"""The table of policies, and what the selected one applies to."""

from mqstudio.model.policies import Policy
from mqstudio.viewmodel.columns import Column
from mqstudio.viewmodel.form import Preview
from mqstudio.viewmodel.matching import match_preview, policy_matches
from mqstudio.viewmodel.policy_form import APPLIES_WORDS
from mqstudio.viewmodel.rowset import RowSet
from mqstudio.viewmodel.signal import Signal
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.wording import plain
from mqstudio.viewmodel.words import tr

Key = tuple[str, bool, str]


def key_of(policy: Policy) -> Key:
    """What tells policies apart."""
    return policy.vhost, policy.is_operator, policy.name


def _definition(policy: Policy) -> str:
    return plain(", ".join(f"{key} = {value}" for key, value in policy.definition.items()))


POLICY_COLUMNS: list[Column[Policy]] = [
    Column("name", "Policy", 150, lambda row, _: plain(row.name)),
    Column("vhost", "Virtual host", 90, lambda row, _: plain(row.vhost)),
    Column("pattern", "Pattern", 130, lambda row, _: plain(row.pattern), is_mono=True),
    Column("applies", "Applies to", 140, lambda row, _: tr(APPLIES_WORDS[row.applies_to])),
    Column("priority", "Priority", 64, lambda row, _: str(row.priority), is_right=True),
    Column("operator", "Kind", 76, lambda row, _: "operator" if row.is_operator else "user"),
    Column("definition", "Sets", 240, lambda row, _: _definition(row), is_mono=True),
]


class Policies:
    """All policies. `changed()`: they, or what the selected one applies to, did."""

    def __init__(self, structure: Structure) -> None:
        self.rows: RowSet[Policy] = RowSet(key_of)
        self.changed = Signal()
        self.selected: Key | None = None
        self._structure = structure
        structure.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Look at the structure again; the most important come first."""
        policies = self._structure.topology.policies
        self.rows.update(sorted(policies, key=lambda p: (p.vhost, p.is_operator, -p.priority, p.name)))
        self.changed.emit()

    def select(self, policy: Policy | None) -> None:
        """Look at one policy."""
        self.selected = key_of(policy) if policy else None
        self.changed.emit()

    def preview(self) -> Preview | None:
        """What the selected policy applies to, None if none is selected."""
        place = self.rows.index_of(self.selected) if self.selected else None
        if place is None:
            return None
        return match_preview(policy_matches(self._structure, self.rows.rows[place]))
