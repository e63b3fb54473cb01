"""A solved policy in Python without TensorFlow: NumPy and onnxruntime.

hetkeras export exported_models/khan_thomas --onnx --out_dir=khan_thomas_onnx
python onnx_python.py khan_thomas_onnx
"""

import json
import sys

import numpy as np
import onnxruntime

policy = onnxruntime.InferenceSession(f"{sys.argv[1]}/policy.onnx")
told = policy.get_modelmeta().custom_metadata_map
print(told["model"], json.loads(told["bounds"])["capital"])
capital = np.linspace(1, 2, 5, dtype=np.float32)
same = {"idiosyncratic": 1.0, "aggregate": 1.0, "mean_capital": 1.55, "price": 2.2}
firms = {"capital": capital, **{name: np.full(5, value, np.float32) for name, value in same.items()}}
outputs = dict(zip([output.name for output in policy.get_outputs()], policy.run(None, firms), strict=True))
print(outputs["target_capital"].round(4), outputs["adjustment_probability"].round(4))
