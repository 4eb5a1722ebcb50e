"""The published gradient loop, written plainly: tf.data batches, one uncompiled GradientTape step each."""

import time

import tensorflow as tf
from tf_keras.optimizers import legacy

from benchmarks import BATCH, EPOCHS, WIDTHS
from helpers import data


def train(activation="tanh"):
    """Train one net and return the gradients and losses of the first batch of each epoch."""
    import keras

    X, y = data.circles()
    model = keras.Sequential([keras.Input((2,))])
    for k, units in enumerate(WIDTHS, start=1):
        model.add(
            keras.layers.Dense(
                units,
                activation="sigmoid" if k == len(WIDTHS) else activation,
                kernel_initializer=keras.initializers.RandomNormal(stddev=1.0),
                name=f"{activation}{k}",
            )
        )
    variables = [v.value for v in model.trainable_variables]
    batches = (
        tf.data.Dataset.from_tensor_slices((X.astype("float32"), y.astype("float32"))).shuffle(len(X)).batch(BATCH)
    )
    optimizer, loss_function = legacy.RMSprop(), keras.losses.BinaryCrossentropy()
    gradient_history, loss_history = [], []
    for _ in range(EPOCHS):
        for step, (x, target) in enumerate(batches):
            with tf.GradientTape() as tape:
                loss = loss_function(target[:, None], model(x, training=True))
            gradients = tape.gradient(loss, variables)
            if step == 0:
                gradient_history.append([g.numpy() for g in gradients[::2]])
                loss_history.append(loss.numpy())
            optimizer.apply_gradients(zip(gradients, variables, strict=True))
    return gradient_history, loss_history


if __name__ == "__main__":
    start = time.perf_counter()
    train()
    print(time.perf_counter() - start)
