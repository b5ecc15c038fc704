"""The token X-ray: `xray` looks through a batch, `xray_rows` through rows of your own, `draw` draws them."""

from .drawing import draw
from .from_batch import batch_of, xray, xray_rows
from .token import IGNORED, TOKEN_ROLES, Token, XRay

__all__ = ["IGNORED", "TOKEN_ROLES", "Token", "XRay", "batch_of", "draw", "xray", "xray_rows"]
