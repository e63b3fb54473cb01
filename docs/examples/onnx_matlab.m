% A solved policy in MATLAB, through Python's onnxruntime. Written from the documentation, not run here.
%   hetkeras export exported_models/khan_thomas --onnx --out_dir=khan_thomas_onnx
% Once: pip install onnxruntime numpy, into the Python that pyenv names.
policy = py.onnxruntime.InferenceSession('khan_thomas_onnx/policy.onnx');
column = @(values) py.numpy.array(num2cell(values), 'float32');
capital = linspace(1, 2, 5);
same = ones(1, 5);
firms = py.dict(pyargs('capital', column(capital), 'idiosyncratic', column(same), 'aggregate', column(same), ...
    'mean_capital', column(1.55 * same), 'price', column(2.2 * same)));
wanted = {'target_capital', 'adjustment_probability'};
outputs = cell(policy.run(wanted, firms));
disp([double(outputs{1}.tolist()); double(outputs{2}.tolist())]')
