"""What is wrong with a net that does not learn, in words, with the lesson to open."""

from helpers.diagnosis.diagnose import diagnose
from helpers.diagnosis.report import FAULTS, Finding, Report
from helpers.diagnosis.rules import BOUNDS
from helpers.diagnosis.watching import Watch

__all__ = ["BOUNDS", "FAULTS", "Finding", "Report", "Watch", "diagnose"]
