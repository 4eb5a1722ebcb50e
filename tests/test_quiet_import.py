import os
import subprocess
import sys
from pathlib import Path


def run(code, **more):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, **more)


def test_the_imports_of_the_readme_and_the_start_say_nothing():
    readme = (Path(__file__).resolve().parent.parent / "README.md").read_text(encoding="utf-8")
    snippet = readme.partition("```python\n")[2].partition("```")[0]
    imports = [line for line in snippet.splitlines() if line.startswith(("import ", "from "))]
    assert any("keras" in line for line in imports)
    assert any("helpers" in line and "session" in line for line in imports)
    done = run("\n".join([*imports, "from helpers import recording", "session.start()"]))
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
    done = run(code)
    assert done.returncode == 0
    assert set(done.stderr.splitlines()) == {"something else"}


def test_a_readers_own_settings_stay():
    own = {**os.environ, "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=true", "TF_CPP_MIN_LOG_LEVEL": "2"}
    code = (
        "import importlib, os\n"
        "seen = []\n"  # what TensorFlow would find when it is loaded
        "importlib.import_module = lambda name: seen.append((name, dict(os.environ)))\n"
        "import helpers\n"
        "names, found = zip(*seen)\n"
        "print(*names, *(e[n] for e in found for n in ('XLA_FLAGS', 'TF_CPP_MIN_LOG_LEVEL')))"
    )
    done = run(code, env=own)
    assert done.stdout.split() == ["tensorflow", "keras", *("--xla_cpu_multi_thread_eigen=true", "2") * 2]


def test_where_keras_is_loaded_nothing_is_loaded_again():
    code = (
        "import sys, types\n"
        "sys.modules['keras'] = types.ModuleType('keras')\n"
        "import helpers\n"
        "print('tensorflow' in sys.modules)\n"
    )
    assert run(code).stdout.split() == ["False"]
