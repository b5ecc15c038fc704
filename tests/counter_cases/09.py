"""Worlds for the claims of lesson 09."""

CASES = {
    "C47": {
        "TRUE": {"differences": (0.0, 0.0), "same": 1.0},
        "other weights were saved": {"differences": (0.1, 0.0)},
        "the checkpoint is another model": {"differences": (0.0, 0.1)},
        "the reloaded model writes otherwise": {"same": 0.2},
    },
}
