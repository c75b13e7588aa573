"""The widgets, one file each: show one view-model, forward gestures, compute nothing."""
