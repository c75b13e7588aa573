"""How the window looks: palette, fonts, spacing, style sheet; light, dark, high contrast, as the system."""

from pathlib import Path

import msgspec
from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QGuiApplication,
    QIcon,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

import mqstudio
from mqstudio.gui.colours import CONTRAST, DARK, LIGHT, Colours
from mqstudio.gui.style_sheet import style_sheet
from mqstudio.viewmodel.look import Density, Look, Mode

__all__ = ["Mode", "Theme", "app_icon", "resources_dir"]

TINY, SMALL, MEDIUM, LARGE, HUGE = 4, 8, 12, 16, 24
"""The spacing scale, in pixels. Nothing in the window is laid out with other numbers."""

ROW_HEIGHT = 28
ROW_HEIGHTS = {Density.COMPACT: 23, Density.NORMAL: ROW_HEIGHT, Density.ROOMY: 36}
"""In pixels, for text of the usual size."""

USUAL_POINTS = 10.0
"""What sizes in pixels are made for; they grow and shrink with the text."""

RADIUS = 8
ICON_SIZE = 16

_POOR_DEFAULTS = {"Sans Serif", "DejaVu Sans", "Sans", "Bitstream Vera Sans"}
"""What a desktop without a font setting falls back to; a better installed font is preferred to these."""

_GOOD_FONTS = ("Inter", "Noto Sans", "Cantarell", "Ubuntu", "Liberation Sans")
_GOOD_MONO = ("JetBrains Mono", "Cascadia Mono", "Noto Sans Mono", "Ubuntu Mono", "Liberation Mono")


class Theme(QObject):
    """The look of the running application; `changed` after a switch, when all must be redrawn."""

    changed = Signal()

    def __init__(self, application: QApplication, mode: Mode = Mode.SYSTEM, look: Look | None = None) -> None:
        super().__init__(application)
        self._application = application
        self._icons: dict[tuple[str, str], QIcon] = {}
        self._icon_size = QSize(ICON_SIZE, ICON_SIZE)
        self.look = look or Look(mode=mode)
        application.setStyle("Fusion")
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._on_system_changed)
        self._apply()

    @property
    def mode(self) -> Mode:
        """Which palette was chosen."""
        return self.look.mode

    @property
    def colours(self) -> Colours:
        """The palette in use."""
        if self.mode is Mode.SYSTEM:
            is_dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
            return DARK if is_dark else LIGHT
        return {Mode.LIGHT: LIGHT, Mode.DARK: DARK, Mode.CONTRAST: CONTRAST}[self.mode]

    @property
    def is_still(self) -> bool:
        """Whether nothing may move by itself."""
        return self.look.is_still

    @property
    def row_height(self) -> int:
        """How high a line of a table is."""
        return self.px(ROW_HEIGHTS[self.look.density])

    def px(self, usual: int) -> int:
        """A size in pixels that was made for the usual size of text, for the one in use."""
        return max(1, round(usual * self.font.pointSizeF() / USUAL_POINTS))

    def set_mode(self, mode: Mode) -> None:
        """Use another palette from now on."""
        self.set_look(msgspec.structs.replace(self.look, mode=mode))

    def set_look(self, look: Look) -> None:
        """Look otherwise from now on."""
        self.look = look
        self._apply()
        self.changed.emit()

    def dress(self, widget: QWidget, font: str = "mono") -> None:
        """Give a widget one of the fonts, `mono`, `small` or `strong`, now and whenever they change."""
        _Dresser(self, widget, font)

    def _on_system_changed(self) -> None:
        if self.mode is Mode.SYSTEM:
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        self._choose_fonts()
        self._application.setFont(self.font)
        self._application.setPalette(_qt_palette(self.colours))
        sheet = style_sheet(self.colours, self.font, self.mono, resources_dir())
        if sheet != self._application.styleSheet():
            self._application.setStyleSheet(sheet)
        self._size_icons()

    def _size_icons(self) -> None:
        """Icons of buttons grow with the text: those that are there now; later ones by the style sheet."""
        size = QSize(self.px(ICON_SIZE), self.px(ICON_SIZE))
        if size == self._icon_size:
            return
        self._icon_size = size
        self._icons.clear()
        for widget in self._application.allWidgets():
            if isinstance(widget, QAbstractButton):
                widget.setIconSize(size)

    def _choose_fonts(self) -> None:
        look, system = self.look, QFontDatabase.SystemFont
        self.font = _first_installed(QFontDatabase.systemFont(system.GeneralFont), _GOOD_FONTS)
        if look.family:
            self.font.setFamily(look.family)
        if look.points:
            self.font.setPointSizeF(look.points)
        self.mono = _first_installed(QFontDatabase.systemFont(system.FixedFont), _GOOD_MONO)
        self.mono.setStyleHint(QFont.StyleHint.Monospace)
        self.mono.setFeature(QFont.Tag("calt"), 0)  # no ligatures: payloads are shown as they are
        if look.payload_family:
            self.mono.setFamily(look.payload_family)
        self.mono.setPointSizeF(look.payload_points or self.font.pointSizeF() * 0.95)
        self.small = _scaled(self.font, 0.88)
        self.strong = _scaled(self.font, 1.0, QFont.Weight.DemiBold)

    def colour(self, name: str) -> QColor:
        """A colour of the palette by its name."""
        return QColor(getattr(self.colours, name))

    def icon(self, name: str, colour: str = "sign") -> QIcon:
        """An icon of ours, drawn in a colour of the palette."""
        value = getattr(self.colours, colour)
        icon = self._icons.get((name, value))
        if icon is None:
            icon = QIcon()
            for scale in (1, 2, 3):
                icon.addPixmap(_draw_icon(name, value, ICON_SIZE, scale))
            if self.px(ICON_SIZE) > ICON_SIZE:
                for scale in (1, 2):
                    icon.addPixmap(_draw_icon(name, value, self.px(ICON_SIZE), scale))
            self._icons[name, value] = icon
        return icon


class _Dresser(QObject):
    """Keeps a widget in a font of the theme; ends with the widget."""

    def __init__(self, theme: Theme, widget: QWidget, font: str) -> None:
        super().__init__(widget)
        self._theme, self._widget, self._font = theme, widget, font
        theme.changed.connect(self._put_on)
        self._put_on()

    def _put_on(self) -> None:
        self._widget.setFont(getattr(self._theme, self._font))


def resources_dir() -> Path:
    """Where icons lie: inside the installed package, or beside it in a checkout."""
    package = Path(mqstudio.__file__).parent
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"


def app_icon() -> QIcon:
    """The program's own icon."""
    return QIcon(str(resources_dir() / "icons" / "mqstudio.svg"))


def _draw_icon(name: str, colour: str, size: int, scale: int) -> QPixmap:
    svg = (resources_dir() / "icons" / f"{name}.svg").read_text()
    renderer = QSvgRenderer(QByteArray(svg.replace("currentColor", colour).encode()))
    pixmap = QPixmap(QSize(size, size) * scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    pixmap.setDevicePixelRatio(scale)
    return pixmap


def _first_installed(default: QFont, better: tuple[str, ...]) -> QFont:
    """The system's font, unless it is a mere fallback and a better one is installed."""
    font = QFont(default)
    is_fallback = font.family() in _POOR_DEFAULTS or font.family().lower().startswith(("monospace", "dejavu"))
    if is_fallback:
        installed = set(QFontDatabase.families())
        font.setFamily(next((family for family in better if family in installed), font.family()))
    if font.pointSizeF() < 10:
        font.setPointSizeF(10)  # some desktops without settings report 9 pt: too small to read for hours
    return font


def _scaled(font: QFont, factor: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    scaled = QFont(font)
    scaled.setPointSizeF(font.pointSizeF() * factor)
    scaled.setWeight(weight)
    return scaled


def _qt_palette(colours: Colours) -> QPalette:
    """The same palette for what draws itself without the style sheet."""
    role = QPalette.ColorRole
    palette = QPalette()
    for where, colour in (
        (role.Window, colours.chrome),
        (role.WindowText, colours.text),
        (role.Base, colours.surface),
        (role.AlternateBase, colours.hover),
        (role.Text, colours.text),
        (role.PlaceholderText, colours.muted),
        (role.Button, colours.raised),
        (role.ButtonText, colours.text),
        (role.Highlight, colours.selection),
        (role.HighlightedText, colours.text),
        (role.ToolTipBase, colours.tip),
        (role.ToolTipText, colours.tip_text),
        (role.Link, colours.accent),
        (role.Accent, colours.accent),
        (role.Mid, colours.line),
    ):
        palette.setColor(where, QColor(colour))
    for where in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, where, QColor(colours.muted))
    return palette
