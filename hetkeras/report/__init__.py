"""From a run directory to figures and one HTML page. Reads files only: no TensorFlow, no model code."""
