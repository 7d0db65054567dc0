//! A scheme as a cell asks for it.

use convoy_plan::SCHEMES;
use std::fmt;

/// A scheme, and how late its answers may be at most: `best@0.66`.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Its name.
    pub scheme: String,
    /// The latency limit as a part of what `single` is predicted to take; none where left out.
    pub within: Option<f64>,
}

impl Asked {
    /// Of `NAME` or `NAME@PART`.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn read(text: &str) -> Result<Self, String> {
        let (scheme, part) = match text.split_once('@') {
            Some((scheme, part)) => (scheme, Some(part)),
            None => (text, None),
        };
        if !SCHEMES.contains(&scheme) {
            return Err(format!("no scheme is called {scheme:?}; all, {}", SCHEMES.join(", ")));
        }
        let within = part.map(|part| {
            let part = part.parse().ok().filter(|part| *part > 0.0 && *part <= 10.0);
            part.ok_or_else(|| {
                format!(
                    "{text:?} has no latency limit behind its @; it is a part of `single`'s, above 0 and \
                     at most 10"
                )
            })
        });
        Ok(Self { scheme: scheme.into(), within: within.transpose()? })
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.within {
            Some(part) => write!(f, "{}@{part}", self.scheme),
            None => write!(f, "{}", self.scheme),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_stands_behind_the_name() {
        let asked = Asked::read("best@0.66").unwrap();
        assert_eq!((asked.scheme.as_str(), asked.within), ("best", Some(0.66)));
        assert_eq!(asked.to_string(), "best@0.66");
        assert_eq!(Asked::read("pico").unwrap().to_string(), "pico");
    }

    #[test]
    fn what_is_no_scheme_or_no_limit_is_refused() {
        for (text, wanted) in [
            ("fast", "no scheme is called \"fast\""),
            ("fast@0.5", "no scheme is called \"fast\""),
            ("best@", "no latency limit"),
            ("best@0", "no latency limit"),
            ("best@nan", "no latency limit"),
            ("best@0.5@2", "no latency limit"),
        ] {
            let error = Asked::read(text).unwrap_err();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
