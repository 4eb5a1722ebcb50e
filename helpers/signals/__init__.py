"""What becomes of signals and gradients through depth and time, in nets that are not trained meanwhile."""

from helpers.signals.blocks import BlockSignals, block_signals
from helpers.signals.probe import QUANTITIES, Signals, probe
from helpers.signals.time import gradients_through_time

__all__ = ["QUANTITIES", "BlockSignals", "Signals", "block_signals", "gradients_through_time", "probe"]
