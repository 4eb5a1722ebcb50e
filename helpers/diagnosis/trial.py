"""Train copies of a net for a few steps, each with one thing changed, by one compiled step.

The net itself is never trained: weights and state go through ``stateless_call`` as arguments, the optimiser is a copy
made from its configuration. Rate and clipping are arguments of the step, so every trial runs what was compiled once.
"""

import time
from contextlib import contextmanager
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from helpers.diagnosis.weights import Weights, one_by_one
from helpers.recording import mode
from helpers.recording.naming import named_layers

LEAST_RISE = 0.05  # a share: of what a constant answer leaves, or of the loss from one chunk to the next


@dataclass(frozen=True)
class Trace:
    """What a trial showed.

    Attributes:
        losses: Of each step's batch, (steps,).
        gradients: Norm of the gradient of each trainable variable, (steps, variables).
        ratios: Norm of each update over that of the variable, (steps, variables).
        score: In inference mode, after the last step.
        best: The best score in inference mode that was seen.
        training_score: In training mode, after the last step; the same as score without batch normalisation.
        loss: In inference mode, after the last step.
        weights: ``(trainable, other)`` arrays after the last step.
        finite: Whether losses and outputs stayed finite.
    """

    losses: np.ndarray
    gradients: np.ndarray
    ratios: np.ndarray
    score: float
    best: float
    training_score: float
    loss: float
    weights: tuple
    finite: bool


class Trial:
    """Trainings of copies.

    Args:
        model: A built, compiled Keras model; not changed.
        loss: Function of (y, outputs) that gives one number.
        y: Targets, (n, ...).
        task: Task.
        batch_size: Samples in a batch.

    Example:
        >>> net = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
        >>> net.compile("sgd", "mse")
        >>> from helpers.diagnosis.task import Task
        >>> trial = Trial(net, lambda y, o: keras.ops.mean((keras.ops.cast(y, o.dtype) - o) ** 2),
        ...               np.ones((4, 1), "float32"), Task("values", 0, 1, False), 2)
        >>> trial.run(np.ones((4, 1), "float32"), 3).losses.shape
        (3,)
    """

    CHUNK = 40

    def __init__(self, model, loss, y, task, batch_size):
        self.model, self.loss, self.y, self.task, self.batch = model, loss, y, task, batch_size
        self.start = (
            [np.array(v.numpy()) for v in model.trainable_variables],
            [np.array(v.numpy()) for v in model.non_trainable_variables],
        )
        self.other = [
            keras.Variable(a, dtype=v.dtype, trainable=False)
            for a, v in zip(self.start[1], model.non_trainable_variables, strict=True)
        ]
        self.optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        self.own = Weights(self.start[0], joined=one_by_one(self.optimizer, self.start[0]))
        self.optimizer.build(self.own.variables)
        self.fresh = [np.array(v.numpy()) for v in self.optimizer.variables]
        self.targets = tf.constant(y)
        normal = keras.layers.BatchNormalization
        self._two_modes = any(isinstance(layer, normal) for _, layer in named_layers(model))
        self._compiled = {}

    def run(
        self, X, steps, factor=1.0, clip=np.inf, weights=None, seconds=np.inf, targets=None, until=None,
        patience=np.inf, seed=0,
    ):  # fmt: skip
        """Train a copy.

        Args:
            X: Inputs, (n, ...).
            steps: At most so many.
            factor: By which each update is multiplied: the rate divided by ten is 0.1.
            clip: Largest norm of all gradients together.
            weights: ``(trainable, other)`` arrays to start from; None for the model's.
            seconds: Of the process's own time; stop after the chunk in which they are up. Other work on the machine
                does not count, so that it does not change what is found.
            targets: Other targets than the model's.
            until: Stop after the chunk in which this score is reached.
            patience: Stop after so many steps once the loss stands where a constant answer has it.
            seed: From which the order of batches follows.

        Returns:
            Trace.
        """
        begun = time.process_time()
        self._put(weights or self.start)
        for variable, value in zip(self.optimizer.variables, self.fresh, strict=True):
            variable.assign(value)
        data, y = tf.constant(X), self.targets if targets is None else tf.constant(targets)
        rng, rows, best, done, finite = np.random.default_rng(seed), [], -np.inf, 0, True
        score = np.nan
        orders = self._orders(rng, len(X))
        while done < steps:
            order = np.stack([next(orders) for _ in range(min(self.CHUNK, steps - done))]).astype("int32")
            row, count = self._compile(data)["chunk"](
                data, y, tf.constant(order), tf.constant(factor, tf.float32), tf.constant(clip, tf.float32)
            )
            row = row.numpy()[: int(count)]
            rows.append(row)
            done += len(row)
            if not np.isfinite(row[:, 0]).all():
                finite = False
                break
            outputs = self.outputs(data)
            score = self.task.score(y.numpy(), outputs)
            if np.isnan(score):
                finite = False
                break
            best = max(best, score)
            if time.process_time() - begun > seconds or (until is not None and score >= until):
                break
            if done >= patience and not self._rising(best, rows, targets is None):
                break
        count = len(self.start[0])
        table = np.concatenate(rows) if rows else np.zeros((0, 1 + 2 * count), "float32")
        end = self.own.arrays(), [np.array(v.numpy()) for v in self.other]
        inference = self.outputs(data)
        training = self.outputs(data, True) if self._two_modes else inference
        loss = float(self.loss(y, tf.constant(inference)))
        return Trace(
            table[:, 0], table[:, 1 : 1 + count], table[:, 1 + count :],
            self.task.score(y.numpy(), inference), best, self.task.score(y.numpy(), training),
            loss, end, finite and bool(np.isfinite(loss)),
        )  # fmt: skip

    def _rising(self, best, rows, own_targets):
        """Whether the loss still falls, or it or the score is a little better than that of a constant answer."""
        last, before = rows[-1][:, 0].mean(), rows[-2][:, 0].mean() if len(rows) > 1 else np.inf
        share = (best - self.task.chance) / (1 - self.task.chance + 1e-9)
        known = own_targets and self.task.constant
        return max(share, 1 - last / before, 1 - last / known if known else 0) > LEAST_RISE

    def outputs(self, X, training=False):
        """What the copy answers with its present weights, (n, ...)."""
        X = tf.convert_to_tensor(X)
        compiled = self._compile(X)
        if training not in compiled:  # each takes a tenth of a second or more to trace
            answer = tf.function(lambda x: self._answer(x, training), autograph=False)
            compiled[training] = answer.get_concrete_function(tf.TensorSpec((None, *X.shape[1:]), X.dtype))
        return compiled[training](X).numpy()

    def at(self, weights, X, training=False):
        """What the copy answers with other weights, (n, ...)."""
        self._put(weights)
        return self.outputs(X, training)

    def _compile(self, X):
        """The step, traced once for any number of samples; the answers are traced where they are asked for."""
        if not self._compiled:
            inputs = tf.TensorSpec((None, *X.shape[1:]), X.dtype)
            targets = tf.TensorSpec((None, *self.y.shape[1:]), self.targets.dtype)
            order = tf.TensorSpec((None, self.batch), tf.int32)
            number = tf.TensorSpec((), tf.float32)
            step = tf.function(self._chunk, autograph=False, jit_compile=False)
            self._compiled["chunk"] = step.get_concrete_function(inputs, targets, order, number, number)
        return self._compiled

    def _put(self, weights):
        self.own.assign(weights[0])
        for variable, array in zip(self.other, weights[1], strict=True):
            variable.assign(array)

    def _orders(self, rng, n):
        """Batches without end: every sample once an epoch, the last batch filled from the next epoch."""
        rest = np.empty(0, int)
        while True:
            while len(rest) < self.batch:
                rest = np.concatenate([rest, rng.permutation(n)])
            yield rest[: self.batch]
            rest = rest[self.batch :]

    def _answer(self, x, training):
        values = self.own.apart(self.own.values())
        others = [tf.convert_to_tensor(v.value) for v in self.other]
        return self.model.stateless_call(values, others, x, **mode(self.model, training))[0]

    def _chunk(self, X, y, order, factor, clip):
        count = tf.shape(order)[0]
        width = 1 + 2 * len(self.start[0])
        table = tf.TensorArray(tf.float32, size=count, element_shape=(width,), clear_after_read=False)

        def body(k, fine, table):
            row = self._step(tf.gather(X, order[k]), tf.gather(y, order[k]), factor, clip)
            return k + 1, tf.math.is_finite(row[0]), table.write(k, row)

        k, _, table = tf.while_loop(lambda k, fine, _: (k < count) & fine, body, (0, True, table))
        return table.stack(), k

    def _step(self, x, y, factor, clip):
        stored = self.own.values()
        before = self.own.apart(stored)
        others = [tf.convert_to_tensor(v.value) for v in self.other]
        with tf.GradientTape() as tape:
            tape.watch(before)
            outputs, state, extra = self.model.stateless_call(
                before, others, x, return_losses=True, **mode(self.model, True)
            )
            loss = self.loss(y, outputs) + sum(tf.reduce_sum(e) for e in extra)
        gradients = tape.gradient(loss, before, unconnected_gradients="zero")
        gradients = [tf.convert_to_tensor(g) for g in gradients]
        norms = _norms(gradients)
        shrink = tf.minimum(1.0, clip / tf.maximum(tf.linalg.norm(norms), 1e-30))
        if before:
            shrunk = [g * tf.cast(shrink, g.dtype) for g in self.own.together(gradients)]
            self.optimizer.apply(shrunk, self.own.variables)
        updates = []
        for variable, old, new in zip(self.own.variables, stored, self.own.values(), strict=True):
            updates.append((new - old) * tf.cast(factor, old.dtype))
            variable.assign(old + updates[-1])
        ratios = _norms(self.own.apart(updates)) / (_norms(before) + 1e-12)
        for variable, new in zip(self.other, state, strict=True):
            variable.assign(new)
        return tf.concat([[tf.cast(loss, tf.float32)], norms, ratios], 0)


def _norms(tensors):
    """Norms, (n,); half a sum of squares is one operation, and a norm of its own is eight to trace."""
    halves = [tf.cast(tf.nn.l2_loss(tensor), tf.float32) for tensor in tensors]
    return tf.sqrt(2 * tf.stack(halves)) if halves else tf.zeros(0)


@contextmanager
def lent(model, weights):
    """Lend a model other weights for a while; its own are put back bit for bit."""
    variables = [*model.trainable_variables, *model.non_trainable_variables]
    before = [np.array(v.numpy()) for v in variables]
    try:
        for variable, value in zip(variables, [*weights[0], *weights[1]], strict=True):
            variable.assign(value)
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
