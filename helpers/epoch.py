"""One epoch of gradient descent as one TensorFlow function, with what is kept of its first batch."""

import tensorflow as tf

from helpers.finiteness import Health
from helpers.losses import accuracy, sample_losses
from helpers.recording import replica_count, weights_by_layer

WEIGHTS = ("weights", "biases")
OF_BATCH = ("bias_gradients", "updates")
ON_ALL = ("accuracy", "full_loss")
RECORDS = (*WEIGHTS, *OF_BATCH, *ON_ALL)


class Epoch:
    """The epoch of one model with one optimiser; see ``training.train_model`` for what it keeps.

    Args:
        held: A ``packing.Separate`` or ``packing.Packed``: the model's weights, and the step that changes them.
        loss: A Keras name, function or Loss object.
        record: Names from RECORDS, and functions of (model, x, y).
        watch: Whether to look at every gradient, freeze replicas that are not finite and stop when
            none is left. It costs a fifth of the compile time, so it is for epochs known to fail.
    """

    def __init__(self, held, loss, record, watch=False):
        self.model, self._held, self._loss, self._record = held.model, held, loss, record
        self._watch = watch
        self.replicas = replica_count(held.model)
        self._kernels = self._positions("kernel")
        wants_biases = {"biases", "bias_gradients"} & set(record)
        self._biases = self._positions("bias") if wants_biases else {}

    def __call__(self, X, y, rows, weights, tail=None):
        """Learn from all batches.

        Args:
            X: All inputs, (n, ...).
            y: All targets, (n, ...).
            rows: Sample numbers, (batches, batch_size).
            weights: Their weights in the mean of the batch, (batches, batch_size).
            tail: Sample numbers of a last, smaller batch, or None.

        Returns:
            ``(kept, state)``: what was recorded of the first batch, by name; and the fields of the
            Health at the end if ``watch``, else a tuple of the sum of all losses, () or (R,).
        """
        started = self._by_functions(X, y, rows)
        before = [tf.identity(v) for v in self._held.variables]
        lead = () if self.replicas is None else (self.replicas,)
        updates = "updates" in self._record
        nothing = tf.zeros(lead, X.dtype), before, before if updates else []  # the shapes; never kept
        fresh = tuple(Health.start(lead)) if self._watch else (tf.zeros(lead, X.dtype),)

        def learn(batch, state, kept):
            loss, gradients, state = self._step(
                tf.gather(X, rows[batch]), tf.gather(y, rows[batch]), weights[batch], state, batch
            )
            moved = [v - old for v, old in zip(self._held.variables, before, strict=True)] if updates else []
            now = loss, gradients, moved
            # one traced step for all batches: a copy of it for the first would double the compile time
            kept = tf.nest.map_structure(lambda new, old: tf.where(batch == 0, new, old), now, kept)
            return batch + 1, state, kept

        def go_on(batch, state, _):
            more = batch < rows.shape[0]
            return more & tf.reduce_any(state[0]) if self._watch else more

        batch, state, kept = tf.while_loop(go_on, learn, (tf.constant(0), fresh, nothing))
        if tail is not None:
            even = tf.fill([tail.shape[0]], tf.constant(1 / tail.shape[0], weights.dtype))
            _, _, state = self._step(tf.gather(X, tail), tf.gather(y, tail), even, state, batch)
        return {**started, **self._of_batch(*kept)}, state

    def _step(self, x, y, weights, state, batch):
        loss, gradients = self._gradients(x, y, weights)
        if self._watch:
            health, finite = Health(*state).look(loss, gradients, batch)
            self._held.apply(finite)
            return loss, gradients, tuple(health)
        self._held.apply(gradients)
        return loss, gradients, (state[0] + loss,)

    def last(self, X, y, rows, weights):
        """The records of one more first batch; nothing is learnt, moving averages stay what they are."""
        states = [(v, v.numpy()) for v in self.model.non_trainable_variables]
        loss, gradients = self._gradients(tf.gather(X, rows[0]), tf.gather(y, rows[0]), weights[0])
        for variable, value in states:
            variable.assign(value)
        return {**self._by_functions(X, y, rows), **self._of_batch(loss, gradients)}

    def weights(self):
        """The weights and biases asked for, as they are now: ``{name: {layer: array}}``."""
        places = dict(zip(WEIGHTS, (self._kernels, self._biases), strict=True))
        now = self._held.arrays()
        return {name: {layer: now[k] for layer, k in places[name].items()} for name in self._record if name in WEIGHTS}

    def on_all(self, X, y):
        """The accuracy and the loss on all samples, of those asked for: ``{name: () or (R,)}``."""
        outputs, kept = self._held.forward(X, training=False), {}
        if "accuracy" in self._record:
            kept["accuracy"] = accuracy(self._loss, y, outputs, self.replicas)
        if "full_loss" in self._record:
            kept["full_loss"] = tf.reduce_mean(sample_losses(self._loss, y, outputs, self.replicas), axis=0)
        return kept

    def _positions(self, weight):
        order = {id(v): k for k, v in enumerate(self.model.trainable_variables)}
        return {name: order[id(v)] for name, v in weights_by_layer(self.model, weight).items()}

    def _gradients(self, x, y, weights):
        with tf.GradientTape() as tape:
            losses = sample_losses(self._loss, y, self._held.forward(x, training=True), self.replicas)
            loss = tf.tensordot(weights, losses, axes=1)  # (R,) or (): the mean over the batch
            total = tf.reduce_sum(loss)  # replicas share no weight: each gets its own gradient
        return loss, tape.gradient(total, self._held.variables, unconnected_gradients="zero")

    def _by_functions(self, X, y, rows):
        x, y = tf.gather(X, rows[0]), tf.gather(y, rows[0])
        return {f.__name__: f(self.model, x, y) for f in filter(callable, self._record)}

    def _of_batch(self, loss, gradients, updates=()):
        gradients, updates = (self._held.split(arrays) if arrays else arrays for arrays in (gradients, updates))
        kept = {"loss": loss, "gradients": {n: gradients[k] for n, k in self._kernels.items()}}
        if "bias_gradients" in self._record:
            kept["bias_gradients"] = {n: gradients[k] for n, k in self._biases.items()}
        if updates:
            kept["updates"] = {n: updates[k] for n, k in self._kernels.items()}
        return kept
