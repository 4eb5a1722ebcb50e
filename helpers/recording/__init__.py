"""Record what a quantity was, layer by layer, step by step, and keep it."""

from helpers.recording.capture import WeightCapture
from helpers.recording.history import STATISTICS, LayerHistory
from helpers.recording.run import TrainingRun
from helpers.recording.weights import replica_count, weights_by_layer

__all__ = ["STATISTICS", "LayerHistory", "TrainingRun", "WeightCapture", "replica_count", "weights_by_layer"]
