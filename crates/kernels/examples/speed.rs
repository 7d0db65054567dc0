//! GMAC/s of the convolution on layers of real networks: `cargo run --release -p convoy-kernels
//! --example speed`. The least of several runs, since other work only ever slows one down.

use convoy_kernels::{Activation, Conv, View, Window, Workspace, add, concat, max_pool};

/// Name, side of the map, channels and filters, kernel, stride, groups.
type Layer = (&'static str, usize, [usize; 2], usize, usize, usize);

const LAYERS: [Layer; 14] = [
    ("vgg16 conv1_1", 224, [3, 64], 3, 1, 1),
    ("vgg16 conv1_2", 224, [64, 64], 3, 1, 1),
    ("vgg16 conv2_2", 112, [128, 128], 3, 1, 1),
    ("vgg16 conv3_2", 56, [256, 256], 3, 1, 1),
    ("vgg16 conv4_2", 28, [512, 512], 3, 1, 1),
    ("vgg16 conv5_2", 14, [512, 512], 3, 1, 1),
    ("resnet34 last", 7, [512, 512], 3, 1, 1),
    ("yolov2 large", 13, [1024, 1024], 3, 1, 1),
    ("resnet34 first", 224, [3, 64], 7, 2, 1),
    ("resnet34 down", 56, [64, 128], 3, 2, 1),
    ("pointwise", 28, [256, 128], 1, 1, 1),
    ("yolov2 head", 13, [1024, 425], 1, 1, 1),
    ("depthwise", 56, [128, 128], 3, 1, 128),
    ("fully connected", 1, [4096, 4096], 1, 1, 1),
];

fn main() {
    convolutions();
    others();
}

/// Layers that are bound by memory.
fn others() {
    let input = vec![0.5; 112 * 112 * 128];
    let view = View::whole(&input, [112, 112, 128]);
    let mut made = vec![0.0; 2 * input.len()];
    let window = Window { kernel: [2; 2], stride: [2; 2], dilation: [1; 2], before: [0; 2] };
    let mut time = |name: &str, run: &mut dyn FnMut(&mut [f32])| {
        let mut least = f64::INFINITY;
        for _ in 0..9 {
            let start = host::now();
            run(&mut made);
            least = least.min(host::now() - start);
        }
        host::print(&format!("{name:26} {:8.2} ms", least * 1e3));
    };
    time("max pool 2x2, 112, 128", &mut |out| {
        max_pool(&window, view, 56, &mut out[..56 * 56 * 128])
    });
    let slide = Window { kernel: [3; 2], stride: [1; 2], dilation: [1; 2], before: [1; 2] };
    time("max pool 3x3, 112, 128", &mut |out| {
        max_pool(&slide, view, 112, &mut out[..112 * 112 * 128]);
    });
    time("add with ReLU, 112, 128", &mut |out| {
        add(&[view, view], Activation::Relu, &mut out[..112 * 112 * 128]);
    });
    time("join, 112, 128 and 128", &mut |out| concat(&[view, view], out));
}

fn convolutions() {
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
        let mut workspace = Workspace::new();
        let mut time = |conv: &Conv| {
            let mut made = vec![0.0; out * out * filters];
            let macs = (out * out * weight.len()) as f64;
            let mut least = f64::INFINITY;
            for _ in 0..9 {
                let start = host::now();
                let view = View::whole(&input, [side, side, channels]);
                conv.run(view, [out, out], &mut workspace, &mut made);
                least = least.min(host::now() - start);
            }
            host::print(&format!(
                "{name:16} {:9} {:8.2} ms {:7.2} GMAC/s",
                conv.name(),
                least * 1e3,
                macs / least / 1e9
            ));
        };
        time(&Conv::new(window, (channels, filters, groups), Activation::Relu, &weight, &bias));
        if (kernel, stride, groups) == (3, 1, 1) && channels > 3 {
            time(&Conv::winograd(window, (channels, filters), Activation::Relu, &weight, &bias));
        }
    }
}

/// The clock and the output of a program on an operating system.
#[cfg(not(target_arch = "wasm32"))]
mod host {
    use std::sync::OnceLock;
    use std::time::Instant;

    pub(crate) fn now() -> f64 {
        static START: OnceLock<Instant> = OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_secs_f64()
    }

    pub(crate) fn print(line: &str) {
        println!("{line}");
    }
}

/// The clock and the output that a page gives.
#[cfg(target_arch = "wasm32")]
mod host {
    mod page {
        #[link(wasm_import_module = "page")]
        unsafe extern "C" {
            pub(super) safe fn now() -> f64;
            pub(super) safe fn print(text: *const u8, length: usize);
        }
    }

    pub(crate) fn now() -> f64 {
        page::now()
    }

    pub(crate) fn print(line: &str) {
        page::print(line.as_ptr(), line.len());
    }
}
