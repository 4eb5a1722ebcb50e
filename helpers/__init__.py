"""Shared code of the lessons: record what each layer of a network does while it learns, and draw it.

Import the modules you need: ``from helpers import models, training``. Importing the package
loads TensorFlow, quietly.
"""

from helpers.allocator import keep_freed_memory
from helpers.quiet_import import import_tensorflow

keep_freed_memory()
import_tensorflow()
