"""A picture inside a body, decoded in a thread of its own, within bounds, and drawn to fit."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from mqstudio.gui.theme import MEDIUM, Theme
from mqstudio.gui.words import tr
from mqstudio.model.limits import PICTURE_PIXELS_MAX
from mqstudio.viewers.base import Picture

ALLOCATION_MIB = 64
"""What decoding may take: four bytes for each of the pixels that are drawn at most."""

SIDE_MAX = 2_000
"""Larger pictures are kept no larger than this: the inspector is smaller still."""


class PictureView(QWidget):
    """Draws one picture. problem: why it cannot, "" if it can."""

    decoded = Signal(int, QImage, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image = QImage()
        self._wanted = 0
        self.problem = ""
        self.caption = ""
        self.setAccessibleName(tr("Body as a picture"))
        self.setMinimumHeight(120)
        self.decoded.connect(self._on_decoded)

    def show_picture(self, picture: Picture, data: bytes, caption: str) -> None:
        """Decode and draw a picture, in place of the one before."""
        self._wanted += 1
        self._image, self.problem, self.caption = QImage(), "", caption
        self.setAccessibleDescription(caption)
        self.update()
        wanted, decoded = self._wanted, self.decoded

        def work() -> None:
            image, problem = decode(picture, data)
            try:
                decoded.emit(wanted, image, problem)
            except RuntimeError:  # the window has gone meanwhile
                return

        QThreadPool.globalInstance().start(work)

    @property
    def image(self) -> QImage:
        """What is drawn; null until it is decoded."""
        return self._image

    def _on_decoded(self, wanted: int, image: QImage, problem: str) -> None:
        if wanted == self._wanted:
            self._image, self.problem = image, problem
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(self._theme.colour("muted"))
        line = painter.fontMetrics().height()
        inside = self.rect().adjusted(MEDIUM, MEDIUM, -MEDIUM, -MEDIUM - line - MEDIUM)
        if self._image.isNull():
            says = self.problem or tr("Decoding…")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, says)
        else:
            fitted = self._image.size()
            if fitted.width() > inside.width() or fitted.height() > inside.height():
                fitted.scale(inside.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(inside.topLeft(), fitted)
            place.moveCenter(inside.center())
            painter.drawImage(place, self._image)
        below = QRect(inside.left(), self.rect().bottom() - line - MEDIUM, inside.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self.caption)
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(320, 240)


def decode(picture: Picture, data: bytes) -> tuple[QImage, str]:
    """The picture's pixels, or why there are none. Its size is looked at first."""
    QImageReader.setAllocationLimit(ALLOCATION_MIB)
    bytes_ = QByteArray(data)
    buffer = QBuffer(bytes_)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(picture.format.lower().encode()))
    reader.setAutoDetectImageFormat(False)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > PICTURE_PIXELS_MAX:
        return QImage(), tr(
            "It cannot be drawn: it is no sound {format}, or too large.", format=picture.format
        )
    if max(size.width(), size.height()) > SIDE_MAX:
        size.scale(QSize(SIDE_MAX, SIDE_MAX), Qt.AspectRatioMode.KeepAspectRatio)
        reader.setScaledSize(size)
    image = reader.read()
    if image.isNull():
        return image, tr("It cannot be drawn: it is no sound {format}.", format=picture.format)
    return image, ""
