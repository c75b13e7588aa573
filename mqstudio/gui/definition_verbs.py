"""The verbs about files of definitions: chosen, shown before they are taken over, saved."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.pages import Pages
from mqstudio.gui.widgets.definitions_view import DefinitionsView
from mqstudio.gui.words import tr
from mqstudio.viewmodel.definitions import DefinitionsImport, save_definitions

FILES: Final = "Definitions (*.json);;All files (*)"


class DefinitionVerbs(QObject):
    """Opens file dialogs over a window, and pages that show what files would do."""

    def __init__(self, context: Context, window: QWidget, pages: Pages, here: Callable[[], str]) -> None:
        super().__init__(window)
        self._context, self._window, self._pages, self._here = context, window, pages, here

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {
            "import_definitions": self.ask_import,
            "export_definitions": self.ask_export,
            "export_vhost": self.ask_export_vhost,
        }

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return dict.fromkeys(self.handlers(), self._is_live)

    def _is_live(self) -> bool:
        return self._context.studio.workspace.is_live

    def ask_import(self) -> QFileDialog:
        """Choose a file to look at before it is taken over."""
        dialog = QFileDialog(self._window, tr("Definitions to look at"), "", FILES)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.show_file)
        dialog.open()
        return dialog

    def show_file(self, path: str) -> DefinitionsView:
        """Show what a file would do, in a page of its own."""
        studio = self._context.studio

        def make() -> DefinitionsView:
            return DefinitionsView(self._context, DefinitionsImport(studio.site, studio.jobs))

        page = self._pages.open(("definitions", path), "folder", Path(path).name, make)
        assert isinstance(page, DefinitionsView)  # that is what was made
        self._context.spawn(page.definitions.open(Path(path)), page)
        return page

    def ask_export(self) -> QFileDialog:
        """Choose where all definitions are to be written."""
        return self._ask_save("definitions.json", self.save_all)

    def ask_export_vhost(self) -> QFileDialog:
        """Choose where the definitions of the virtual host in front are to be written."""
        words = "".join(each if each.isalnum() else "-" for each in self._here()).strip("-")
        return self._ask_save(f"definitions-{words or 'default'}.json", self.save_vhost)

    def _ask_save(self, name: str, chosen: Callable[[str], None]) -> QFileDialog:
        dialog = QFileDialog(self._window, tr("Save definitions"), name, FILES)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.selectFile(name)
        dialog.fileSelected.connect(chosen)
        dialog.open()
        return dialog

    def save_all(self, path: str) -> None:
        """Write all definitions to a file."""
        self._context.spawn(save_definitions(self._context.studio.site, Path(path)), self._window)

    def save_vhost(self, path: str) -> None:
        """Write those of a virtual host to a file."""
        site = self._context.studio.site
        self._context.spawn(save_definitions(site, Path(path), self._here()), self._window)
