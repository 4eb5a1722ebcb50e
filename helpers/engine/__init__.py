"""How training is made fast: the one door to the machinery, ``train``, and what it takes and gives.

Weights and the optimiser's state go into a compiled epoch as arguments and come out as results, so that one
compiled function serves every model of the same form. Nothing here is needed to understand a lesson;
``training.train_plainly`` is the loop that all of this equals.
"""

from helpers.engine.batches import Batches
from helpers.engine.clipping import clip_gradients
from helpers.engine.inputs import fit_data
from helpers.engine.losses import sample_losses
from helpers.engine.optimizers import refuse_if_used_elsewhere
from helpers.engine.optimizers import resolve as resolve_optimizer
from helpers.engine.records import evaluate, refuse_without_gradients
from helpers.engine.run import Settings, train
from helpers.engine.trainable import refuse_if_untrainable

__all__ = [
    "Batches",
    "Settings",
    "clip_gradients",
    "evaluate",
    "fit_data",
    "refuse_if_untrainable",
    "refuse_if_used_elsewhere",
    "refuse_without_gradients",
    "resolve_optimizer",
    "sample_losses",
    "train",
]
