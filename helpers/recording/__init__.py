"""Record what a quantity was, layer by layer, step by step, and keep it."""

from helpers.recording.capture import WeightCapture
from helpers.recording.dead import dead_units
from helpers.recording.history import STATISTICS, LayerHistory
from helpers.recording.modes import mode
from helpers.recording.outputs import layer_outputs
from helpers.recording.run import TrainingRun
from helpers.recording.weights import replica_count, weights_by_layer

__all__ = [
    "STATISTICS",
    "LayerHistory",
    "TrainingRun",
    "WeightCapture",
    "dead_units",
    "layer_outputs",
    "mode",
    "replica_count",
    "weights_by_layer",
]
