"""The networks of the lessons: Keras models with named layers, one net or R replicas of it."""

from helpers.models.deep import make_deep_mlp
from helpers.models.mlp import make_mlp
from helpers.models.recurrent import ForgetBias, ReplicaRNN, make_rnn
from helpers.models.replicas import Replicas, take_replica
from helpers.models.stack import Block, Stack

__all__ = [
    "Block",
    "ForgetBias",
    "ReplicaRNN",
    "Replicas",
    "Stack",
    "make_deep_mlp",
    "make_mlp",
    "make_rnn",
    "take_replica",
]
