"""Load TensorFlow set up for small nets, without its start-up messages, which differ from machine to machine."""

import importlib
import os
import re
import sys
import tempfile

_LOG_LINE = re.compile(rb"[IWE]\d{4} |WARNING: All log messages before absl")


def import_tensorflow():
    """Import TensorFlow and Keras; drop the log lines TensorFlow writes to file descriptor 2 meanwhile.

    TensorFlow 2.21 logs before it has read ``TF_CPP_MIN_LOG_LEVEL``, so the variable alone does not
    silence it. What is not a log line is passed on. Where Keras is already loaded, there is nothing left to silence.

    Example:
        >>> import_tensorflow()
        >>> "tensorflow" in sys.modules
        True
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # oneDNN prints a notice and sums float32 in another order; float64 gains nothing by it.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    # the products of small nets are too small to share among threads: shared, replicas take a quarter longer
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_cpu_multi_thread_eigen" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    if "keras" in sys.modules:
        return
    with tempfile.TemporaryFile() as captured:
        real = os.dup(2)
        os.dup2(captured.fileno(), 2)
        try:
            importlib.import_module("tensorflow")
            importlib.import_module("keras")
        finally:
            os.dup2(real, 2)
            captured.seek(0)
            for line in captured:
                if not _LOG_LINE.match(line):
                    os.write(real, line)
            os.close(real)
