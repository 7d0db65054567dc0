"""An ONNX network in the making."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Net:
    """A network of one input, `x`, and outputs that `out` names."""

    def __init__(self, name, opset=13, shape=(1, 3, 9, 11), seed=None, input_last=False):
        self.name, self.opset, self.shape = name, opset, shape
        self.input_last = input_last
        self.nodes, self.constants, self.outputs, self.outputs_last = [], [], [], []
        self.count = 0
        self.rng = np.random.default_rng(seed if seed is not None else sum(name.encode()))

    def fresh(self, stem):
        self.count += 1
        return f"{stem}{self.count}"

    def node(self, operator, *inputs, outputs=1, **attributes):
        """Adds a node; returns its output's name, or all where there are several."""
        names = [self.fresh(operator.lower()) for _ in range(outputs)]
        label = self.fresh("node_")
        self.nodes.append(helper.make_node(operator, list(inputs), names, label, **attributes))
        return names[0] if outputs == 1 else names

    def const(self, value, dtype=np.float32):
        name = self.fresh("k")
        array = np.asarray(value, dtype)
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def ints(self, *values):
        return self.const(values, np.int64)

    def random(self, *dims, spread=1.0, middle=0.0):
        return self.const(self.rng.uniform(middle - spread, middle + spread, dims))

    def weights(self, *dims):
        fan_in = max(int(np.prod(dims[1:])), 1)
        return self.random(*dims, spread=(3 / fan_in) ** 0.5)

    def conv(self, x, channels, filters, kernel=3, bias=True, group=1, **attributes):
        rows, cols = (kernel, kernel) if isinstance(kernel, int) else kernel
        inputs = [x, self.weights(filters, channels // group, rows, cols)]
        if bias:
            inputs.append(self.random(filters, spread=0.5))
        if "pads" not in attributes and "auto_pad" not in attributes:
            attributes["pads"] = [rows // 2, cols // 2, rows // 2, cols // 2]
        return self.node("Conv", *inputs, group=group, **attributes)

    def batch_norm(self, x, channels):
        scale, shift = self.random(channels, spread=0.4, middle=1), self.random(channels)
        mean, variance = self.random(channels), self.random(channels, spread=0.5, middle=1)
        return self.node("BatchNormalization", x, scale, shift, mean, variance, epsilon=1e-3)

    def out(self, *names, last=False):
        """Names the outputs; `last` says that their channels are last."""
        self.outputs += names
        if last:
            self.outputs_last += names
        return self

    def model(self):
        value = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        inputs = [value("x", self.shape)]
        outputs = [value(name, None) for name in self.outputs]
        graph = helper.make_graph(self.nodes, self.name, inputs, outputs, self.constants)
        opset = helper.make_opsetid("", self.opset)
        # The IR version in which the operator set came.
        ir = {7: 3, 8: 3, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7, 14: 7, 15: 8}.get(self.opset, 9)
        ir = max(ir, 4)
        return helper.make_model(graph, opset_imports=[opset], ir_version=ir, producer_name="")
