"""Will it fit, and what does it cost: memory of a fine-tune by part, predicted from a `config.json`, and its price."""

from .measured import measured, predicted
from .report import CARDS, Fit, cost, fit
from .shape import config_of, models, shape_of

__all__ = ["CARDS", "Fit", "config_of", "cost", "fit", "measured", "models", "predicted", "shape_of"]
