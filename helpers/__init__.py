"""Shared code of the lessons: record what each layer of a network does while it learns, and draw it.

Import the modules you need: ``from helpers import models, training``. Importing the package
loads TensorFlow, quietly.
"""

from helpers.quiet_import import import_tensorflow

import_tensorflow()
