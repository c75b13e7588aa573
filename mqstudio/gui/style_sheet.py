"""The window's style sheet, written from a palette."""

from pathlib import Path

from PySide6.QtGui import QFont

from mqstudio.gui.colours import Colours


def style_sheet(c: Colours, font: QFont, mono: QFont, resources: Path) -> str:
    """Everything that Qt's widgets cannot take from a palette."""
    points = font.pointSizeF()
    tab, line, small, field, box, icon = (round(size * points / 10) for size in (20, 18, 16, 19, 15, 16))
    chevron = _tinted_icon(resources, "chevron-down", c)
    check = _tinted_icon(resources, "check", c)
    return f"""
* {{ outline: 0; }}
QMainWindow, QDialog {{ background: {c.chrome}; }}
QMainWindow::separator {{ background: {c.chrome}; width: 8px; height: 8px; }}
QMainWindow::separator:hover {{ background: {c.line}; }}
QSplitter::handle {{ background: transparent; }}
QToolTip {{ background: {c.tip}; color: {c.tip_text}; border: 1px solid {c.tip_line};
    padding: 5px 8px; font-size: {points * 0.92}pt; }}

QFrame[card="true"] {{ background: {c.surface}; border: 1px solid {c.line}; border-radius: 8px; }}
QFrame[card="inner"] {{ background: {c.chrome}; border: 0; border-radius: 6px; }}
QFrame[card="inner-raised"] {{ background: {c.surface}; border: 1px solid {c.line}; border-radius: 6px; }}
QFrame[card="notice"] {{ background: {c.tip}; border: 1px solid {c.tip_line}; border-radius: 8px; }}
QFrame[card="notice"] QLabel {{ color: {c.tip_text}; }}
QFrame[card="popup"] {{ background: {c.raised}; border: 1px solid {c.field_line}; border-radius: 10px; }}
QFrame[card="warning"] {{ background: {c.in_flight_tint}; border: 0; border-radius: 6px; }}
QFrame[card="warning"] QLabel {{ color: {c.in_flight}; }}
QFrame[card="danger"] {{ background: {c.dropped_tint}; border: 0; border-radius: 6px; }}
QFrame[card="danger"] QLabel {{ color: {c.dropped}; }}
QFrame[rule="true"] {{ background: {c.line}; border: 0; max-height: 1px; min-height: 1px; }}

QLabel {{ background: transparent; color: {c.text}; }}
QLabel[role="title"] {{ font-size: {points * 1.75}pt; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: {points * 1.2}pt; font-weight: 600; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="figure"] {{ font-size: {points * 1.5}pt; font-weight: 600; }}
QLabel[role="muted"] {{ color: {c.muted}; }}
QLabel[role="caption"] {{ color: {c.muted}; font-size: {points * 0.88}pt; }}
QLabel[role="section"] {{ color: {c.muted}; font-size: {points * 0.85}pt; font-weight: 600; }}
QLabel[role="mono"] {{ font-family: "{mono.family()}"; font-size: {mono.pointSizeF()}pt; }}
QLabel[role="term"] {{ color: {c.muted}; font-family: "{mono.family()}"; font-size: {points * 0.85}pt; }}
QLabel[role^="chip-"] {{ border-radius: 9px; padding: 2px 8px; font-size: {points * 0.88}pt; }}
QLabel[role="chip-rule"] {{ background: {c.ready_tint}; color: {c.ready}; }}
QLabel[role="chip-strong"] {{ background: {c.selection}; color: {c.text}; font-weight: 600; }}
QLabel[role="chip-quiet"] {{ background: {c.hover}; color: {c.muted}; }}
QLabel[role="good"] {{ color: {c.done}; font-weight: 500; }}
QLabel[role="bad"] {{ color: {c.dropped}; }}
QLabel[role="warn"] {{ color: {c.in_flight}; }}

QMenuBar {{ background: {c.chrome}; color: {c.text}; padding: 4px 6px 0 6px; }}
QMenuBar::item {{ padding: 5px 9px; border-radius: 5px; background: transparent; }}
QMenuBar::item:selected {{ background: {c.pressed}; }}
QMenu {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; padding: 5px; }}
QMenu::item {{ padding: 6px 28px 6px 10px; border-radius: 5px; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::item:selected {{ background: {c.selection}; }}
QMenu::item:disabled {{ color: {c.muted}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 5px 8px; }}
QStatusBar {{ background: {c.chrome}; color: {c.muted}; border: 0; }}
QStatusBar::item {{ border: 0; }}

QPushButton {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.line}; border-radius: 6px;
    padding: 5px 12px; font-weight: 500; min-height: {line}px; }}
QPushButton:hover {{ background: {c.hover}; border-color: {c.field_line}; }}
QPushButton:pressed {{ background: {c.pressed}; }}
QPushButton:focus {{ border: 2px solid {c.focus}; padding: 4px 11px; }}
QPushButton:disabled {{ color: {c.muted}; background: transparent; border-color: {c.line}; }}
QPushButton[kind="primary"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent};
    font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ background: {c.accent_hover}; border-color: {c.accent_hover}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {c.text}; padding: 4px 11px; }}
QPushButton[kind="primary"]:disabled {{ background: {c.pressed}; color: {c.muted};
    border-color: {c.pressed}; }}
QPushButton[kind="danger"] {{ color: {c.dropped}; border-color: {c.dropped}; background: transparent; }}
QPushButton[kind="danger"]:hover {{ background: {c.dropped_tint}; }}
QPushButton[kind="danger"]:disabled {{ color: {c.muted}; border-color: {c.line}; }}
QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; padding: 5px 8px; }}
QPushButton[kind="quiet"]:hover {{ background: {c.pressed}; }}
QPushButton[kind="quiet"]:focus {{ border: 2px solid {c.focus}; padding: 4px 7px; }}
QPushButton[kind="link"] {{ background: transparent; border-color: transparent; color: {c.accent};
    padding: 2px 4px; }}
QPushButton[kind="link"]:focus {{ border: 2px solid {c.focus}; padding: 1px 3px; }}
QPushButton[kind="notice"] {{ background: transparent; border: 0; color: {DARK_LINK}; font-weight: 600;
    padding: 4px 8px; border-radius: 5px; }}
QPushButton[kind="notice"]:hover, QPushButton[kind="notice"]:focus {{ background: rgba(255, 255, 255, 30); }}
QPushButton[kind="chip"] {{ background: transparent; color: {c.muted}; border: 1px solid transparent;
    border-radius: 12px; padding: 3px 10px; min-height: {small}px; font-weight: 500; }}
QPushButton[kind="chip"]:hover {{ background: {c.hover}; color: {c.text}; }}
QPushButton[kind="chip"]:checked {{ background: {c.selection}; color: {c.text}; }}
QPushButton[kind="chip"]:focus {{ border: 2px solid {c.focus}; padding: 2px 9px; }}
QPushButton[kind="segment"] {{ background: transparent; color: {c.muted}; border: 1px solid transparent;
    border-radius: 5px; padding: 2px 10px; min-height: {small}px; font-weight: 500; }}
QPushButton[kind="segment"]:hover {{ color: {c.text}; }}
QPushButton[kind="segment"]:checked {{ background: {c.raised}; color: {c.text}; border-color: {c.line}; }}
QPushButton[kind="segment"]:focus {{ border: 2px solid {c.focus}; padding: 1px 9px; }}
QPushButton[kind="segment"]:disabled {{ color: {c.muted}; }}
QPushButton[kind="step"] {{ background: {c.raised}; color: {c.text}; border: 1px solid {c.line};
    border-radius: 5px; padding: 2px 7px; min-height: {small}px; font-weight: 500; }}
QPushButton[kind="step"]:hover {{ border-color: {c.field_line}; }}
QPushButton[kind="step"]:focus {{ border: 2px solid {c.focus}; padding: 1px 6px; }}
QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 5px; padding: 3px; }}
QToolButton:hover {{ background: {c.pressed}; }}
QToolButton:focus {{ border: 2px solid {c.focus}; padding: 2px; }}
QToolButton:checked {{ background: {c.selection}; }}
QToolButton::menu-indicator {{ image: none; }}

QLineEdit, QComboBox, QPlainTextEdit[field="true"] {{ background: {c.raised}; color: {c.text};
    border: 1px solid {c.line}; border-bottom-color: {c.field_line}; border-radius: 6px;
    selection-background-color: {c.selection}; selection-color: {c.text}; }}
QLineEdit, QComboBox {{ padding: 4px 8px; min-height: {field}px; }}
QLineEdit, QPlainTextEdit {{ placeholder-text-color: {c.muted}; }}
QPushButton, QToolButton {{ qproperty-iconSize: {icon}px {icon}px; }}
QLineEdit:hover, QComboBox:hover, QPlainTextEdit[field="true"]:hover {{ border-color: {c.field_line}; }}
QLineEdit:focus, QComboBox:focus, QPlainTextEdit[field="true"]:focus {{ border: 1px solid {c.focus}; }}
QLineEdit:disabled, QComboBox:disabled {{ background: transparent; color: {c.muted}; }}
QLineEdit[bad="true"], QPlainTextEdit[bad="true"] {{ border: 1px solid {c.dropped}; }}
QComboBox::drop-down {{ border: 0; width: 22px; }}
QComboBox::down-arrow {{ image: url({chevron}); width: 12px; height: 12px; }}
QComboBox QLineEdit {{ border: 0; padding: 0; background: transparent; min-height: 0; }}
QListView[popup="true"]::item {{ padding: 4px 8px; }}
QListView[popup="true"]::item:selected {{ background: {c.selection}; color: {c.text}; }}
QComboBox QAbstractItemView, QListView[popup="true"] {{ background: {c.raised}; color: {c.text};
    border: 1px solid {c.line};
    padding: 4px; selection-background-color: {c.selection}; selection-color: {c.text}; }}
QPlainTextEdit {{ background: transparent; color: {c.text}; border: 0;
    selection-background-color: {c.selection}; selection-color: {c.text}; }}
QCheckBox {{ spacing: 8px; color: {c.text}; }}
QCheckBox::indicator, QListView::indicator {{ width: {box}px; height: {box}px;
    border: 1px solid {c.field_line}; border-radius: 4px;
    background: {c.raised}; }}
QCheckBox::indicator:checked, QListView::indicator:checked {{
    background: {c.accent_hover if c.is_dark else c.selection};
    border-color: {c.accent}; image: url({check}); }}
QCheckBox::indicator:focus {{ border: 2px solid {c.focus}; }}

QTableView, QTreeView, QAbstractScrollArea {{ background: transparent; border: 0; color: {c.text}; }}
QTableView, QTreeView, QListView {{ border: 1px solid transparent; border-radius: 4px; }}
QTableView:focus, QTreeView:focus, QListView:focus {{ border: 1px solid {c.focus}; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QTreeView::item {{ padding: 3px 0; }}
QTreeView::item:selected {{ background: {c.selection}; color: {c.text}; }}
QHeaderView {{ background: transparent; border: 0; }}
QHeaderView::section {{ background: transparent; color: {c.muted}; border: 0;
    border-bottom: 1px solid {c.line}; padding: 5px 8px; font-size: {points * 0.88}pt; font-weight: 500; }}
QTableCornerButton::section, QAbstractScrollArea::corner {{ background: transparent; border: 0; }}

QTabWidget::pane {{ border: 0; }}
QTabWidget::tab-bar {{ left: 0; }}
QTabBar {{ background: transparent; border: 0; qproperty-drawBase: 0; }}
QTabBar::tab {{ background: transparent; color: {c.muted}; border: 1px solid transparent; border-radius: 6px;
    padding: 4px 12px; margin: 2px 4px 6px 0; font-weight: 500; height: {tab}px; }}
QTabBar QToolButton {{ padding: 0; margin: 0 0 0 2px; border-radius: 4px; }}
QTabBar::tab:hover {{ background: {c.pressed}; color: {c.text}; }}
QTabBar::tab:selected {{ background: {c.surface}; color: {c.text}; border-color: {c.line}; }}
QTabBar::tab:focus {{ border-color: {c.focus}; }}
QTabBar[inner="true"]::tab {{ border-radius: 0; border: 0; border-bottom: 2px solid transparent;
    margin: 0 14px 0 0; padding: 6px 0; height: {line}px; }}
QTabBar[inner="true"]::tab:hover {{ background: transparent; }}
QTabBar[inner="true"]::tab:selected {{ background: transparent; border-bottom: 2px solid {c.accent}; }}
QTabBar[inner="true"]::tab:focus {{ color: {c.accent}; }}

QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
QScrollBar::handle {{ background: {c.field_line}; border-radius: 4px; border: 0; }}
QScrollBar::handle:vertical {{ min-height: 28px; }}
QScrollBar::handle:horizontal {{ min-width: 28px; }}
QScrollBar::handle:hover {{ background: {c.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
"""


DARK_LINK = "#a9baff"
"""Verbs in notices, whose ground is dark in all palettes."""


def _tinted_icon(resources: Path, name: str, c: Colours) -> str:
    """Style sheets load images from files only: the two that they need lie there in both colours."""
    shade = "dark" if c.is_dark else "light"
    return (resources / "icons" / f"{name}-{shade}.svg").as_posix()
