"""Widgets: the only room that knows Qt. Each shows one view-model and forwards gestures."""
