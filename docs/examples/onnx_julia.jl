# A solved policy in Julia. Written from the documentation of ONNXRunTime.jl, not run here.
#   hetkeras export exported_models/khan_thomas --onnx --out_dir=khan_thomas_onnx
import ONNXRunTime as ORT # once: import Pkg; Pkg.add("ONNXRunTime")

policy = ORT.load_inference("khan_thomas_onnx/policy.onnx")
column(value) = fill(Float32(value), 5)
firms = (capital = collect(range(1.0f0, 2.0f0, length = 5)), idiosyncratic = column(1), aggregate = column(1),
         mean_capital = column(1.55), price = column(2.2))
outputs = policy(firms, ["target_capital", "adjustment_probability"])
println(outputs.target_capital, " ", outputs.adjustment_probability)
