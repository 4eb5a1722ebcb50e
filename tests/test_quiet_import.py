import os
import subprocess
import sys


def test_importing_helpers_says_nothing():
    code = "from helpers import session, data, models, recording, training, plotting; session.start()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_what_is_no_log_line_is_passed_on():
    code = (
        "import os, sys, types, importlib\n"
        "from importlib import import_module as real\n"
        "def fake(name): os.write(2, b'I0000 00:00 x.cc:1] noise\\nsomething else\\n'); return types.ModuleType(name)\n"
        "importlib.import_module = fake\n"
        "package = sys.modules['helpers'] = types.ModuleType('helpers')\n"
        "package.__path__ = ['helpers']\n"
        "quiet_import = real('helpers.quiet_import')\n"
        "quiet_import.import_tensorflow()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0
    assert set(done.stderr.splitlines()) == {"something else"}


def test_a_readers_own_settings_stay():
    own = {**os.environ, "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=true", "TF_CPP_MIN_LOG_LEVEL": "2"}
    code = "import os, helpers; print(os.environ['XLA_FLAGS'], os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env=own)
    assert done.stdout.split() == ["--xla_cpu_multi_thread_eigen=true", "2"]


def test_the_garbage_collector_leaves_tensorflow_alone_whoever_imported_it():
    for first in ("", "import keras; "):
        code = f"{first}import helpers, gc; print(gc.get_freeze_count() > 300_000, gc.isenabled())"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
        assert done.stdout.split() == ["True", "True"]
