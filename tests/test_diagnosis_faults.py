"""Each fault on a net made sick, and nothing on its healthy twin."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from helpers.diagnosis import diagnose
from helpers.diagnosis.anatomy import parts_of
from helpers.diagnosis.facts import Facts
from helpers.diagnosis.proofs import prove
from helpers.diagnosis.rest import Rest
from helpers.diagnosis.task import Task
from helpers.diagnosis.trial import Trial
from helpers.diagnosis.trials import Trials
from helpers.diagnosis.verdict import findings

Dense, BatchNormalization, Input = keras.layers.Dense, keras.layers.BatchNormalization, keras.Input


def rings(n=160):
    rng = np.random.default_rng(0)
    angle, ring = rng.uniform(0, 2 * np.pi, n), np.arange(n) % 2
    radius = 0.4 + 0.8 * ring + rng.normal(0, 0.05, n)
    X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return X.astype("float32"), ring.astype("float32")


def net(*layers, rate=0.01, optimizer="Adam", loss="binary_crossentropy", inputs=(2,), **options):
    model = keras.Sequential([Input(inputs), *layers])
    optimizer = getattr(keras.optimizers, optimizer)(rate, **options)
    model.compile(optimizer, loss, jit_compile=False)  # XLA takes longer to compile a step than these nets to train
    return model


def he(seed):
    return keras.initializers.HeNormal(seed)


def relu(seed, units=16, **options):
    return Dense(units, "relu", **{"kernel_initializer": he(seed), **options})


def end(units=1, activation="sigmoid"):
    return Dense(units, activation, kernel_initializer=keras.initializers.GlorotUniform(9))


def faults(*arguments, **options):
    return [one.fault for one in diagnose(*arguments, **options).findings]


X, Y = rings()
CONSTANT = keras.initializers.Constant
WIDE = keras.initializers.RandomNormal(stddev=30, seed=1)
SMALL = [keras.initializers.RandomNormal(stddev=0.01, seed=k) for k in range(6)]


def alike(units, activation):
    return Dense(units, activation, kernel_initializer=CONSTANT(0.5))


def frozen_averages():
    layers = [k for seed in range(3) for k in (relu(seed), BatchNormalization(momentum=0.9999))]
    return net(*layers, end())


def stack(activation, depth):
    return net(*[Dense(8, activation, kernel_initializer=he(k)) for k in range(depth)], end())


def saturated():
    model = net(*[Dense(16, "tanh", kernel_initializer=WIDE) for _ in range(2)], end(), rate=1e-4)
    return model, X, np.roll(Y, 1) * (X[:, 0] > 0)


SICK = {
    "vanishing_gradient": lambda: (stack("sigmoid", 6), X, Y),
    "exploding_gradient": lambda: (stack("exponential", 6), X, Y),
    "dead_units": lambda: (net(relu(0), relu(1, bias_initializer=CONSTANT(-30)), end()), X, Y),
    "saturation": saturated,
    "bad_initialisation": lambda: (net(*[relu(k, kernel_initializer=SMALL[k]) for k in range(6)], end()), X, Y),
    "learning_rate_too_large": lambda: (net(relu(0), relu(1), end(), rate=30.0, optimizer="SGD"), X, Y),
    "learning_rate_too_small": lambda: (net(relu(0), relu(1), end(), rate=1e-5), X, Y),
    "unscaled_inputs": lambda: (net(relu(0), relu(1), end(), rate=0.003), X * 3000 + 9000, Y),
    "non_finite_loss": lambda: (net(relu(0), end()), np.where(X > 1.1, np.nan, X), Y),
    "batch_norm_mode": lambda: (frozen_averages(), X, Y),
    "no_symmetry_breaking": lambda: (net(alike(8, "tanh"), alike(1, "sigmoid")), X, Y),
}


@pytest.mark.parametrize("fault", SICK)
def test_a_sick_net_is_named(fault):
    report = diagnose(*SICK[fault](), epochs=30, batch_size=32)
    assert report.findings[0].fault == fault, str(report)
    assert all(0 <= one.certainty <= 1 and one.evidence and one.remedy for one in report.findings)


@pytest.mark.parametrize(
    "layers",
    [
        (relu(0), relu(1), end()),
        (Dense(8, "tanh", kernel_initializer=he(0)), end()),
        (Dense(8, "elu", kernel_initializer=he(0)), BatchNormalization(momentum=0.9), relu(1), end()),
        (relu(0), relu(1), Dense(1, "sigmoid", kernel_initializer="zeros")),
    ],
    ids=["relu", "tanh", "batch normalisation", "zero output"],
)
def test_a_healthy_net_has_no_finding(layers):
    assert faults(net(*layers), X, Y, epochs=40) == []


@pytest.mark.parametrize(
    ("units", "activation", "loss", "y"),
    [
        (1, "softmax", "binary_crossentropy", Y),
        (1, "linear", "binary_crossentropy", Y),
        (1, "relu", "binary_crossentropy", Y),
        (2, "softmax", "sparse_categorical_crossentropy", Y / 255),
        (1, "sigmoid", "binary_crossentropy", Y * 2),
        (1, "sigmoid", keras.losses.BinaryCrossentropy(from_logits=True), Y),
        (1, "relu", "mse", Y - 0.5),
        (1, "sigmoid", "mse", Y * 9),
        (2, "softmax", "sparse_categorical_crossentropy", Y + 2),
    ],
)
def test_what_does_not_fit_is_found_before_training(units, activation, loss, y):
    model = net(relu(0), relu(1), end(units, activation), loss=loss, rate=1e-4)
    assert faults(model, X, y, epochs=1)[0] == "wrong_output_or_loss"


def test_squared_error_of_a_sigmoid_that_trains_is_no_finding():
    assert faults(net(relu(0), relu(1), end(), loss="mse"), X, Y, epochs=40) == []


def test_a_frozen_net_is_named():
    model = net(relu(0), end())
    model.trainable = False
    model.compile("adam", "binary_crossentropy")
    assert faults(model, X, Y, epochs=5)[0] == "frozen_layers"


@pytest.mark.parametrize("score, told", [(0.6, ["frozen_layers"]), (0.9, [])])
def test_frozen_layers_are_named_in_a_net_on_its_way_and_not_in_one_that_has_learnt(score, told):
    model = net(*map(relu, range(3)), end())
    for layer in model.layers[:-1]:
        layer.trainable = False
    base = SimpleNamespace(finite=True, losses=np.ones(200), training_score=score, score=score)
    facts = Facts(model=model, X=X, y=Y, parts=parts_of(model), loss="binary_crossentropy", base=base, rest=Rest())
    facts.task, facts.projected = Task("binary", 0.5, 0.69, False), 0.5
    assert facts.trains
    assert [one.fault for one in findings(facts)] == told


def test_a_net_on_its_way_that_large_inputs_saturate_is_told_the_cause_first():
    model = net(Dense(8, "tanh", kernel_initializer=keras.initializers.GlorotUniform(0)), end())
    base = SimpleNamespace(finite=True, losses=np.ones(200), training_score=0.6, score=0.6)
    facts = Facts(model=model, X=X * 1e4, y=Y, parts=parts_of(model), loss="binary_crossentropy", base=base)
    facts.rest = Rest(saturated={model.layers[0].name: 0.9})
    facts.task, facts.projected = Task("binary", 0.5, 0.69, False), 0.5
    first, second = findings(facts)
    assert (first.fault, second.fault) == ("unscaled_inputs", "saturation")
    facts.X = X
    assert [one.fault for one in findings(facts)] == ["saturation"]


def test_one_kernel_in_two_layers_is_named():
    shared = keras.initializers.HeNormal(3)
    layers = [Dense(16, "relu", kernel_initializer=shared) for _ in range(3)]
    assert "shared_initialiser" in faults(net(*layers, end(), rate=1e-5), X, Y, epochs=5)


def test_missing_clipping_is_named_in_a_recurrent_net():
    rng = np.random.default_rng(0)
    sequences = rng.normal(0.5, 1, (120, 30, 2)).astype("float32")
    y = sequences[:, :, 0].mean(1)
    layer = keras.layers.SimpleRNN(
        8, activation="relu", recurrent_initializer=keras.initializers.Identity(1.1), kernel_initializer=he(0)
    )
    model = net(layer, end(1, None), loss="mse", optimizer="SGD", rate=0.05, inputs=(30, 2))
    assert faults(model, sequences, (y - y.mean()) / y.std(), epochs=10)[0] == "missing_clipping"


def test_nan_in_weights_and_targets_is_named():
    model = net(relu(0), end())
    broken = Y.copy()
    broken[3] = np.nan
    assert faults(model, X, broken) == ["non_finite_loss"]
    model.layers[0].kernel.assign(np.full((2, 16), np.nan))
    assert faults(model, X, Y) == ["non_finite_loss"]


def test_an_optimizer_of_another_model_is_named():
    adam = keras.optimizers.Adam(0.01)
    first, second = (keras.Sequential([Input((2,)), relu(0), end()]) for _ in range(2))
    for model in (first, second):
        model.compile(adam, "binary_crossentropy", jit_compile=False)
    first.fit(X, Y, epochs=1, verbose=0)
    before = [v.numpy() for v in first.weights + second.weights + adam.variables]
    assert faults(first, X, Y) == []
    assert faults(second, X, Y) == ["optimizer_of_another_model"]
    after = [v.numpy() for v in first.weights + second.weights + adam.variables]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("inputs", ["constant", "noise"])
def test_it_is_said_where_a_net_does_not_learn_and_no_cause_is_found(inputs):
    rng = np.random.default_rng(0)
    labels = (rng.random(200) < 0.5).astype("float32")
    given = np.zeros((200, 2)) if inputs == "constant" else rng.normal(size=(200, 2))
    report = diagnose(net(relu(0), end(), rate=0.001), given.astype("float32"), labels)
    assert report.healthy
    assert report.healthy and str(report).startswith("It does not learn, and no cause was found.")


def test_a_proven_consequence_stands_below_its_cause():
    layers = [Dense(16, "tanh", kernel_initializer=keras.initializers.GlorotUniform(k)) for k in range(3)]
    report = diagnose(net(*layers, end(), optimizer="SGD", rate=0.1), X * [300, 1000], Y, epochs=20)
    cause, consequence = report.findings[:2]
    assert (cause.fault, consequence.fault) == ("unscaled_inputs", "saturation")
    assert "a consequence of inputs of size" in consequence.evidence
    assert consequence.certainty < cause.certainty


def test_a_change_that_helps_less_than_another_is_no_cause():
    task = Task("values", 0.0, 1.0, False)
    trials = Trials(SimpleNamespace(task=task), SimpleNamespace(finite=True, losses=[], score=0.0), X, [], 1)
    trials.gains = {"base": 0.0, "rate x 0.1": 0.3, "scaled inputs": 0.9, "drawn anew": 0.4}
    assert trials.better_than(["rate x 0.1"]) == "with inputs standardised"
    trials.gains["scaled inputs"] = 0.4
    assert trials.better_than(["rate x 0.1"]) is None


def test_where_some_samples_are_not_finite_the_others_tell_of_a_second_fault():
    model = net(alike(8, "tanh"), alike(1, "sigmoid"))
    broken = np.where(X > 1.1, np.nan, X)
    assert faults(model, broken, Y) == ["non_finite_loss", "no_symmetry_breaking"]


def test_a_second_fault_shows_where_the_first_is_mended():
    dead = relu(1, bias_initializer=CONSTANT(-30))
    report = diagnose(net(relu(0), dead, end(), optimizer="SGD", rate=1e-4), X, Y, epochs=30)
    assert [one.fault for one in report.findings[:2]] == ["dead_units", "learning_rate_too_small"], str(report)
    assert "with the other faults mended" in report.findings[1].evidence


def test_a_plan_of_one_epoch_is_no_fault_and_that_it_is_short_is_said():
    report = diagnose(net(relu(0), relu(1), end()), X, Y, epochs=1)
    assert report.healthy
    assert "train for longer" in report.summary


def test_averages_that_hold_their_initial_values_are_named():
    layers = [k for seed in range(3) for k in (relu(seed), BatchNormalization(momentum=0.9995))]
    assert faults(net(*layers, end()), X, Y, epochs=30)[0] == "batch_norm_mode"


@pytest.mark.parametrize(("rate", "divided"), [(30.0, 10), (100.0, 100)])
def test_the_remedy_for_a_rate_is_what_cured_the_copy(rate, divided):
    (one, *_) = diagnose(net(relu(0), relu(1), end(), rate=rate, optimizer="SGD"), X, Y, epochs=30).findings
    assert f"at rate x {1 / divided:g} a copy trains" in one.evidence
    assert one.remedy == f"learning_rate / {divided}"


def test_the_remedy_for_what_is_not_finite_keeps_the_rest():
    broken = np.where(X > 1.1, np.nan, X)
    (finding,) = diagnose(net(relu(0), end()), broken, Y).findings
    kept = {"X": broken, "y": Y, "np": np}
    exec(finding.remedy, kept)
    assert np.isfinite(kept["X"]).all() and len(kept["X"]) == len(kept["y"]) > 0.8 * len(X)
    (finding,) = diagnose(net(relu(0), end()), X, np.where(X[:, 0] > 1.1, np.inf, Y)).findings
    kept = {"X": X, "y": np.where(X[:, 0] > 1.1, np.inf, Y), "np": np}
    exec(finding.remedy, kept)
    assert np.isfinite(kept["y"]).all() and len(kept["X"]) == len(kept["y"]) > 0.8 * len(X)


def test_labels_of_one_and_two_are_to_be_counted_from_zero():
    assert diagnose(net(relu(0), end()), X, Y + 1).findings[0].remedy == "y = y - 1"


def test_frozen_layers_come_before_a_rate_that_makes_up_for_them():
    model = net(relu(0), relu(1), end(), rate=1e-4)
    for layer in model.layers[:2]:
        layer.trainable = False
    model.compile(keras.optimizers.Adam(1e-4), "binary_crossentropy", jit_compile=False)
    assert faults(model, X, Y, epochs=20)[0] == "frozen_layers"


def test_a_remedy_names_the_kind_of_the_layer():
    layers = [keras.layers.Conv1D(4, 2, padding="same", activation="sigmoid", kernel_initializer=he(k)) for k in (0, 1)]
    layers = [*layers, *(keras.layers.Conv1D(4, 2, padding="same", activation="sigmoid") for _ in range(4))]
    model = net(*layers, keras.layers.Flatten(), end(), inputs=(2, 1))
    report = diagnose(model, X[..., None], Y, epochs=20)
    (one,) = (one for one in report.findings if one.fault == "vanishing_gradient")
    assert one.remedy.startswith("Conv1D(")


def test_what_was_not_tried_is_not_said_to_have_failed():
    model = net(relu(0), Dense(1, "softmax"), optimizer="SGD", rate=0.1)
    report = diagnose(model, X * 1e6, Y, epochs=20)
    assert report.findings[0].fault == "wrong_output_or_loss"
    assert "does not cure it" not in str(report)
    layers = [k for seed in range(3) for k in (relu(seed), BatchNormalization(momentum=0.9999))]
    assert "does not cure it" not in str(diagnose(net(*layers, end()), X, Y, epochs=30))


def test_other_work_on_the_machine_does_not_stop_a_trial(monkeypatch):
    monkeypatch.setattr("helpers.diagnosis.trial.time.process_time", lambda: 0.0)  # this process did nothing
    monkeypatch.setattr("helpers.diagnosis.trial.time.perf_counter", iter(range(10**6)).__next__)
    model, loss = net(relu(0), end(), rate=1e-5), keras.losses.BinaryCrossentropy()
    trial = Trial(model, loss, Y[:, None], Task("binary", 0.5, 0.69, False), 32)
    assert len(trial.run(X, 120, seconds=0.5).losses) == 120


def test_averages_that_are_mostly_their_initial_values_are_named_where_the_gap_is_small():
    model = net(relu(0), BatchNormalization(momentum=0.999), end())
    base = SimpleNamespace(finite=True, losses=np.ones(200), training_score=0.9, score=0.8)
    facts = Facts(model=model, X=X, y=Y, parts=[], loss="binary_crossentropy", base=base)
    facts.task = Task("binary", 0.5, 0.69, False)
    assert [one.fault for one in findings(facts)] == ["batch_norm_mode"]
    model.layers[1].momentum = 0.9
    assert findings(facts) == ()


@pytest.mark.parametrize("fault, change", [("dead_units", "drawn anew"), ("vanishing_gradient", "SELU")])
def test_the_likeliest_change_is_tried_first_and_ends_the_trials_if_it_suffices(fault, change, monkeypatch):
    kept = []
    monkeypatch.setitem(diagnose.__globals__, "prove", lambda facts: kept.append(facts) or prove(facts))
    model, inputs, targets = SICK[fault]()
    diagnose(model, inputs, targets, epochs=20)
    assert list(kept[0].trials.gains) == ["base", change]
