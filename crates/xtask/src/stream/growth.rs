//! Whether memory grows, from samples that go up and down as garbage is collected.

/// The middle value; `None` of nothing.
pub(super) fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// Whether `after` is more than `before` by more than a share of it and `slack` bytes besides.
pub(super) fn grown(before: f64, after: f64, share: f64, slack: f64) -> bool {
    after > before * (1.0 + share) + slack
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leak_is_growth_and_a_collectors_saw_is_none() {
        let saw: Vec<f64> = (0..30).map(|step| 100e6 + 8e6 * f64::from(step % 5)).collect();
        let (before, after) = saw.split_at(15);
        let middle = |values| median(values).unwrap();
        assert!(!grown(middle(before), middle(after), 0.05, 4e6));
        let leak: Vec<f64> = (0..30).map(|step| 100e6 + 1e6 * f64::from(step)).collect();
        let (before, after) = leak.split_at(15);
        assert!(grown(middle(before), middle(after), 0.05, 4e6));
    }

    #[test]
    fn nothing_has_no_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[2.0, 1.0, 3.0]), Some(2.0));
    }
}
