"""What training makes small: the mean loss of a batch and all that a model adds to it, and its gradient."""

import keras
import tensorflow as tf

from helpers.engine.losses import sample_losses, wide
from helpers.recording import mode


class Objective:
    """The loss of a batch and its gradient as functions of the weights, for one net or R replicas.

    Args:
        model: A built Keras model. Its own weights are not read.
        loss: A Keras name, function or Loss object.

    Attributes:
        replicas: R, or None for one net.
        precision: Of the weights, but at least float32: in which losses are added up.
    """

    def __init__(self, model, loss):
        self.model, self.loss = model, loss
        self.replicas = getattr(model, "replicas", None)
        kinds = [v.dtype for v in model.trainable_variables or model.weights if v.dtype.startswith("float")]
        self.precision = wide(kinds[0] if kinds else keras.config.floatx())

    def __call__(self, weights, others, x, y, sample_weights, training=True):
        """The objective on a batch.

        Args:
            weights: List of tensors, one for each trainable variable.
            others: List of tensors, one for each other variable (moving averages, random states).
            x: Inputs, (batch, ...).
            y: Targets, (batch, ...).
            sample_weights: (batch,), with a sum of 1.
            training: Whether the model is to act as in training (dropout, batch statistics).

        Returns:
            ``(loss, outputs, others)``: mean loss with regularisation and the like, () or (R,), in the precision of the
            weights; the model's outputs; and the other variables after the call.
        """
        model = self.model
        variables = [*model.trainable_variables, *model.non_trainable_variables]
        values = zip(variables, [*weights, *others], strict=True)
        # the model is called as a whole: its own stateless_call tells its parts neither of training nor of masks
        with keras.StatelessScope(list(values), collect_losses=True) as scope:
            before = [scope.get_current_value(v) for v in model.trainable_variables]
            (outputs,) = keras.tree.flatten(model(x, **mode(model, training)))
            extra = model.losses
        for variable, value in zip(model.trainable_variables, before, strict=True):
            if scope.get_current_value(variable) is not value:
                raise ValueError(
                    f"model {model.name!r} changes {variable.path} whenever it is called, as SpectralNormalization "
                    "does; only fit can train such a model"
                )
        others = [scope.get_current_value(v) for v in model.non_trainable_variables]
        losses = sample_losses(self.loss, y, outputs, self.replicas)
        precision = self.precision
        loss = tf.tensordot(tf.cast(sample_weights, precision), tf.cast(losses, precision), axes=1)
        for more in self._extra(weights, extra):
            loss += tf.cast(more, precision)
        return loss, outputs, others

    def gradients(self, weights, others, x, y, sample_weights, scale=1):
        """The objective on a batch and its gradient.

        Args:
            weights: This and the next four are those of the call.
            others: See there.
            x: See there.
            y: See there.
            sample_weights: See there.
            scale: What to multiply the loss by before the gradient is taken, as mixed precision needs.

        Returns:
            ``(loss, gradients, others)``: one gradient for each trainable variable, zero where there is none.
        """
        with tf.GradientTape() as tape:
            tape.watch(weights)
            loss, _, others = self(weights, others, x, y, sample_weights)
            total = scale * tf.reduce_sum(loss)  # replicas share no weight: each gets its own gradient
        found = tape.gradient(total, weights, unconnected_gradients="zero")
        return loss, [tf.convert_to_tensor(g) for g in found], others

    def _extra(self, weights, extra):
        """What the model adds to the loss, each term () or (R,)."""
        if self.replicas is None:
            return [tf.reduce_sum(term) for term in extra]
        regularized = [
            (v, w) for v, w in zip(self.model.trainable_variables, weights, strict=True) if v.regularizer is not None
        ]
        other_terms = extra[: len(extra) - len(regularized)]  # Keras lists those of weights last
        for term in other_terms:
            if tuple(term.shape) != (self.replicas,):
                raise ValueError(
                    f"model {self.model.name!r} adds a loss of shape {tuple(term.shape)} (an activity_regularizer or "
                    f"add_loss), and {self.replicas} replicas need one of shape ({self.replicas},), one number for each"
                )
        return [*other_terms, *(self._each(v.regularizer, v, w) for v, w in regularized)]

    def constrain(self, weights):
        """The weights after their constraints (``kernel_constraint=MaxNorm(1.0)``), each replica by itself."""
        return [
            w if v.constraint is None else self._each(v.constraint, v, w)
            for v, w in zip(self.model.trainable_variables, weights, strict=True)
        ]

    def _each(self, function, variable, weight):
        if self.replicas is None:
            return function(weight)
        if weight.shape.rank == 0 or weight.shape[0] != self.replicas:
            raise ValueError(
                f"{variable.path} has a regularizer or constraint but no axis for {self.replicas} replicas"
            )
        return tf.vectorized_map(function, weight)
