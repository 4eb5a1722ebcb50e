import keras
import numpy as np
import pytest

from helpers.exercises.lesson_02 import CHECKS


class Every(keras.callbacks.Callback):
    """The parts of an answer, so that a test can break one of them."""

    def __init__(self, every):
        super().__init__()
        self.every = every

    def on_train_begin(self, logs=None):
        self.epochs, self.kernels = [], []
        self.keep(-1)

    def on_epoch_end(self, epoch, logs=None):
        if self.wanted(epoch):
            self.keep(epoch)

    def wanted(self, epoch):
        return (epoch + 1) % self.every == 0

    def keep(self, step):
        self.epochs.append(step)
        self.kernels.append({layer.name: self.value(layer) for layer in self.model.layers})

    def value(self, layer):
        return layer.kernel.numpy()


class ByCounting(Every):
    def on_train_begin(self, logs=None):
        super().on_train_begin()
        self.trained = 0

    def wanted(self, epoch):
        self.trained += 1
        return self.trained in range(self.every, 1000, self.every)


class WithListsFromTheStart(Every):
    def __init__(self, every):
        super().__init__(every)
        self.epochs, self.kernels = [], []

    def on_train_begin(self, logs=None):
        self.keep(np.int64(-1))

    def value(self, layer):
        return layer.get_weights()[0]


@pytest.mark.parametrize("answer", [Every, ByCounting, WithListsFromTheStart])
def test_recorders_that_keep_every_few_epochs(answer):
    assert CHECKS["02.1"](answer) is None


class FromZero(Every):
    def wanted(self, epoch):
        return epoch % self.every == 0


class OneLate(Every):
    def wanted(self, epoch):
        return epoch > 0 and epoch % self.every == 0


class All(Every):
    def wanted(self, epoch):
        return True


class NotBefore(Every):
    def on_train_begin(self, logs=None):
        self.epochs, self.kernels = [], []


class NotEachEpoch(Every):
    def wanted(self, epoch):
        return super().wanted(epoch) if self.every > 1 else epoch % 2 == 1


class Variables(Every):
    def value(self, layer):
        return layer.kernel.value


class Biases(Every):
    def value(self, layer):
        return layer.bias.numpy()


class ByWeightName(Every):
    def keep(self, step):
        self.epochs.append(step)
        self.kernels.append({w.name: w.numpy() for w in self.model.weights})


class Lists(Every):
    def keep(self, step):
        self.epochs.append(step)
        self.kernels.append([layer.kernel.numpy() for layer in self.model.layers])


class NoKernels(Every):
    def keep(self, step):
        self.epochs.append(step)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (Every(3), "class itself"),
        (lambda every: Every(every), "a class that"),
        (int, "a class that"),
        (FromZero, "numbers the epochs from 0"),
        (OneLate, "kept other epochs"),
        (All, "left out"),
        (NotBefore, "before training"),
        (NotEachEpoch, "keep each epoch"),
        (Variables, "goes on changing"),
        (Biases, "no kernel's"),
        (ByWeightName, "dictionary"),
        (Lists, "dictionary"),
        (NoKernels, "0 entries"),
    ],
)
def test_other_recorders_get_a_hint(answer, hint):
    assert hint in CHECKS["02.1"](answer)


def ratio_of_sums(w):
    return np.abs(w[-1] - w[0]).sum(axis=(1, 2)) / np.abs(np.diff(w, axis=0)).sum(axis=(0, 2, 3))


def ratio_of_means(w):
    flat = w.reshape(*w.shape[:2], -1)
    path = sum(np.abs(flat[k + 1] - flat[k]).mean(axis=1) for k in range(len(flat) - 1))
    return np.abs(flat[-1] - flat[0]).mean(axis=1) / path


def in_a_loop(w):
    found = []
    for r in range(w.shape[1]):
        path = sum(np.abs(w[t, r] - w[t - 1, r]).sum() for t in range(1, len(w)))
        found.append(np.abs(w[-1, r] - w[0, r]).sum() / path)
    return found


@pytest.mark.parametrize("answer", [ratio_of_sums, ratio_of_means, in_a_loop])
def test_straightness_may_be_written_in_several_ways(answer):
    assert CHECKS["02.2"](answer) is None


def over_all_replicas(w):
    return np.abs(w[-1] - w[0]).sum() / np.abs(np.diff(w, axis=0)).sum()


def without_the_start(w):
    return np.abs(w[-1]).sum(axis=(1, 2)) / np.abs(np.diff(w, axis=0)).sum(axis=(0, 2, 3))


def mean_step(w):
    return np.abs(w[-1] - w[0]).mean(axis=(1, 2)) / np.abs(np.diff(w, axis=0)).mean(axis=(0, 2, 3))


def signed_path(w):
    distance = np.abs(w[-1] - w[0]).sum(axis=(1, 2))
    return distance / np.abs(np.diff(w, axis=0).sum(axis=0)).sum(axis=(1, 2))


def mean_of_ratios(w):
    return (np.abs(w[-1] - w[0]) / np.abs(np.diff(w, axis=0)).sum(axis=0)).mean(axis=(1, 2))


def euclidean(w):
    steps = np.sqrt((np.diff(w, axis=0) ** 2).sum(axis=(2, 3))).sum(axis=0)
    return np.sqrt(((w[-1] - w[0]) ** 2).sum(axis=(1, 2))) / steps


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (over_all_replicas, "three numbers"),
        (without_the_start, "subtracted"),
        (mean_step, "sum of all steps"),
        (signed_path, "return to their start"),
        (mean_of_ratios, "divide once"),
        (euclidean, "absolute"),
        (lambda w: np.full(w.shape[1], np.nan), "finite"),
        (0.3, "function itself"),
    ],
)
def test_other_straightnesses_get_a_hint(answer, hint):
    assert hint in CHECKS["02.2"](answer)


def pooled(a, b, n):
    p = (a + b) / (2 * n)
    return abs(a - b) / n / np.sqrt(2 * p * (1 - p) / n)


def separate(a, b, n):
    return (b / n - a / n) / np.sqrt(a / n * (1 - a / n) / n + b / n * (1 - b / n) / n)


def unbiased(a, b, n):
    p, q = a / n, b / n
    return (p - q) / ((p * (1 - p) + q * (1 - q)) / (n - 1)) ** 0.5


@pytest.mark.parametrize("answer", [pooled, separate, unbiased])
def test_the_error_of_a_gap_may_be_pooled_or_not(answer):
    assert CHECKS["02.3"](answer) is None


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda a, b, n: pooled(a, b, n) * np.sqrt(2), "both shares are uncertain"),
        (lambda a, b, n: pooled(a, b, n) / np.sqrt(n), "single run"),
        (lambda a, b, n: pooled(a, b, n) * np.sqrt(2 / n), "single run"),
        (lambda a, b, n: pooled(a, b, n) * n, "in shares"),
        (lambda a, b, n: (b - a) / n, "not enough"),
        (lambda a, b, n: b / a, "standard errors"),
        (lambda a, b, n: np.nan, "one finite number: the gap in standard errors"),
        (2.1, "function itself"),
        (lambda a, b, n: (a, b), "one finite number"),
        (lambda a, b, n: b > a, "one finite number"),
        (lambda a, b, n: "two", "one finite number"),
    ],
)
def test_other_gaps_get_a_hint(answer, hint):
    assert hint in CHECKS["02.3"](answer)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_hints_do_not_tell_the_answer():
    wrong = {
        "02.1": [FromZero, OneLate, All, NotBefore, Variables, Biases],
        "02.2": [over_all_replicas, without_the_start, signed_path, mean_of_ratios, euclidean],
        "02.3": [lambda a, b, n: b / a, lambda a, b, n: (b - a) / n, lambda a, b, n: np.nan],
    }
    for exercise, answers in wrong.items():
        for answer in answers:
            hint = CHECKS[exercise](answer)
            for code in ("%", "np.", ".numpy", "epoch + 1", "diff(", "sqrt"):
                assert code not in hint, hint
