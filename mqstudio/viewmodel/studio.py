"""All view-models of one window, made once and wired to one workspace."""

from collections.abc import Callable

from mqstudio.registry import discover
from mqstudio.viewmodel.access import Access
from mqstudio.viewmodel.actions import Actions
from mqstudio.viewmodel.alerts import Alerts
from mqstudio.viewmodel.backup import Backup
from mqstudio.viewmodel.clients import Clients
from mqstudio.viewmodel.colour_rules import ColourRules
from mqstudio.viewmodel.conversation import ConversationPanel
from mqstudio.viewmodel.copying import Copying
from mqstudio.viewmodel.demo import Demo
from mqstudio.viewmodel.exchange_page import ExchangePage
from mqstudio.viewmodel.explorer import Explorer
from mqstudio.viewmodel.exporting import Exports
from mqstudio.viewmodel.flow import Flow
from mqstudio.viewmodel.health import Health
from mqstudio.viewmodel.inspector import Inspector
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.lifecycle import LifecyclePanel
from mqstudio.viewmodel.marks import Marks
from mqstudio.viewmodel.message_verbs import MessageVerbs
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.palette import Palette
from mqstudio.viewmodel.pausing import Pausing
from mqstudio.viewmodel.policies import Policies
from mqstudio.viewmodel.preferences import Preferences
from mqstudio.viewmodel.problems import Problems
from mqstudio.viewmodel.profile_forms import Host
from mqstudio.viewmodel.publish import Composer
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.queue_page_columns import first_places
from mqstudio.viewmodel.rates import Rates
from mqstudio.viewmodel.replay import ReplayPanel
from mqstudio.viewmodel.saved_filters import SavedFilters
from mqstudio.viewmodel.shortcuts import Shortcuts
from mqstudio.viewmodel.site import Site
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.table_layout import TableLayouts
from mqstudio.viewmodel.tray import Tray
from mqstudio.viewmodel.triage import Triage
from mqstudio.viewmodel.undo import UndoList
from mqstudio.viewmodel.undoing import Removals
from mqstudio.viewmodel.volume import Switch
from mqstudio.viewmodel.welcome import Welcome
from mqstudio.viewmodel.why import LoadedLater, Why
from mqstudio.viewmodel.words import tr
from mqstudio.viewmodel.workspace import Workspace, wall_clock_us


class Studio:
    """Everything a window shows, without the window."""

    def __init__(self, now_us: Callable[[], int] = wall_clock_us, rules: LoadedLater | None = None) -> None:
        viewers = discover("mqstudio.viewers", "VIEWER")
        unwrappers = discover("mqstudio.viewers", "UNWRAPPERS")
        self.workspace = Workspace(now_us)
        self.notices = Notices(now_us)
        self.undo = UndoList(self.notices)
        self.jobs = Jobs(now_us)
        self.messages = MessageVerbs(self.workspace, self.notices, self.undo, self.jobs)
        self.exports = Exports(self.workspace, self.notices, self.jobs)
        self.copying = Copying(self.workspace, self.notices)
        self.marks = Marks(self.notices)
        self.pausing = Pausing(self.workspace, self.notices, self.undo)
        self.actions = Actions(self.workspace, self.notices, self.undo)
        self.structure = Structure(self.workspace)
        self.site = Site(self.workspace, self.structure, self.notices, self.undo)
        self.access = Access(self.workspace)
        self.removals = Removals(self.site, self.access)
        self.policies = Policies(self.structure)
        self.explorer = Explorer(self.workspace, self.structure)
        self.clients = Clients(self.workspace)
        self.inspector = Inspector(
            self.workspace,
            list(viewers.found.values()),
            [each for found in unwrappers.found.values() for each in found],
        )
        self.lifecycle = LifecyclePanel(self.workspace, self.inspector)
        rules = rules or LoadedLater()
        self.why = Why(self.workspace, self.structure, self.inspector, rules)
        self.problems = Problems(self.workspace, self.structure, rules)
        self.conversation = ConversationPanel(self.workspace)
        self.timeline = Switch()
        self.flow = Flow(self.workspace, self.structure, self.inspector)
        self.composer = Composer(self.workspace, self.notices, self.undo, self.jobs)
        self.replay = ReplayPanel(self.workspace, self.notices, self.undo, self.jobs)
        self.rates = Rates(self.workspace)
        self.welcome = Welcome(self.workspace)
        self.demo = Demo(self.workspace, self.notices)
        self.filters = SavedFilters()
        self.layouts = TableLayouts(first_places())
        self.colour_rules = ColourRules()
        self.health = Health(self.workspace, self.notices)
        self.backup = Backup(self.workspace, self.notices)
        self.palette = Palette(self.workspace, self.structure)
        self.preferences = Preferences(self.workspace, self.health)
        self.shortcuts = Shortcuts()
        self.alerts = Alerts(self.workspace)
        self.tray = Tray(self.workspace, self.health)
        self.host: Host | None = None
        """Who keeps the broker; None where nobody does."""
        self.pages: dict[tuple[str, str], QueuePage] = {}
        self.exchange_pages: dict[tuple[str, str], ExchangePage] = {}
        for name, why in viewers.failed.items():
            self.notices.problem(tr("The viewer {name} could not be loaded: {why}", name=name, why=why))

    def page(self, vhost: str, queue: str) -> QueuePage:
        """The page of a queue, made when first asked for."""
        key = (vhost, queue)
        if key not in self.pages:
            self.pages[key] = QueuePage(
                self.workspace,
                self.structure,
                vhost,
                queue,
                self.filters,
                self.layouts,
                self.colour_rules,
            )
        return self.pages[key]

    def close_page(self, vhost: str, queue: str) -> None:
        """Forget a page; the queue itself does not notice."""
        self.pages.pop((vhost, queue), None)

    def triage(self, vhost: str, queue: str) -> Triage:
        """The triage of a queue's dead letters: one for each page, for as long as that is open."""
        return Triage(self.site, self.jobs, vhost, queue)

    def exchange_page(self, vhost: str, name: str) -> ExchangePage:
        """The page of an exchange, made when first asked for."""
        key = (vhost, name)
        if key not in self.exchange_pages:
            self.exchange_pages[key] = ExchangePage(self.workspace, self.structure, vhost, name)
        return self.exchange_pages[key]

    def close_exchange_page(self, vhost: str, name: str) -> None:
        """Forget a page."""
        self.exchange_pages.pop((vhost, name), None)
