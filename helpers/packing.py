"""How a compiled epoch holds a model's weights: each in its own variable, or packed into one."""

import keras
import numpy as np
import tensorflow as tf

from helpers.optimizers import optimizer_variables
from helpers.recording import replica_count

# each steps an entry by that entry's own history, so it does not matter which array the entry stands in
_ENTRY_BY_ENTRY = {"SGD", "RMSprop", "Adam", "Adamax", "Nadam", "Adagrad", "Adadelta", "Lion"}
_SMALL = 1000  # weights of a net; with many more, taking them apart at each step costs more than it saves
_ACROSS_ENTRIES = ("clipnorm", "global_clipnorm", "use_ema", "weight_decay", "gradient_accumulation_steps")


class Separate:
    """Each weight in the variable it has in the model.

    Args:
        model: A built Keras model.
        optimizer: Its optimiser, bound to it.
        apply: The function of a list of gradients that ``optimizers.bind_optimizer`` returned with it.

    Attributes:
        variables: The tf.Variables that gradients are taken of.
        state: All variables that learning reads or changes, in the same order for all models of one form.
    """

    def __init__(self, model, optimizer, apply):
        self.model, self.apply = model, apply
        self.variables = [v.value for v in model.trainable_variables]  # the tf.Variable in each
        self.state = [*(v.value for v in model.variables), *optimizer_variables(optimizer, model)]

    def forward(self, x, training):
        """The model's output."""
        return self.model(x, training=training)

    def split(self, arrays):
        """What belongs to each of the model's weights, of a list with one array for each of ``variables``."""
        return arrays

    def arrays(self):
        """The weights as NumPy arrays."""
        return [v.numpy() for v in self.variables]


class Packed:
    """All weights in one variable, which one step of a copy of the optimiser updates.

    A step for each weight is most of what there is to compile for a small net. The model and its optimiser
    are left as they are until ``unpack`` is called.

    Args:
        model: A built Keras model that ``packable`` accepts.
        optimizer: Its optimiser, bound to it.

    Attributes:
        variables: A list of one, the packed weights: what gradients are taken of.
        state: All variables that learning reads or changes, in the same order for all models of one form.
    """

    def __init__(self, model, optimizer):
        self.model = model
        self._owners = [v.value for v in model.trainable_variables]
        self._shapes = [tuple(v.shape) for v in self._owners]
        self._sizes = [int(np.prod(shape)) for shape in self._shapes]
        self._pack = keras.Variable(_join(self._owners), dtype=self._owners[0].dtype.name, name="packed")
        self.variables = [self._pack.value]
        self._copy = type(optimizer).from_config(optimizer.get_config())
        if isinstance(optimizer, keras.optimizers.Optimizer):
            self._copy.build([self._pack])
            self.apply = lambda gradients: self._copy.apply(gradients, [self._pack])
        else:
            self._copy._create_all_weights(self.variables)
            self.apply = lambda gradients: self._copy.apply_gradients(zip(gradients, self.variables, strict=True))
        self._pairs = _pairs(self._copy, self._pack, optimizer, model.trainable_variables)
        for one, several in self._pairs:
            one.assign(_join(several) if one.shape.rank else several[0])
        self.state = [*self.variables, *(one for one, _ in self._pairs)]

    def forward(self, x, training):
        """The model's output, from the packed weights."""
        outputs, _ = self.model.stateless_call(self.split(self.variables), [], x, training=training)
        return outputs

    def split(self, arrays):
        """What belongs to each of the model's weights, of a list of one packed array."""
        parts = tf.split(arrays[0], self._sizes)
        return [tf.reshape(part, shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def arrays(self):
        """The weights as NumPy arrays."""
        parts = np.split(self.variables[0].numpy(), np.cumsum(self._sizes)[:-1])
        return [part.reshape(shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def unpack(self):
        """Put weights and the optimiser's state back where they came from."""
        for one, several in [(self.variables[0], self._owners), *self._pairs]:
            parts = self.split([one]) if one.shape.rank else [one]
            for owner, part in zip(several, parts, strict=True):
                owner.assign(part)


def packable(model, optimizer):
    """Whether packing changes nothing but the time: every entry is stepped by itself, and the nets are small.

    Args:
        model: A built Keras model, of a form that ``sharing.form_of`` can tell.
        optimizer: From ``optimizers.bind_optimizer``.
    """
    settings = optimizer.get_config()
    return (
        type(optimizer).__name__ in _ENTRY_BY_ENTRY
        and not any(settings.get(name) for name in _ACROSS_ENTRIES)
        and not hasattr(optimizer, "_m_cache")  # the legacy Nadam's, which no list of variables holds
        and not model.non_trainable_variables
        and model.count_params() <= _SMALL * (replica_count(model) or 1)
        and len({v.dtype for v in model.trainable_variables}) == 1
    )


def _join(variables):
    return tf.concat([tf.reshape(v, [-1]) for v in variables], axis=0)


def _pairs(copy, pack, optimizer, variables):
    """Each variable of the copy of an optimiser, with those of the optimiser that it stands for."""
    if not isinstance(optimizer, keras.optimizers.Optimizer):
        names = sorted(name for name, value in optimizer._hyper.items() if hasattr(value, "handle"))
        own, theirs = pack.value, [v.value for v in variables]
        return [
            (copy.iterations, [optimizer.iterations]),
            *((copy._hyper[name], [optimizer._hyper[name]]) for name in names),
            *((copy.get_slot(own, n), [optimizer.get_slot(v, n) for v in theirs]) for n in optimizer.get_slot_names()),
        ]
    slots, scalars = _slots(optimizer, variables)
    own_slots, own_scalars = _slots(copy, [pack])
    pairs = [(a.value, [b.value]) for a, b in zip(own_scalars, scalars, strict=True)]
    return pairs + [(own_slots[name][0].value, [v.value for v in slots[name]]) for name in own_slots]


def _slots(optimizer, variables):
    """A Keras 3 optimiser's variables: ``{slot name: one for each weight}``, and those that belong to no weight."""
    slots, scalars = {}, []
    prefixes = [v.path.replace("/", "_") + "_" for v in variables]
    for variable in optimizer.variables:
        owners = [p for p in prefixes if variable.name.startswith(p)]
        if owners:
            longest = max(owners, key=len)
            slots.setdefault(variable.name.removeprefix(longest), {})[longest] = variable
        else:
            scalars.append(variable)
    return {name: [by_owner[p] for p in prefixes] for name, by_owner in slots.items()}, scalars
