//! Answers on their way in: a long one comes in parts, so that no message is long, and what is kept of
//! all of them is bounded.

use crate::stock::{Full, Held, Stock};
use convoy_wire::{Epoch, FrameId, MAX_ANSWER};
use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What has come of the answers of one page, which sends one after another.
#[derive(Debug)]
pub(super) struct Answers {
    stock: Arc<Stock>,
    party: IpAddr,
    begun: Option<Begun>,
    /// The answer whose further parts nobody wants.
    refused: Option<(FrameId, Epoch)>,
}

/// An answer that is not whole.
#[derive(Debug)]
struct Begun {
    of: (FrameId, Epoch),
    json: Vec<u8>,
    held: Held,
    since: Instant,
}

impl Answers {
    /// Nothing yet of a page of `party`.
    pub(super) const fn new(stock: Arc<Stock>, party: IpAddr) -> Self {
        Self { stock, party, begun: None, refused: None }
    }

    /// A part came, and more will.
    ///
    /// # Errors
    /// Where this answer is not taken, once, with the reason for people.
    pub(super) fn part(&mut self, of: (FrameId, Epoch), json: &[u8]) -> Result<(), String> {
        if self.refused == Some(of) {
            return Ok(());
        }
        // Of an answer that another one follows nothing more will come.
        let begun = self.begun.take().filter(|begun| begun.of == of);
        let (held, since) = (self.stock.hold(self.party), Instant::now());
        let mut begun = begun.unwrap_or(Begun { of, json: Vec::new(), held, since });
        let taken = if begun.json.len() + json.len() > MAX_ANSWER {
            Err(format!("it is longer than {} MiB", MAX_ANSWER >> 20))
        } else {
            begun.held.grow(json.len()).map_err(|full| match full {
                Full::All => "the server has too many long answers to take in".to_owned(),
                Full::Share => "too many long answers come from one address".to_owned(),
            })
        };
        match taken {
            Ok(()) => {
                begun.json.extend_from_slice(json);
                self.begun = Some(begun);
                Ok(())
            }
            Err(reason) => {
                self.refused = Some(of);
                Err(reason)
            }
        }
    }

    /// The last part came, often the only one: the whole answer, unless it was refused already.
    ///
    /// # Errors
    /// As [`Self::part`].
    pub(super) fn last<'a>(
        &mut self,
        of: (FrameId, Epoch),
        json: &'a [u8],
    ) -> Result<Option<Cow<'a, [u8]>>, String> {
        if self.refused.take() == Some(of) {
            return Ok(None);
        }
        if self.begun.as_ref().is_none_or(|begun| begun.of != of) {
            self.begun = None;
            return Ok(Some(Cow::Borrowed(json)));
        }
        let taken = self.part(of, json);
        self.refused = None;
        taken?;
        Ok(self.begun.take().map(|begun| Cow::Owned(begun.json)))
    }

    /// Forgets an answer whose parts take too long to come.
    pub(super) fn tidy(&mut self, now: Instant, patience: Duration) {
        let late = |begun: &mut Begun| now.saturating_duration_since(begun.since) > patience;
        if let Some(begun) = self.begun.take_if(late) {
            self.refused = Some(begun.of);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_wire::{ANSWER_BYTES, Envelope, answer};

    const OF: (FrameId, Epoch) = (FrameId(1), Epoch(2));

    fn answers(most: usize) -> Answers {
        Answers::new(Stock::new(most, most), [127, 0, 0, 1].into())
    }

    /// What becomes of a page's answer; the first refusal counts.
    fn send(answers: &mut Answers, of: (FrameId, Epoch), json: &[u8]) -> Result<Vec<u8>, String> {
        let mut came = Err("nothing came".to_owned());
        for part in answer(of.0, of.1, json) {
            match part {
                Envelope::AnswerPart { json, .. } => answers.part(of, json)?,
                Envelope::Answer { json, .. } => {
                    came = answers.last(of, json).map(|json| json.unwrap().into_owned());
                }
                other => panic!("{other:?}"),
            }
        }
        came
    }

    #[test]
    fn an_answer_of_any_length_comes_whole_and_leaves_nothing_behind() {
        let mut answers = answers(MAX_ANSWER);
        for length in [1, ANSWER_BYTES, ANSWER_BYTES + 1, 3 * ANSWER_BYTES, MAX_ANSWER] {
            let json: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            assert!(send(&mut answers, OF, &json).unwrap() == json, "{length}");
            assert!(answers.begun.is_none());
        }
    }

    #[test]
    fn an_answer_that_is_too_long_is_refused_once_and_the_next_one_is_taken() {
        let mut answers = answers(2 * MAX_ANSWER);
        let refusal = send(&mut answers, OF, &vec![7; MAX_ANSWER + 1]).unwrap_err();
        assert!(refusal.contains("24 MiB"), "{refusal}");
        for _ in 0..200 {
            let _ = answers.part((FrameId(2), Epoch(2)), &[0; ANSWER_BYTES]);
        }
        assert_eq!(answers.part((FrameId(2), Epoch(2)), b"more"), Ok(()));
        assert_eq!(answers.last((FrameId(2), Epoch(2)), b"last"), Ok(None));
        assert!(answers.begun.is_none());
        assert_eq!(send(&mut answers, (FrameId(3), Epoch(2)), b"short").unwrap(), b"short");
    }

    #[test]
    fn answers_share_their_memory_and_what_is_never_ended_is_forgotten() {
        let mut answers = answers(1000);
        assert_eq!(answers.part(OF, &[1; 900]), Ok(()));
        let mut other = Answers::new(Arc::clone(&answers.stock), answers.party);
        assert!(other.part(OF, &[1; 200]).unwrap_err().contains("too many"));
        answers.tidy(Instant::now(), Duration::from_secs(60));
        assert!(answers.begun.is_some());
        answers.tidy(Instant::now() + Duration::from_secs(61), Duration::from_secs(60));
        assert!(answers.begun.is_none());
        assert_eq!(answers.part(OF, b"more"), Ok(()), "nobody wants it");
        assert!(answers.begun.is_none());
        assert_eq!(other.part((FrameId(9), Epoch(2)), &[1; 1000]), Ok(()));
        // Another answer before the first has ended: the first is given up.
        assert_eq!(other.part((FrameId(10), Epoch(2)), &[1; 1000]), Ok(()));
    }
}
