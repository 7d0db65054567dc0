//! GMAC/s of the convolution on layers of real networks: `cargo run --release -p convoy-kernels
//! --example speed`. The least of several runs, since other work only ever slows one down.

use convoy_kernels::{Activation, Conv, View, Window};
use std::time::Instant;

/// Name, side of the map, channels and filters, kernel, stride, groups.
type Layer = (&'static str, usize, [usize; 2], usize, usize, usize);

const LAYERS: [Layer; 10] = [
    ("vgg16 conv1_1", 224, [3, 64], 3, 1, 1),
    ("vgg16 conv1_2", 224, [64, 64], 3, 1, 1),
    ("vgg16 conv3_2", 56, [256, 256], 3, 1, 1),
    ("vgg16 conv5_2", 14, [512, 512], 3, 1, 1),
    ("resnet34 first", 224, [3, 64], 7, 2, 1),
    ("resnet34 down", 56, [64, 128], 3, 2, 1),
    ("pointwise", 28, [256, 128], 1, 1, 1),
    ("yolov2 head", 13, [1024, 425], 1, 1, 1),
    ("depthwise", 56, [128, 128], 3, 1, 128),
    ("fully connected", 1, [4096, 4096], 1, 1, 1),
];

fn main() {
    for (name, side, [channels, filters], kernel, stride, groups) in LAYERS {
        let window = Window {
            kernel: [kernel; 2],
            stride: [stride; 2],
            dilation: [1; 2],
            before: [kernel / 2; 2],
        };
        let out = side.div_ceil(stride);
        let input = vec![0.5; side * side * channels];
        let weight = vec![0.25; filters * channels / groups * kernel * kernel];
        let bias = vec![0.1; filters];
        let conv = Conv::new(window, (channels, filters, groups), Activation::Relu, &weight, &bias);
        let mut made = vec![0.0; out * out * filters];
        let macs = (out * out * weight.len()) as f64;
        let mut least = f64::INFINITY;
        for _ in 0..7 {
            let start = Instant::now();
            conv.run(View::whole(&input, [side, side, channels]), [out, out], &mut made);
            least = least.min(start.elapsed().as_secs_f64());
        }
        println!("{name:16} {:8.2} ms {:7.2} GMAC/s", least * 1e3, macs / least / 1e9);
    }
}
