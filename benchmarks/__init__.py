"""Speed side by side: the packaged loop, and what a reader would write or use instead.

``python -m benchmarks`` prints the table; each contender is a module that trains the same net on two
circles (2-5-5-5-5-1, tanh, N(0, 1) kernels, batch 32, RMSprop), keeps every kernel's gradient once an
epoch, and prints the seconds it took, imports left out, building and tracing included.
"""

import sklearn.datasets  # noqa: F401 loaded late by helpers.data, and no contender's time should hold it

EPOCHS = 100
BATCH = 32
WIDTHS = (5, 5, 5, 5, 1)

DEPTH, WIDTH, CALLS = 100, 256, 9  # of the untrained net that is probed
