"""One case for each operator, mode and form."""

import numpy as np
from net import Net
from onnx import helper


def operators():
    return [
        *convolutions(), *transposed(), *normalisations(), *activations(), *pools(), *arithmetic(),
        *moves(), *resizes(), *heads(), *layouts(), *constants(),
    ]


def one(name, operator, opset=13, shape=(1, 3, 9, 11), inputs=lambda net: [], **attributes):
    """A network of one node."""
    net = Net(name, opset, shape)
    return net.out(net.node(operator, "x", *inputs(net), **attributes))


def convolutions():
    def conv(name, opset=13, channels=3, filters=5, kernel=3, shape=(1, 3, 9, 11), **attributes):
        net = Net(f"conv-{name}", opset, shape)
        x = "x" if channels == 3 else net.conv("x", 3, channels, 1)
        return net.out(net.conv(x, channels, filters, kernel, **attributes))

    same = lambda mode, **more: conv(f"{mode.lower()}-{len(more)}", auto_pad=mode, **more)
    return [
        conv("plain", pads=[0, 0, 0, 0]),
        conv("opset7", 7, pads=[1, 1, 1, 1]),
        conv("opset21", 21, bias=False),
        conv("asymmetric", pads=[2, 0, 1, 2], strides=[2, 1]),
        conv("dilated", dilations=[2, 3], pads=[2, 3, 1, 2]),
        conv("oblong", kernel=(1, 5), strides=[1, 2], pads=[0, 2, 0, 2]),
        conv("groups", channels=6, filters=9, group=3),
        conv("depthwise", channels=20, filters=20, group=20, strides=[2, 2]),
        conv("multiplied", channels=4, filters=8, group=4),
        conv("wide-padding", kernel=1, pads=[1, 2, 1, 0]),
        conv("wider-padding", pads=[4, 0, 3, 5], strides=[2, 2]),
        conv("batch-dynamic", shape=("N", 3, 9, 11)),
        *[same(mode) for mode in ["VALID", "SAME_UPPER", "SAME_LOWER"]],
        *[same(mode, strides=[2, 3], kernel=4) for mode in ["SAME_UPPER", "SAME_LOWER"]],
    ]


def transposed():
    def conv(name, kernel, opset=13, channels=3, filters=4, group=1, bias=True, **attributes):
        net = Net(f"transposed-{name}", opset, (1, 3, 5, 6))
        x = "x" if channels == 3 else net.conv("x", 3, channels, 1)
        inputs = [x, net.random(channels, filters // group, *kernel, spread=0.5)]
        if bias:
            inputs.append(net.random(filters))
        return net.out(net.node("ConvTranspose", *inputs, group=group, **attributes))

    return [
        conv("by-two", (2, 2), strides=[2, 2]),
        conv("unet-opset7", (2, 2), 7, strides=[2, 2], bias=False),
        conv("four-by-two", (4, 4), strides=[2, 2], pads=[1, 1, 1, 1]),
        conv("more", (3, 3), strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1]),
        conv("unstrided", (3, 5), pads=[1, 2, 1, 2]),
        conv("gaps", (2, 1), strides=[3, 2], output_padding=[1, 1]),
        conv("dilated", (3, 2), strides=[2, 3], dilations=[2, 2], pads=[0, 1, 2, 0]),
        conv("asymmetric", (3, 3), strides=[3, 2], pads=[2, 0, 0, 1]),
        conv("groups", (3, 3), channels=6, filters=4, group=2, strides=[2, 2]),
        conv("bilinear", (4, 4), channels=5, filters=5, group=5, strides=[2, 2], pads=[1] * 4),
        conv("many", (2, 2), channels=9, filters=19, strides=[2, 2], pads=[1] * 4),
        conv("shape", (3, 3), strides=[2, 2], output_shape=[10, 12]),
        conv("shape-odd", (3, 3), strides=[2, 2], output_shape=[9, 12], auto_pad="SAME_UPPER"),
        conv("same-upper", (3, 3), strides=[2, 2], auto_pad="SAME_UPPER"),
        conv("same-lower", (3, 4), strides=[2, 2], auto_pad="SAME_LOWER"),
        conv("valid", (3, 3), strides=[2, 2], auto_pad="VALID"),
    ]


def normalisations():
    nets = []
    for opset in [7, 9, 15]:
        net = Net(f"batch-norm-{opset}", opset)
        nets.append(net.out(net.batch_norm("x", 3)))
    net = Net("batch-norm-folded")
    nets.append(net.out(net.node("Relu", net.batch_norm(net.conv("x", 3, 6), 6))))
    net = Net("batch-norm-apart")
    nets.append(net.out(net.batch_norm(net.node("Relu", net.conv("x", 3, 6)), 6)))
    net = Net("batch-norm-transposed", 13, (1, 3, 4, 5))
    w = net.random(3, 4, 2, 2)
    x = net.node("ConvTranspose", "x", w, strides=[2, 2])
    nets.append(net.out(net.batch_norm(x, 4)))
    net = Net("batch-norm-transposed-groups", 13, (1, 3, 4, 5))
    w = net.random(6, 4, 2, 2)
    x = net.node("ConvTranspose", net.conv("x", 3, 6, 1), w, strides=[2, 2], group=3)
    nets.append(net.out(net.batch_norm(x, 12)))
    for opset in [7, 21]:
        net = Net(f"instance-norm-{opset}", opset)
        x = net.conv("x", 3, 4)
        x = net.node("InstanceNormalization", x, net.random(4), net.random(4), epsilon=1e-3)
        nets.append(net.out(net.conv(net.node("Relu", x), 4, 3)))
    return nets


def activations():
    def fused(name, operator, opset=13, **attributes):
        net = Net(f"{name}-fused", opset, (1, 3, 4, 7))
        return net.out(net.node(operator, net.conv("x", 3, 18), **attributes))

    plain = [
        ("Relu", 7, {}), ("LeakyRelu", 7, {}), ("LeakyRelu", 16, {"alpha": 0.3}),
        ("Sigmoid", 13, {}), ("Tanh", 13, {}), ("HardSigmoid", 7, {}),
        ("HardSigmoid", 13, {"alpha": 0.3, "beta": 0.6}), ("HardSwish", 14, {}),
        ("Gelu", 20, {}), ("Gelu", 20, {"approximate": "tanh"}), ("Elu", 13, {"alpha": 0.7}),
    ]
    nets = []
    for operator, opset, attributes in plain:
        name = f"{operator.lower()}-{opset}-{len(attributes)}"
        nets.append(one(name, operator, opset, **attributes))
        nets.append(fused(name, operator, opset, **attributes))
    nets += [
        one("clip-7", "Clip", 7, min=-0.5, max=1.0),
        one("clip-13", "Clip", 13, inputs=lambda net: [net.const(-0.5), net.const(1.0)]),
        one("clip-upper", "Clip", 12, inputs=lambda net: ["", net.const(1.0)]),
        one("min", "Min", inputs=lambda net: [net.const(0.5)]),
        one("max", "Max", inputs=lambda net: [net.const([0.0])]),
        one("neg", "Neg"),
        one("prelu-one", "PRelu", inputs=lambda net: [net.random(1)]),
        one("prelu-7", "PRelu", 7, inputs=lambda net: [net.random(3, 1, 1)]),
        one("prelu-16", "PRelu", 16, inputs=lambda net: [net.random(1, 3, 1, 1)]),
    ]

    def silu(net, x):
        return net.node("Mul", x, net.node("Sigmoid", x))

    def swish_six(net, x, form):
        six = net.node("Clip", net.node("Add", x, net.const(3.0)), net.const(0.0), net.const(6.0))
        if form == 0:
            return net.node("Mul", x, net.node("Div", six, net.const(6.0)))
        if form == 1:
            return net.node("Div", net.node("Mul", x, six), net.const(6.0))
        if form == 2:
            return net.node("Mul", net.node("Mul", six, net.const(1 / 6)), x)
        return net.node("Mul", x, net.node("HardSigmoid", x, alpha=1 / 6))

    def gelu(net, x, form):
        erf = net.node("Erf", net.node("Div", x, net.const(2**0.5)))
        one = net.node("Add", erf, net.const(1.0))
        if form == 0:
            return net.node("Mul", net.node("Mul", x, one), net.const(0.5))
        if form == 1:
            return net.node("Mul", net.node("Mul", x, net.const(0.5)), one)
        return net.node("Mul", x, net.node("Mul", net.const(0.5), one))

    forms = [("silu", silu, [()]), ("hard-swish", swish_six, [(0,), (1,), (2,), (3,)])]
    forms.append(("gelu-erf", gelu, [(0,), (1,), (2,)]))
    for name, make, all_forms in forms:
        for form in all_forms:
            net = Net("-".join(["pattern", name, *map(str, form)]))
            nets.append(net.out(make(net, net.conv("x", 3, 8), *form)))
    return nets


def pools():
    nets = []
    for opset in [7, 12]:
        nets.append(one(f"max-pool-{opset}", "MaxPool", opset, kernel_shape=[3, 2],
                        strides=[2, 2], pads=[1, 0, 1, 1]))
    for ceil in [0, 1]:
        for stride in [2, 3]:
            shape = dict(kernel_shape=[3, 3], strides=[stride] * 2, ceil_mode=ceil)
            nets.append(one(f"max-pool-ceil{ceil}-{stride}", "MaxPool", pads=[1, 1, 0, 1], **shape))
            for count in [0, 1]:
                nets.append(one(f"average-pool-ceil{ceil}-{stride}-{count}", "AveragePool", 19,
                                count_include_pad=count, pads=[1, 0, 1, 1], **shape))
    for mode in ["SAME_UPPER", "SAME_LOWER", "VALID"]:
        shape = dict(kernel_shape=[3, 4], strides=[2, 2], auto_pad=mode)
        nets.append(one(f"max-pool-{mode.lower()}", "MaxPool", **shape))
        nets.append(one(f"average-pool-{mode.lower()}", "AveragePool", 11, **shape))
    nets += [
        one("max-pool-dilated", "MaxPool", kernel_shape=[2, 3], dilations=[3, 2], pads=[1] * 4),
        one("average-pool-dilated", "AveragePool", 19, kernel_shape=[2, 3], dilations=[3, 2],
            pads=[1] * 4, count_include_pad=1),
        one("average-pool-7", "AveragePool", 7, kernel_shape=[3, 3], pads=[1] * 4),
        one("global-average", "GlobalAveragePool"),
        one("global-max", "GlobalMaxPool"),
        one("reduce-mean-keep", "ReduceMean", 13, axes=[2, 3]),
        one("reduce-mean-drop", "ReduceMean", 11, axes=[-1, -2], keepdims=0),
        one("reduce-mean-18", "ReduceMean", 18, inputs=lambda net: [net.ints(2, 3)], keepdims=0),
        one("reduce-max", "ReduceMax", 13, axes=[2, 3]),
    ]
    return nets


def arithmetic():
    nets = []
    for operator in ["Add", "Sub", "Mul", "Div"]:
        for opset in [7, 14]:
            net = Net(f"{operator.lower()}-maps-{opset}", opset)
            a, b = net.conv("x", 3, 4), net.node("Sigmoid", net.conv("x", 3, 4))
            nets.append(net.out(net.node("Relu", net.node(operator, a, b))))
        net = Net(f"{operator.lower()}-channels")
        x = net.node("Relu", net.conv("x", 3, 4))
        gate = net.node("Sigmoid", net.conv(net.node("GlobalAveragePool", x), 4, 4, 1))
        y = net.node(operator, x, gate)
        nets.append(net.out(net.conv(y, 4, 3)))
        net = Net(f"{operator.lower()}-plane")
        gate = net.node("Sigmoid", net.conv("x", 3, 1))
        nets.append(net.out(net.node(operator, net.conv("x", 3, 4), gate)))
        for name, dims in [("scalar", ()), ("one", (1,)), ("three", (3, 1, 1)), ("four", (1, 3, 1, 1))]:
            nets.append(one(f"{operator.lower()}-constant-{name}", operator,
                            inputs=lambda net, dims=dims: [net.random(*dims, middle=2)]))
        net = Net(f"{operator.lower()}-folded")
        nets.append(net.out(net.node(operator, net.conv("x", 3, 4), net.random(4, 1, 1, middle=2))))
    net = Net("sub-from-constant")
    nets.append(net.out(net.node("Sub", net.const(1.0), "x")))
    net = Net("gate-first")
    gate = net.node("Sigmoid", net.conv(net.node("GlobalMaxPool", "x"), 3, 3, 1))
    nets.append(net.out(net.node("Sub", gate, "x")))
    net = Net("sum-of-three")
    nets.append(net.out(net.node("Sum", net.conv("x", 3, 3), "x", net.node("Relu", "x"))))
    net = Net("scale-then-shift")
    y = net.node("Div", net.node("Sub", "x", net.random(3, 1, 1)), net.random(3, 1, 1, middle=2))
    nets.append(net.out(net.conv(y, 3, 4)))
    return nets


def moves():
    nets = [
        one("slice-9", "Slice", 9, starts=[1, -7], ends=[8, 100], axes=[2, 3]),
        one("slice-channels", "Slice",
            inputs=lambda net: [net.ints(1), net.ints(3), net.ints(1)]),
        one("slice-steps", "Slice", inputs=lambda net: [
            net.ints(0, 1, 1), net.ints(3, 99, -1), net.ints(1, 2, 3), net.ints(2, 2, 3)]),
        one("space-to-depth", "SpaceToDepth", shape=(1, 3, 6, 9), blocksize=3),
        one("concat", "Concat", 11, inputs=lambda net: ["x", net.conv("x", 3, 4)], axis=1),
        one("concat-negative", "Concat", inputs=lambda net: [net.conv("x", 3, 4)], axis=-3),
    ]
    for name, opset, sizes in [("equal", 11, None), ("equal", 13, None), ("attribute", 11, [1, 4, 3]),
                               ("input", 13, [5, 1, 2]), ("outputs", 18, None)]:
        net = Net(f"split-{name}-{opset}", opset)
        x = net.conv("x", 3, 8)
        count = 3 if sizes or opset == 18 else 2
        inputs, attributes = [x], {}
        if sizes and opset < 13:
            attributes["split"] = sizes
        elif sizes:
            inputs.append(net.ints(*sizes))
        elif opset == 18:
            attributes["num_outputs"] = 3
        parts = net.node("Split", *inputs, outputs=count, axis=1, **attributes)
        # The second is left out: nobody reads it.
        nets.append(net.out(net.node("Relu", parts[0]), net.conv(parts[-1], {
            ("equal", 11): 4, ("equal", 13): 4, ("outputs", 18): 2}.get((name, opset), (sizes or [0])[-1]), 3)))
    net = Net("split-rows", 13)
    top, bottom = net.node("Split", "x", net.ints(4, 5), outputs=2, axis=2)
    nets.append(net.out(net.conv(top, 3, 2), net.conv(bottom, 3, 2)))
    net = Net("focus", 13, (1, 3, 8, 12))
    parts = []
    for row, col in [(0, 0), (1, 0), (0, 1), (1, 1)]:
        rows = net.node("Slice", "x", net.ints(row), net.ints(2**31), net.ints(2), net.ints(2))
        parts.append(net.node("Slice", rows, net.ints(col), net.ints(2**31), net.ints(3), net.ints(2)))
    nets.append(net.out(net.conv(net.node("Concat", *parts, axis=1), 12, 8)))
    for mode in ["constant", "reflect", "edge"]:
        nets.append(one(f"pad-{mode}-10", "Pad", 10, mode=mode, pads=[0, 0, 1, 2, 0, 0, 3, 0]))
        nets.append(one(f"pad-{mode}-13", "Pad", 13, mode=mode, inputs=lambda net: [
            net.ints(0, 0, 3, 0, 0, 0, 1, 4), net.const(0.75)]))
    nets.append(one("pad-axes", "Pad", 18, inputs=lambda net: [
        net.ints(1, 2, 3, 0), net.const(-1.0), net.ints(-1, 2)]))
    for padding, name in [(1, "folded"), (3, "apart")]:
        net = Net(f"pad-{name}")
        x = net.node("Pad", "x", net.ints(0, 0, padding, 0, 0, 0, 1, 1))
        nets.append(net.out(net.conv(x, 3, 4, pads=[0, 1, 0, 0], strides=[2, 2])))
    for mode in ["DCR", "CRD"]:
        net = Net(f"depth-to-space-{mode.lower()}", 13, (1, 3, 4, 5))
        nets.append(net.out(net.node("DepthToSpace", net.conv("x", 3, 18), blocksize=3, mode=mode)))
    net = Net("depth-to-space-7", 7)
    nets.append(net.out(net.node("DepthToSpace", net.conv("x", 3, 8), blocksize=2)))
    for batch, last in [(1, 12), (-1, 12), (0, -1)]:
        net = Net(f"channel-shuffle-{batch}")
        apart = net.node("Reshape", net.conv("x", 3, 12), net.ints(batch, 3, 4, 9, 11))
        swapped = net.node("Transpose", apart, perm=[0, 2, 1, 3, 4])
        joined = net.node("Reshape", swapped, net.ints(batch, last, 9, 11))
        nets.append(net.out(net.conv(joined, 12, 4)))
    return nets


def resizes():
    nets = []
    sizes = {"double": (18, 22), "odd": (13, 16), "down": (5, 4), "one": (9, 1)}

    def resize(name, opset, size, **attributes):
        net = Net(f"resize-{name}", opset, (1, 1, 9, 11))
        inputs = ["x", "", ""] if opset > 12 else ["x", net.const([]), net.const([])]
        y = net.node("Resize", *inputs, net.ints(1, 1, *size), **attributes)
        nets.append(net.out(y))

    coordinates = ["asymmetric", "half_pixel", "pytorch_half_pixel", "align_corners"]
    for coordinate in coordinates:
        for name, size in sizes.items():
            resize(f"linear-{coordinate}-{name}", 13, size, mode="linear",
                   coordinate_transformation_mode=coordinate)
        for rounding in ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]:
            for name in ["double", "odd", "down"]:
                resize(f"nearest-{coordinate}-{rounding}-{name}", 13, sizes[name], mode="nearest",
                       coordinate_transformation_mode=coordinate, nearest_mode=rounding)
    resize("linear-11", 11, sizes["double"], mode="linear")
    resize("linear-symmetric-19", 19, sizes["odd"], mode="linear",
           coordinate_transformation_mode="half_pixel_symmetric")
    for name in ["double", "odd"]:
        resize(f"nearest-tf-11-{name}", 11, sizes[name], mode="nearest", nearest_mode="floor",
               coordinate_transformation_mode="tf_half_pixel_for_nn")
    net = Net("resize-axes-19", 19)
    nets.append(net.out(net.node("Resize", "x", "", "", net.ints(20, 13), axes=[3, 2], mode="linear")))
    net = Net("resize-scales", 13)
    scales = net.const([1.0, 1.0, 3.0, 2.0])
    nets.append(net.out(net.node("Resize", "x", "", scales, mode="nearest", nearest_mode="floor",
                                 coordinate_transformation_mode="asymmetric")))
    for mode in ["nearest", "linear"]:
        nets.append(one(f"resize-10-{mode}", "Resize", 10, mode=mode,
                        inputs=lambda net: [net.const([1.0, 1.0, 2.0, 3.0])]))
        nets.append(one(f"upsample-7-{mode}", "Upsample", 7, mode=mode, scales=[1.0, 1.0, 2.0, 2.0]))
        nets.append(one(f"upsample-9-{mode}", "Upsample", 9, mode=mode,
                        inputs=lambda net: [net.const([1.0, 1.0, 2.0, 2.0])]))
    return nets


def heads():
    nets = []
    net = Net("flatten-gemm", 11)
    y = net.node("Gemm", net.node("Flatten", "x"), net.weights(297, 7), net.random(7), beta=0.5)
    nets.append(net.out(net.node("Softmax", y)))
    net = Net("flatten-gemm-transposed", 13)
    y = net.node("Gemm", net.node("Flatten", "x"), net.weights(7, 297), transB=1)
    nets.append(net.out(net.node("Softmax", y, axis=-1)))
    net = Net("reshape-matmul", 13)
    y = net.node("MatMul", net.node("Reshape", "x", net.ints(1, -1)), net.weights(297, 6))
    nets.append(net.out(net.node("Relu", net.node("Add", y, net.random(6)))))
    net = Net("pool-squeeze-matmul", 13)
    pooled = net.node("Squeeze", net.node("GlobalAveragePool", "x"), net.ints(2, 3))
    y = net.node("MatMul", net.batch_norm(pooled, 3), net.weights(3, 6))
    nets.append(net.out(y))
    net = Net("squeeze-11-unsqueeze", 11)
    gate = net.node("Squeeze", net.node("GlobalAveragePool", "x"), axes=[2, 3])
    gate = net.node("Sigmoid", net.node("Gemm", gate, net.weights(3, 3), net.random(3)))
    nets.append(net.out(net.node("Mul", "x", net.node("Unsqueeze", gate, axes=[2, 3]))))
    net = Net("squeeze-excite-13", 13)
    gate = net.node("ReduceMean", net.conv("x", 3, 8), axes=[2, 3], keepdims=0)
    gate = net.node("MatMul", gate, net.weights(8, 2))
    gate = net.node("MatMul", net.node("Relu", gate), net.weights(2, 3))
    gate = net.node("Unsqueeze", net.node("HardSigmoid", gate), net.ints(-1, 2))
    nets.append(net.out(net.node("Mul", gate, "x")))
    net = Net("softmax-channels-13", 13)
    nets.append(net.out(net.node("Softmax", net.conv("x", 3, 5), axis=1)))
    net = Net("reshape-at-the-end", 13)
    nets.append(net.out(net.node("Reshape", net.conv("x", 3, 6), net.ints(1, 2, 3, 9, 11))))
    net = Net("flatten-there-and-back", 13)
    y = net.node("Reshape", net.node("Reshape", net.conv("x", 3, 6), net.ints(1, 6, -1)), net.ints(0, 6, 9, 11))
    nets.append(net.out(net.conv(y, 6, 2)))
    return nets


def layouts():
    nets = []
    net = Net("channels-last", 13, (1, 9, 11, 3), input_last=True)
    x = net.node("Transpose", "x", perm=[0, 3, 1, 2])
    y = net.node("Relu", net.conv(x, 3, 6, strides=[2, 2]))
    nets.append(net.out(net.node("Transpose", y, perm=[0, 2, 3, 1]), last=True))
    net = Net("channels-last-between", 11, ("N", 9, 11, 3), input_last=True)
    y = net.node("Sub", net.node("Div", "x", net.const(2.0)), net.random(3))
    y = net.conv(net.node("Transpose", y, perm=[0, 3, 1, 2]), 3, 6)
    y = net.node("Transpose", y, perm=[0, 2, 3, 1])
    y = net.node("Add", net.node("Mul", y, net.random(6)), net.random(1, 1, 1, 6))
    y = net.node("Concat", y, net.node("Relu", y), axis=3)
    y = net.node("Pad", y, net.ints(0, 1, 2, 0, 0, 0, 1, 0))
    y = net.conv(net.node("Transpose", y, perm=[0, 3, 1, 2]), 12, 4)
    nets.append(net.out(net.node("Transpose", y, perm=[0, 2, 3, 1]), last=True))
    net = Net("channels-last-flattened", 13, (1, 6, 5, 3), input_last=True)
    y = net.conv(net.node("Transpose", "x", perm=[0, 3, 1, 2]), 3, 4)
    y = net.node("Relu", net.node("Transpose", y, perm=[0, 2, 3, 1]))
    y = net.node("MatMul", net.node("Reshape", y, net.ints(-1, 120)), net.weights(120, 5))
    nets.append(net.out(net.node("Softmax", net.node("Add", y, net.random(5)))))
    net = Net("channels-last-matmul", 13, (1, 9, 11, 3), input_last=True)
    y = net.node("MatMul", net.node("Relu", net.node("MatMul", "x", net.weights(3, 7))), net.weights(7, 4))
    y = net.node("Add", y, net.random(4))
    nets.append(net.out(net.node("Softmax", y, axis=-1), last=True))
    net = Net("channels-last-reduced", 13, (1, 9, 11, 3), input_last=True)
    y = net.conv(net.node("Transpose", "x", perm=[0, 3, 1, 2]), 3, 6)
    y = net.node("ReduceMean", net.node("Transpose", y, perm=[0, 2, 3, 1]), axes=[1, 2], keepdims=0)
    nets.append(net.out(net.node("Gemm", y, net.weights(6, 5), net.random(5))))
    net = Net("channels-last-split", 13, (1, 9, 11, 3), input_last=True)
    a, b = net.node("Split", net.node("MatMul", "x", net.weights(3, 8)), outputs=2, axis=-1)
    nets.append(net.out(net.node("Mul", a, net.node("Sigmoid", b)), last=True))
    return nets


def constants():
    nets = []
    net = Net("shape-gather-concat", 13)
    batch = net.node("Unsqueeze", net.node("Gather", net.node("Shape", "x"), net.const(0, np.int64)), net.ints(0))
    flat = net.node("Reshape", "x", net.node("Concat", batch, net.ints(-1), axis=0))
    nets.append(net.out(net.node("Gemm", flat, net.weights(297, 4))))
    net = Net("shape-slice-resize", 13)
    small = net.conv("x", 3, 4, strides=[2, 2])
    rows = net.node("Slice", net.node("Shape", "x"), net.ints(2), net.ints(4))
    target = net.node("Concat", net.node("Slice", net.node("Shape", small), net.ints(0), net.ints(2)), rows, axis=0)
    up = net.node("Resize", small, "", "", target, mode="linear")
    nets.append(net.out(net.node("Concat", up, "x", axis=1)))
    net = Net("shape-arithmetic", 15)
    half = net.node("Div", net.node("Shape", "x", start=2), net.ints(2))
    ends = net.node("Add", net.node("Cast", net.node("Mul", half, net.ints(1)), to=7), net.ints(1))
    nets.append(net.out(net.node("Slice", "x", net.ints(0, 0), ends, net.ints(2, 3))))
    net = Net("constant-of-shape", 9)
    ones = net.node("ConstantOfShape", net.ints(3, 1, 1),
                    value=helper.make_tensor("v", 1, [1], [1.5]))
    nets.append(net.out(net.node("Mul", "x", ones)))
    net = Net("half-weights", 13)
    w = net.const(net.rng.uniform(-0.5, 0.5, (4, 3, 3, 3)), np.float16)
    b = net.const(net.rng.uniform(-0.5, 0.5, 4), np.float16)
    y = net.node("Conv", "x", net.node("Cast", w, to=1), net.node("Cast", b, to=1))
    nets.append(net.out(net.node("Cast", net.node("Dropout", net.node("Identity", y)), to=1)))
    for name, opset, kind, axis in [("uint8", 10, np.uint8, None), ("int8", 13, np.int8, 0),
                                    ("uint8-channels", 21, np.uint8, 1), ("int8-last", 13, np.int8, -1)]:
        net = Net(f"dequantised-{name}", opset)
        info = np.iinfo(kind)
        w = net.const(net.rng.integers(info.min, info.max, (4, 3, 3, 3)), kind)
        count = () if axis is None else ((4, 3, 3, 3)[axis],)
        scale = net.const(net.rng.uniform(0.001, 0.01, count))
        zero = net.const(net.rng.integers(info.min // 2, info.max // 2, count), kind)
        attributes = {} if axis is None else {"axis": axis}
        w = net.node("DequantizeLinear", w, scale, zero, **attributes)
        nets.append(net.out(net.node("Conv", "x", w)))
    net = Net("dequantised-bias", 13)
    w = net.node("DequantizeLinear", net.const(net.rng.integers(-99, 99, (4, 3, 1, 1)), np.int8), net.const(0.01))
    b = net.node("DequantizeLinear", net.const(net.rng.integers(-999, 999, 4), np.int32), net.const(0.001))
    nets.append(net.out(net.node("Conv", "x", w, b)))
    net = Net("transposed-weights", 13)
    w = net.node("Transpose", net.const(net.rng.uniform(-1, 1, (3, 3, 3, 4))), perm=[3, 2, 0, 1])
    nets.append(net.out(net.node("Conv", "x", w)))
    return nets
