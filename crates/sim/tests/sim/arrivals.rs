//! When pictures come in.

use convoy_sim::{Arrivals, ArrivalsError};

#[test]
fn constant_ones_come_evenly() {
    let times: Vec<f64> = Arrivals::constant(4.0).unwrap().take(4).collect();
    assert_eq!(times, [0.0, 0.25, 0.5, 0.75]);
}

#[test]
fn poisson_ones_come_at_random_but_the_same_from_the_same_seed() {
    let times = |seed| Arrivals::poisson(5.0, seed).unwrap().take(200_001).collect::<Vec<f64>>();
    let first = times(1);
    assert_eq!(first, times(1));
    assert_ne!(first, times(2));
    assert!(first.is_sorted());
    // Exponential times between them: mean and deviation are both 1 / rate.
    let gaps: Vec<f64> = first.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    assert!((mean / 0.2 - 1.0).abs() < 0.01, "{mean}");
    assert!((variance.sqrt() / 0.2 - 1.0).abs() < 0.01, "{variance}");
}

#[test]
fn recorded_ones_come_as_they_were_recorded_from_0_on() {
    let text = "# seconds of the day\n100.5\n\n 100 \n103\n";
    assert_eq!(Arrivals::parse(text).unwrap().collect::<Vec<f64>>(), [0.0, 0.5, 3.0]);
}

#[test]
fn what_makes_no_sense_is_said() {
    for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(Arrivals::constant(rate), Err(ArrivalsError::Rate(_))));
        assert!(matches!(Arrivals::poisson(rate, 1), Err(ArrivalsError::Rate(_))));
    }
    let error = Arrivals::parse("1\n# two\nthree\n").unwrap_err();
    assert_eq!(error, ArrivalsError::Line { line: 3, text: "three".into() });
    assert!(error.to_string().contains("line 3") && error.to_string().contains("\"three\""));
    assert!(matches!(Arrivals::parse("1\nnan\n"), Err(ArrivalsError::Line { line: 2, .. })));
    assert_eq!(Arrivals::parse("# nothing\n").unwrap_err(), ArrivalsError::Nothing);
}
