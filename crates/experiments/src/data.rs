//! Every number as CSV, beside the report. Seconds have six significant digits; what is infinite or
//! has not been measured is empty.

use crate::cell::Cell;
use crate::load::Load;
use crate::setting::Wiring;

/// One line for each scheme of each cell.
#[must_use]
pub fn cells(cells: &[Cell]) -> String {
    let mut text = String::from(
        "network,devices,ghz,mbit,wiring,scheme,paper_period_s,paper_latency_s,overlap_period_s,\
         overlap_latency_s,played_period_s,utilisation,recomputed,plans,bound_s,problem\n",
    );
    for cell in cells {
        let at = &cell.setting;
        let wiring = match at.wiring {
            Wiring::Shared => "shared",
            Wiring::Lines => "lines",
        };
        let place = format!("{},{},{},{},{wiring}", at.network, at.devices, at.speed(), at.mbit);
        for (scheme, measures) in &cell.schemes {
            let rest = match measures {
                Ok(of) => {
                    let numbers = [
                        of.paper.period,
                        of.paper.latency,
                        of.overlap.period,
                        of.overlap.latency,
                        of.played_period,
                        of.utilisation,
                        // Rounding alone may put it below 0.
                        of.recomputed.max(0.0),
                    ];
                    let numbers = numbers.map(number).join(",");
                    format!("{numbers},{},{},", of.plans, number(cell.bound))
                }
                Err(error) => {
                    format!(
                        ",,,,,,,,{},\"{}\"",
                        number(cell.bound),
                        error.to_string().replace('"', "'")
                    )
                }
            };
            text += &format!("{place},{scheme},{rest}\n");
        }
    }
    text
}

/// One line for each scheme at each load.
#[must_use]
pub fn loads(loads: &[Load]) -> String {
    let mut text = String::from(
        "network,devices,ghz,mbit,scheme,percent_of_pico,rate_per_s,paper_s,overlap_s,played_s\n",
    );
    for load in loads {
        let at = &load.setting;
        for point in &load.points {
            let numbers =
                [point.rate, point.paper, point.overlap, point.played.unwrap_or(f64::INFINITY)];
            text += &format!(
                "{},{},{},{},{},{},{}\n",
                at.network,
                at.devices,
                at.speed(),
                at.mbit,
                point.scheme,
                10 * point.tenths,
                numbers.map(number).join(",")
            );
        }
    }
    text
}

/// Six significant digits; nothing where it is not finite.
fn number(value: f64) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let digits = if value == 0.0 { 0 } else { 5 - value.abs().log10().floor() as i32 };
    let text = format!("{value:.*}", digits.clamp(0, 9) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_six_digits() {
        for (value, wanted) in [
            (0.0, "0"),
            (1.0, "1"),
            (1234567.0, "1234567"),
            (1.234_567_8, "1.23457"),
            (0.001_234_567, "0.00123457"),
            (f64::INFINITY, ""),
        ] {
            assert_eq!(number(value), wanted);
        }
    }
}
