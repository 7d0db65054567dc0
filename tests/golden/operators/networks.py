"""Small networks as real ones are built, and random ones of everything."""

import numpy as np
from net import Net


def networks():
    return [*built(), *[random(seed) for seed in range(28)]]


def silu(net, x):
    return net.node("Mul", x, net.node("Sigmoid", x))


def gate(net, x, channels, squeezed, last="Sigmoid"):
    """Squeeze and excite."""
    y = net.node("GlobalAveragePool", x)
    y = net.node("Relu", net.conv(y, channels, squeezed, 1))
    return net.node("Mul", x, net.node(last, net.conv(y, squeezed, channels, 1)))


def built():
    nets = []
    net = Net("mobile", 14, (1, 3, 24, 32))
    x = net.node("HardSwish", net.conv("x", 3, 8, strides=[2, 2]))
    for _ in range(2):
        y = net.node("HardSwish", net.batch_norm(net.conv(x, 8, 16, 1), 16))
        y = net.node("Relu", net.batch_norm(net.conv(y, 16, 16, 5, group=16), 16))
        y = gate(net, y, 16, 4, "HardSigmoid")
        x = net.node("Add", x, net.conv(y, 16, 8, 1))
    y = net.node("Flatten", net.node("GlobalAveragePool", net.conv(x, 8, 24, 1)))
    y = net.node("HardSwish", net.node("Gemm", y, net.weights(24, 20), net.random(20)))
    nets.append(net.out(net.node("Softmax", net.node("Gemm", y, net.weights(20, 10)))))

    net = Net("efficient", 11, (1, 3, 20, 20))
    x = silu(net, net.conv("x", 3, 8, strides=[2, 2]))
    y = silu(net, net.conv(x, 8, 24, 1))
    y = silu(net, net.conv(y, 24, 24, 3, group=24))
    x = net.node("Add", net.conv(gate(net, y, 24, 6), 24, 8, 1), x)
    nets.append(net.out(net.node("Clip", net.conv(x, 8, 8, 3), net.const(0.0), net.const(6.0))))

    net = Net("unet", 13, (1, 3, 16, 24))
    a = net.node("Relu", net.conv("x", 3, 6))
    b = net.node("Relu", net.conv(net.node("MaxPool", a, kernel_shape=[2, 2], strides=[2, 2]), 6, 12))
    c = net.node("Relu", net.conv(net.node("MaxPool", b, kernel_shape=[2, 2], strides=[2, 2]), 12, 16))
    up = net.node("ConvTranspose", c, net.random(16, 12, 2, 2, spread=0.3), strides=[2, 2])
    d = net.node("Relu", net.conv(net.node("Concat", up, b, axis=1), 24, 8))
    up = net.node("ConvTranspose", d, net.random(8, 6, 2, 2, spread=0.3), strides=[2, 2])
    nets.append(net.out(net.node("Sigmoid", net.conv(net.node("Concat", a, up, axis=1), 12, 1, 1))))

    net = Net("style", 11, (1, 3, 16, 18))

    def reflected(x, channels, filters, kernel, stride=1):
        pad = kernel // 2
        x = net.node("Pad", x, net.ints(0, 0, pad, pad, 0, 0, pad, pad), mode="reflect")
        x = net.conv(x, channels, filters, kernel, pads=[0] * 4, strides=[stride] * 2)
        return net.node("InstanceNormalization", x, net.random(filters), net.random(filters))

    x = net.node("Relu", reflected("x", 3, 6, 5))
    x = net.node("Relu", reflected(x, 6, 8, 3, 2))
    x = net.node("Add", x, reflected(net.node("Relu", reflected(x, 8, 8, 3)), 8, 8, 3))
    x = net.node("Resize", x, net.const([]), net.const([1.0, 1, 2, 2]), mode="nearest",
                 coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    nets.append(net.out(net.node("Tanh", net.conv(net.node("Relu", reflected(x, 8, 6, 3)), 6, 3, 5))))

    net = Net("yolo", 13, (1, 3, 16, 24))
    x = silu(net, net.conv("x", 3, 8, strides=[2, 2]))
    a, b = net.node("Split", silu(net, net.conv(x, 8, 8, 1)), outputs=2, axis=1)
    c = net.node("Add", b, silu(net, net.conv(silu(net, net.conv(b, 4, 4)), 4, 4)))
    x = silu(net, net.conv(net.node("Concat", a, b, c, axis=1), 12, 8, 1))
    deep = silu(net, net.conv(x, 8, 12, strides=[2, 2]))
    pools = [deep]
    for _ in range(3):
        pools.append(net.node("MaxPool", pools[-1], kernel_shape=[5, 5], pads=[2] * 4))
    deep = silu(net, net.conv(net.node("Concat", *pools, axis=1), 48, 12, 1))
    up = net.node("Resize", deep, "", net.const([1.0, 1, 2, 2]), mode="nearest",
                  coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    shallow = net.node("Sigmoid", net.conv(net.node("Concat", up, x, axis=1), 20, 18, 1))
    head = net.node("Reshape", net.conv(deep, 12, 18, 1), net.ints(1, 3, 6, 4, 6))
    nets.append(net.out(shallow, head))

    net = Net("shuffle", 12, (1, 3, 16, 16))
    x = net.node("Relu", net.conv("x", 3, 12, strides=[2, 2]))
    for _ in range(2):
        a, b = net.node("Split", x, outputs=2, axis=1)
        b = net.node("Relu", net.conv(net.conv(net.node("Relu", net.conv(b, 6, 6, 1)), 6, 6, 3, group=6), 6, 6, 1))
        x = net.node("Reshape", net.node("Concat", a, b, axis=1), net.ints(1, 2, 6, 8, 8))
        x = net.node("Reshape", net.node("Transpose", x, perm=[0, 2, 1, 3, 4]), net.ints(1, -1, 8, 8))
    nets.append(net.out(net.node("ReduceMean", x, axes=[2, 3], keepdims=0)))

    net = Net("super-resolution", 13, (1, 1, 10, 14))
    x = net.node("Tanh", net.conv("x", 1, 12, 5))
    x = net.node("PRelu", net.conv(x, 12, 8), net.random(8, 1, 1))
    nets.append(net.out(net.node("DepthToSpace", net.conv(x, 8, 9), blocksize=3, mode="CRD")))

    net = Net("keras", 13, ("N", 16, 20, 3), input_last=True)
    x = net.node("Transpose", "x", perm=[0, 3, 1, 2])
    x = net.node("Pad", x, net.ints(0, 0, 0, 0, 0, 0, 1, 1))
    x = net.node("Clip", net.batch_norm(net.conv(x, 3, 8, pads=[0] * 4, strides=[2, 2]), 8), net.const(0.0), net.const(6.0))
    y = net.node("ReduceMean", x, axes=[2, 3], keepdims=1)
    y = net.node("Sigmoid", net.conv(y, 8, 8, 1))
    x = net.node("Transpose", net.node("Mul", x, y), perm=[0, 2, 3, 1])
    x = net.node("Reshape", x, net.ints(-1, 640))
    nets.append(net.out(net.node("Softmax", net.node("Add", net.node("MatMul", x, net.weights(640, 4)), net.random(4)))))
    return nets


def random(seed):
    """A random network, whose maps are kept near one by their weights."""
    rng = np.random.default_rng(1000 + seed)
    opset = int(rng.choice([11, 13, 14, 17, 18, 20, 21]))
    rows, cols = (int(extent) for extent in rng.integers(9, 17, 2))
    net = Net(f"random-{seed}", opset, (1, int(rng.choice([1, 3])), rows, cols), seed)
    pick = lambda *options: options[int(rng.integers(len(options)))]
    # Name, channels, rows, columns.
    maps = [("x", net.shape[1], rows, cols)]

    def activate(x):
        operator, attributes = pick(
            ("Relu", {}), ("LeakyRelu", {"alpha": 0.2}), ("Tanh", {}), ("HardSigmoid", {}),
            ("Elu", {}), ("Sigmoid", {}), ("silu", {}), ("none", {}), ("HardSwish", {}))
        if operator == "silu":
            return silu(net, x)
        if operator == "none" or (operator == "HardSwish" and opset < 14):
            return x
        return net.node(operator, x, **attributes)

    def conv(x, c, h, w):
        kernel, filters = pick(1, 3, 5), int(rng.integers(2, 20))
        stride = pick(1, 1, 2) if min(h, w) > 8 else 1
        made = lambda extent: (extent - 1) // stride + 1
        y = net.conv(x, c, filters, kernel, strides=[stride] * 2)
        if rng.random() < 0.4:
            y = net.batch_norm(y, filters)
        return activate(y), filters, made(h), made(w)

    def depthwise(x, c, h, w):
        return activate(net.conv(x, c, c, 3, group=c)), c, h, w

    def transposed(x, c, h, w):
        if h > 20 or w > 20:
            return conv(x, c, h, w)
        filters = int(rng.integers(2, 9))
        weight = net.random(c, filters, 3, 3, spread=(3 / c) ** 0.5 / 2)
        y = net.node("ConvTranspose", x, weight, strides=[2, 2], pads=[1] * 4, output_padding=[1, 1])
        return activate(y), filters, 2 * h, 2 * w

    def pool(x, c, h, w):
        if min(h, w) < 4:
            return depthwise(x, c, h, w)
        operator = pick("MaxPool", "AveragePool")
        y = net.node(operator, x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        return y, c, (h - 1) // 2 + 1, (w - 1) // 2 + 1

    def resize(x, c, h, w):
        to = [int(rng.integers(4, 20)), int(rng.integers(4, 20))]
        empty = net.const([])
        y = net.node("Resize", x, empty, empty, net.ints(1, c, *to), mode=pick("linear", "nearest"),
                     coordinate_transformation_mode=pick("half_pixel", "asymmetric", "align_corners"))
        return y, c, *to

    def pad(x, c, h, w):
        y = net.node("Pad", x, net.ints(0, 0, 1, 2, 0, 0, 2, 1), mode=pick("reflect", "edge", "constant"))
        return y, c, h + 3, w + 3

    def excite(x, c, h, w):
        return gate(net, x, c, 3, pick("Sigmoid", "HardSigmoid")), c, h, w

    def normal(x, c, h, w):
        y = net.node("InstanceNormalization", x, net.random(c), net.random(c), epsilon=1e-2)
        return activate(y), c, h, w

    def other(c, h, w):
        """An earlier map of this extent, brought to `c` channels."""
        fits = [m for m in maps if m[2:] == (h, w)]
        name, channels, *_ = fits[int(rng.integers(len(fits)))]
        return name if channels == c else net.conv(name, channels, c, 1)

    def both(x, c, h, w):
        y = other(c, h, w)
        operator = pick("Add", "Sub", "Mul")
        y = net.node("Tanh", y) if operator == "Mul" else y
        return net.node(operator, x, y), c, h, w

    def concat(x, c, h, w):
        count = int(rng.integers(1, 6))
        return net.node("Concat", x, other(count, h, w), axis=1), c + count, h, w

    def part(x, c, h, w):
        if c < 2 or min(h, w) < 6:
            return conv(x, c, h, w)
        y = net.node("Slice", x, net.ints(c // 2, 1, 0), net.ints(c, h - 1, w), net.ints(1, 2, 3),
                     net.ints(1, 1, pick(1, 2)))
        step = 1 if net.constants[-1].raw_data[16] == 1 else 2
        return y, c - c // 2, h - 2, -(-w // step)

    def spread(x, c, h, w):
        if h > 12 or w > 12:
            return conv(x, c, h, w)
        y = net.node("DepthToSpace", net.conv(x, c, 12, 1), blocksize=2, mode=pick("DCR", "CRD"))
        return y, 3, 2 * h, 2 * w

    steps = [conv, conv, conv, depthwise, transposed, pool, resize, pad, excite, normal, both, both,
             concat, part, spread]
    for _ in range(int(rng.integers(5, 12))):
        source = maps[-1] if rng.random() < 0.8 else maps[int(rng.integers(len(maps)))]
        maps.append(steps[int(rng.integers(len(steps)))](*source))
    x, c, *_ = maps[-1]
    return net.out(net.conv(x, c, 3, 1))
