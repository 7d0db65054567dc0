//! Inputs made from others by small changes.

/// Makes inputs, always the same ones from one seed.
pub(crate) struct Mutator {
    counter: u64,
    words: &'static [&'static str],
}

/// Longest input that is made.
const LONGEST: usize = 16 << 10;

/// Bytes at which programs err.
const EDGES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'9', b'-'];

impl Mutator {
    pub(crate) fn new(seed: u64, words: &'static [&'static str]) -> Self {
        Self { counter: seed, words }
    }

    /// One of the inputs with one to six changes.
    pub(crate) fn mutated(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        let mut input = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(6) {
            self.change(&mut input, inputs);
        }
        input.truncate(LONGEST);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, inputs: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let stretch = (1 + self.below(8)).min(input.len() - at);
        let byte = self.next() as u8;
        match self.below(9) {
            0 if at < input.len() => input[at] ^= 1 << (byte % 8),
            1 if at < input.len() => input[at] = byte,
            2 if at < input.len() => input[at] = EDGES[usize::from(byte) % EDGES.len()],
            3 => input.insert(at, byte),
            4 => drop(input.drain(at..at + stretch)),
            5 => {
                let copy = input[at..at + stretch].to_vec();
                let to = self.below(input.len() + 1);
                input.splice(to..to, copy);
            }
            6 if !self.words.is_empty() => {
                let word = self.words[self.below(self.words.len())];
                let over =
                    if byte.is_multiple_of(2) { 0 } else { word.len().min(input.len() - at) };
                input.splice(at..at + over, word.bytes());
            }
            7 => {
                // The end of another input.
                let other = &inputs[self.below(inputs.len())];
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => input.truncate(at.max(input.len() / 2)),
        }
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.counter;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}
