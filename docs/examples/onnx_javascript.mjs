// A solved policy in JavaScript. Set up: npm install onnxruntime-node
//   hetkeras export exported_models/khan_thomas --onnx --out_dir=khan_thomas_onnx
//   node onnx_javascript.mjs khan_thomas_onnx
import * as ort from "onnxruntime-node";

const policy = await ort.InferenceSession.create(`${process.argv[2]}/policy.onnx`);
const column = (values) => new ort.Tensor("float32", Float32Array.from(values), [values.length]);
const capital = [1.0, 1.25, 1.5, 1.75, 2.0];
const same = { idiosyncratic: 1.0, aggregate: 1.0, mean_capital: 1.55, price: 2.2 };
const firms = { capital: column(capital) };
for (const [name, value] of Object.entries(same)) firms[name] = column(capital.map(() => value));
const outputs = await policy.run(firms);
console.log(JSON.stringify({ target_capital: [...outputs.target_capital.data] }));
