"""Makes operators.safetensors and networks.safetensors: small ONNX files, an input of each, and what
ONNX Runtime computes of it in f32 without optimising the graph.

    python3 -m venv VENV && VENV/bin/pip install onnx==1.23.2 onnxruntime==1.32.0 safetensors
    VENV/bin/python make.py

A file holds, for each case, the tensors NAME/onnx (bytes), NAME/input and NAME/output/OUTPUT. Inputs
and outputs that an ONNX file has with channels last are kept with channels first.
"""

import numpy as np
import onnx
import onnxruntime as ort
from networks import networks
from net import Net
from operators import operators
from safetensors.numpy import save_file

ort.set_default_logger_severity(3)


def run(net: Net, seed: int) -> dict[str, np.ndarray]:
    model = net.model()
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    content = model.SerializeToString()
    session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    shape = [extent if isinstance(extent, int) else 1 for extent in net.shape]
    x = np.random.default_rng(seed).uniform(-2, 2, shape).astype(np.float32)
    made = session.run(net.outputs, {"x": x})
    first = lambda tensor, last: np.moveaxis(tensor, -1, 1) if last else tensor
    tensors = {"onnx": np.frombuffer(content, np.uint8), "input": first(x, net.input_last)}
    for name, value in zip(net.outputs, made):
        assert np.isfinite(value).all(), f"{net.name}: {name}"
        # Files of opset 7 and later have one size for a network; a golden map is never constant.
        assert value.size == 1 or value.std() > 1e-6, f"{net.name}: {name} is constant"
        tensors[f"output/{name}"] = first(value, name in net.outputs_last)
    return tensors


def write(file: str, nets: list[Net]) -> None:
    tensors = {}
    for seed, net in enumerate(nets):
        for key, value in run(net, seed).items():
            assert f"{net.name}/{key}" not in tensors, net.name
            tensors[f"{net.name}/{key}"] = np.ascontiguousarray(value)
    save_file(tensors, file)
    print(file, len(nets), "cases")


if __name__ == "__main__":
    write("operators.safetensors", operators())
    write("networks.safetensors", networks())
