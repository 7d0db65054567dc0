//! Where a photograph lies on the network's input, for every extent of either.

use convoy_model::Fit;
use convoy_picture::{Dimensions, Placement};
use proptest::prelude::*;

fn extents() -> impl Strategy<Value = Dimensions> {
    (1u32..6000, 1u32..6000).prop_map(|(width, height)| Dimensions { width, height })
}

fn fits() -> impl Strategy<Value = Fit> {
    prop_oneof![
        (0.05f32..=1.0).prop_map(|fraction| Fit::Crop { fraction }),
        any::<u8>().prop_map(|fill| Fit::Letterbox { fill }),
        Just(Fit::Stretch),
    ]
}

proptest! {
    #[test]
    fn a_box_maps_to_the_input_and_back(
        fit in fits(), photo in extents(), input in extents(), at in (0f32..1.0, 0f32..1.0),
    ) {
        let placement = Placement::new(fit, photo, input);
        let (x, y) = (at.0 * photo.width as f32, at.1 * photo.height as f32);
        let [u, v] = placement.to_input(x, y);
        let [back_x, back_y] = placement.to_photo(u, v);
        prop_assert!((back_x - x).abs() <= 1e-3 * photo.width as f32 + 0.01);
        prop_assert!((back_y - y).abs() <= 1e-3 * photo.height as f32 + 0.01);
    }

    #[test]
    fn both_rectangles_lie_inside(fit in fits(), photo in extents(), input in extents()) {
        let Placement { from, to } = Placement::new(fit, photo, input);
        for ([left, top, width, height], whole) in [(from, photo), (to, input)] {
            prop_assert!(width >= 1 && left + width <= whole.width);
            prop_assert!(height >= 1 && top + height <= whole.height);
        }
    }

    #[test]
    fn a_letterbox_touches_two_sides_and_keeps_proportions(
        photo in extents(), input in 32u32..1000,
    ) {
        let input = Dimensions { width: input, height: input };
        let Placement { from, to } = Placement::new(Fit::Letterbox { fill: 128 }, photo, input);
        prop_assert_eq!(from, [0, 0, photo.width, photo.height]);
        prop_assert!(to[2] == input.width || to[3] == input.height);
        // Exact to the pixel that rounding down takes.
        let scale = f64::from(input.width) / f64::from(photo.width.max(photo.height));
        for (fitted, whole) in [(to[2], photo.width), (to[3], photo.height)] {
            let exact = f64::from(whole) * scale;
            prop_assert!(f64::from(fitted) <= exact.max(1.0) + 1e-6);
            prop_assert!(f64::from(fitted) > exact - 1.0 - 1e-6);
        }
    }
}
