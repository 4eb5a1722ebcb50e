import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers.engine.losses import accuracy, kind, resolve, sample_losses

P = np.array([[0.9], [0.2], [0.6]])
Y = np.array([[1.0], [0.0], [0.0]])


def test_binary_crossentropy_by_hand():
    expected = -np.log([0.9, 0.8, 0.4])
    assert np.allclose(sample_losses("binary_crossentropy", Y, tf.constant(P)), expected, rtol=1e-12)


def test_replicas_are_scored_against_the_same_targets():
    stacked = tf.constant(np.stack([P, 1 - P], axis=1))
    losses = sample_losses("binary_crossentropy", tf.constant(Y), stacked, replicas=2).numpy()
    assert losses.shape == (3, 2)
    assert np.allclose(losses[:, 0], -np.log([0.9, 0.8, 0.4]), rtol=1e-12)
    assert np.allclose(losses[:, 1], -np.log([0.1, 0.2, 0.6]), rtol=1e-12)
    assert accuracy("binary_crossentropy", tf.constant(Y), stacked, replicas=2).numpy().tolist() == pytest.approx(
        [2 / 3, 1 / 3]
    )


def test_names_functions_and_objects_are_the_same_loss():
    for loss in ("mse", keras.losses.mean_squared_error, keras.losses.MeanSquaredError()):
        assert np.allclose(sample_losses(loss, Y, tf.constant(P)), (Y - P)[:, 0] ** 2)


def test_classes():
    outputs = tf.constant([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], tf.float64)
    y = tf.constant([0, 1])
    assert np.allclose(sample_losses("sparse_categorical_crossentropy", y, outputs), -np.log([0.7, 0.1]))
    assert float(accuracy("sparse_categorical_crossentropy", y, outputs)) == 0.5
    assert float(accuracy("categorical_crossentropy", tf.one_hot(y, 3), outputs)) == 0.5
    stacked = tf.stack([outputs, outputs[:, ::-1]], axis=1)
    assert sample_losses("sparse_categorical_crossentropy", y, stacked, 2).shape == (2, 2)
    assert accuracy("sparse_categorical_crossentropy", y, stacked, 2).numpy().tolist() == [0.5, 0.0]


def test_logits_are_split_at_zero():
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    assert float(accuracy(loss, tf.constant([[1.0]]), tf.constant([[0.2]]))) == 1.0
    assert float(accuracy("binary_crossentropy", tf.constant([[1.0]]), tf.constant([[0.2]]))) == 0.0


def test_logits_given_by_a_configuration_too():
    loss = {"class_name": "BinaryCrossentropy", "config": {"from_logits": True}}
    assert float(accuracy(loss, tf.constant([[1.0]]), tf.constant([[0.2]]))) == 1.0


def test_sequences_are_averaged_over_their_steps():
    y, outputs = tf.zeros([2, 4, 1]), tf.ones([2, 4, 1])
    assert sample_losses("mse", y, outputs).shape == (2,)


def test_regression_has_no_accuracy():
    assert np.isnan(accuracy("mse", Y, tf.constant(P)))
    assert np.isnan(accuracy("mse", tf.constant(Y), tf.constant(np.stack([P, P], 1)), 2)).tolist() == [True, True]


@pytest.mark.parametrize(
    ("loss", "meaning"),
    [
        ("binary_crossentropy", "binary"),
        ("bce", "binary"),
        (keras.losses.binary_crossentropy, "binary"),
        (keras.losses.BinaryCrossentropy(name="my own"), "binary"),
        (keras.losses.BinaryFocalCrossentropy(), "binary"),
        (keras.losses.SparseCategoricalCrossentropy(name="nll"), "sparse"),
        ("categorical_focal_crossentropy", "categorical"),
        ("mse", None),
        (lambda y, outputs: outputs, None),
    ],
)
def test_what_the_outputs_mean_is_told_by_class_not_by_name(loss, meaning):
    assert kind(loss) == meaning


def test_a_focal_loss_has_classes():
    assert float(accuracy(keras.losses.BinaryFocalCrossentropy(), tf.constant(Y), tf.constant(P))) == pytest.approx(
        2 / 3
    )


def test_the_accuracy_of_what_is_not_a_number_is_none():
    lost = tf.constant([[np.nan], [0.2], [0.1]], tf.float64)
    assert np.isnan(accuracy("binary_crossentropy", tf.constant(Y), lost))
    stacked = tf.stack([lost, tf.constant(P)], axis=1)
    both = accuracy("binary_crossentropy", tf.constant(Y), stacked, 2).numpy()
    assert np.isnan(both[0])
    assert both[1] == pytest.approx(2 / 3)
    classes = tf.constant([[np.nan, 0.5], [0.1, 0.9]])
    assert np.isnan(accuracy("sparse_categorical_crossentropy", tf.constant([0, 1]), classes))


def test_one_number_for_each_sample_needs_no_last_axis():
    for replicas, p in ((None, P[:, 0]), (2, np.stack([P[:, 0]] * 2, axis=1))):
        found = sample_losses("binary_crossentropy", tf.constant(Y[:, 0]), tf.constant(p), replicas)
        assert found.shape == p.shape
        assert np.allclose(found if replicas is None else found[:, 1], -np.log([0.9, 0.8, 0.4]))


@pytest.mark.parametrize("loss", ["binary_crosentropy", 3, None])
def test_unknown_loss(loss):
    with pytest.raises(ValueError, match="loss=.* is unknown to Keras; "):
        resolve(loss)


def test_a_sum_over_the_batch_is_refused():
    with pytest.raises(ValueError, match="loss=.* does not average over a batch; leave out reduction='sum'"):
        resolve(keras.losses.MeanSquaredError(reduction="sum"))
