# A solved policy in R, by onnxruntime through reticulate. Written from their documentation, not run here.
#   hetkeras export exported_models/khan_thomas --onnx --out_dir=khan_thomas_onnx
library(reticulate) # once: install.packages("reticulate")
py_require("onnxruntime")
policy <- import("onnxruntime")$InferenceSession("khan_thomas_onnx/policy.onnx")
column <- function(values) np_array(array(values), dtype = "float32")
capital <- seq(1, 2, length.out = 5)
same <- c(idiosyncratic = 1, aggregate = 1, mean_capital = 1.55, price = 2.2)
firms <- c(list(capital = column(capital)), lapply(as.list(same), function(value) column(rep(value, 5))))
wanted <- c("target_capital", "adjustment_probability")
outputs <- setNames(policy$run(as.list(wanted), dict(firms)), wanted)
print(as.data.frame(lapply(outputs, as.numeric)))
