//! Values of the command line and of the files it names.

use anyhow::anyhow;

/// Three numbers "R,G,B", or one for all three.
pub(super) fn triple(text: &str) -> Result<[f32; 3], String> {
    match numbers(text)?.as_slice() {
        &[all] => Ok([all; 3]),
        &[red, green, blue] => Ok([red, green, blue]),
        other => Err(format!("{} numbers, expected three: R,G,B", other.len())),
    }
}

/// Anchors "W,H W,H ...", those of the outputs separated by ';'.
pub(super) fn anchors(text: &str) -> Result<Vec<Vec<[f32; 2]>>, String> {
    let pair = |text: &str| match numbers(text)?.as_slice() {
        &[width, height] if width > 0.0 && height > 0.0 => Ok([width, height]),
        _ => Err(format!("'{text}' is not W,H with two numbers above 0")),
    };
    let head = |text: &str| text.split_whitespace().map(pair).collect::<Result<Vec<_>, _>>();
    let heads = text.split(';').map(head).collect::<Result<Vec<_>, _>>()?;
    if heads.iter().any(Vec::is_empty) {
        return Err("an output has no anchors".to_owned());
    }
    Ok(heads)
}

fn numbers(text: &str) -> Result<Vec<f32>, String> {
    let number = |part: &str| match part.trim().parse::<f32>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err(format!("'{}' is no number", part.trim())),
    };
    text.split(',').map(number).collect()
}

/// Names of classes, one a line; empty lines at the end do not count, others are a mistake.
pub(super) fn labels(text: &str) -> anyhow::Result<Vec<String>> {
    let lines: Vec<String> = text.trim_end().lines().map(|line| line.trim().to_owned()).collect();
    match lines.iter().position(String::is_empty) {
        None => Ok(lines),
        Some(empty) => Err(anyhow!("line {} is empty: every class needs a name", empty + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_triple_is_three_numbers_or_one_for_all() {
        assert_eq!(triple("123.68, 116.779,103.939"), Ok([123.68, 116.779, 103.939]));
        assert_eq!(triple("255"), Ok([255.0; 3]));
        assert_eq!(triple("-1,0,1"), Ok([-1.0, 0.0, 1.0]));
        for wrong in ["", "1,2", "1,2,3,4", "1,two,3", "nan", "1,2,inf"] {
            assert!(triple(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn anchors_are_pairs_for_each_output() {
        let heads = anchors("81,82 135,169; 10,14  23,27").unwrap();
        assert_eq!(heads, [[[81.0, 82.0], [135.0, 169.0]], [[10.0, 14.0], [23.0, 27.0]]]);
        for wrong in ["", ";", "1,2;", "1 2", "1,2,3", "0,5", "-1,5", "a,b"] {
            assert!(anchors(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn labels_are_lines_and_a_gap_between_them_is_a_mistake() {
        assert_eq!(labels("person\r\ntraffic light \n\n").unwrap(), ["person", "traffic light"]);
        assert!(labels("person\n\ncar\n").unwrap_err().to_string().contains("line 2"));
    }
}
