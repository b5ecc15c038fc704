"""`parity_report`: is a model that was saved, merged, served or exported still the model that was trained?"""

from .report import ParityReport, parity_report

__all__ = ["ParityReport", "parity_report"]
