"""hetkeras: solve heterogeneous-agent and combinatorial models, prove the solution, ship it.

import hetkeras as hk

model = hk.models.KhanThomas(depreciation=0.08)
solution = hk.solve(model, "runs/kt")          # trains or resumes, exports, reloads, measures, draws the page
print(hk.diagnose(solution))                   # PASS or FAIL
frame = hk.simulate(solution, periods=500)     # pandas
solution = hk.load("runs/kt/saved_model")      # anywhere
"""

import os
import sys

import lazy_loader

if "keras" not in sys.modules:
    os.environ["KERAS_BACKEND"] = "tensorflow"  # whatever else Keras may do for other programs

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
