import keras
import numpy as np
import pytest

from helpers import mystery
from helpers.diagnosis import FAULTS, diagnose


@pytest.mark.parametrize("name", mystery.NETS)
def test_a_net_learns_as_planned_if_and_only_if_it_is_healthy(name):
    case = mystery.net(name, seed=3)
    assert (mystery.train(case.model, case) >= mystery.CURED) == (mystery.faults(name) == ())


@pytest.mark.parametrize("seed", [5, 6])
@pytest.mark.parametrize("name", mystery.NETS)
def test_diagnose_names_the_faults_first(name, seed):
    case = mystery.net(name, seed)
    report = diagnose(case.model, case.X, case.y, epochs=case.epochs, batch_size=case.batch_size)
    faults = mystery.faults(name)
    assert {one.fault for one in report.findings[: max(len(faults), 1)]} == set(faults), str(report)


def test_two_are_healthy_one_has_two_faults_and_no_fault_comes_twice():
    counts = sorted(len(mystery.faults(name)) for name in mystery.NETS)
    assert counts == [0, 0, 1, 1, 1, 1, 1, 2]
    named = [fault for name in mystery.NETS for fault in mystery.faults(name)]
    assert len(named) == len(set(named)) and set(named) <= set(FAULTS)


@pytest.mark.parametrize("name", mystery.NETS)
def test_a_seed_settles_the_weights_and_leaves_the_data(name):
    first, again, other = (mystery.net(name, seed) for seed in (0, 0, 1))
    kernels = [[layer.kernel.numpy() for layer in case.model.layers] for case in (first, again, other)]
    assert all(np.array_equal(a, b) for a, b in zip(kernels[0], kernels[1], strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(kernels[0], kernels[2], strict=True))
    assert all(np.array_equal(first[k], other[k]) for k in range(1, 5))


def test_no_two_layers_of_a_net_share_a_random_kernel():
    for name in mystery.NETS:
        kernels = [layer.kernel.numpy() for layer in mystery.net(name).model.layers]
        random = [kernel for kernel in kernels if np.ptp(kernel) > 0]
        assert len({kernel.tobytes() for kernel in random}) == len(random)


def test_who_changes_the_data_of_a_case_changes_no_other():
    mystery.net("C").X[:] = 0
    assert np.ptp(mystery.net("C").X) > 0


def test_training_does_not_depend_on_what_ran_before():
    accuracies = []
    for _ in range(2):
        case = mystery.net("C")
        case.model.optimizer.learning_rate = 0.1
        accuracies.append((mystery.train(case.model, case), case.model.layers[0].kernel.numpy().sum()))
        keras.utils.set_random_seed(99)
    assert accuracies[0] == accuracies[1]


@pytest.mark.parametrize("call", [mystery.net, mystery.faults])
@pytest.mark.parametrize("name", ["I", "a", "", None, 1])
def test_an_unknown_net_is_refused(call, name):
    with pytest.raises(ValueError, match="one of A, B, C"):
        call(name)


@pytest.mark.parametrize(("seed", "error"), [(-1, ValueError), (1.5, TypeError), ("0", TypeError)])
def test_a_seed_that_is_none_is_refused(seed, error):
    with pytest.raises(error):
        mystery.net("A", seed)
