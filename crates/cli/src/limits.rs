//! How much anybody may ask of a server, where that is said on the command line.

use convoy_server::Limits;
use std::time::Duration;

// Limits that a large class behind one address, or a small machine, may want otherwise. What counts by
// address counts pages behind a proxy or a router together. (A documentation comment would become the
// command's own words.)
#[derive(clap::Args)]
#[command(next_help_heading = "Limits (docs/security.md)")]
pub(crate) struct LimitArgs {
    /// A name by which the server may be asked for, and by no other, besides addresses and `localhost`; may be
    /// said several times. Keeps out pages of sites whose name was made to lead here.
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// Most rooms at one time.
    #[arg(long, value_name = "N")]
    rooms: Option<usize>,
    /// Most rooms that one address has started.
    #[arg(long, value_name = "N")]
    rooms_per_address: Option<usize>,
    /// Minutes after which a room without pages that nobody asks for ends.
    #[arg(long, value_name = "MINUTES", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    empty_room: Option<u64>,
    /// Most pages at one time.
    #[arg(long, value_name = "N")]
    pages: Option<usize>,
    /// Most pages of one address.
    #[arg(long, value_name = "N")]
    pages_per_address: Option<usize>,
    /// Most connections at one time, besides those of pages in rooms.
    #[arg(long, value_name = "N")]
    connections: Option<usize>,
    /// Most of them of one address.
    #[arg(long, value_name = "N")]
    connections_per_address: Option<usize>,
    /// Requests a second of one address.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_address: Option<u32>,
    /// Messages a second of all pages of one address.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    messages_per_address: Option<u32>,
    /// Codes of rooms that do not exist that one address may ask for in a burst.
    #[arg(long, value_name = "N")]
    wrong_codes: Option<u32>,
    /// Wrong PINs that one address may try in a burst.
    #[arg(long, value_name = "N")]
    wrong_pins: Option<u32>,
    /// Of which part of all pictures one tile is computed a second time by another page, 0 to 1.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    checks: Option<f64>,
    /// Megabytes (2^20 bytes) of all photographs that wait for their answer.
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(20..))]
    photographs: Option<u32>,
    /// Megabytes of those of one address.
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(20..))]
    photographs_per_address: Option<u32>,
    /// Seconds that a photograph may take to come in.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    upload: Option<u64>,
    /// Seconds that a picture may wait for its answer, where devices or lines are slow.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    answer: Option<u64>,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("\"{text}\" is no number from 0 to 1"))
}

impl LimitArgs {
    /// The server's own limits, but for those that were said.
    pub(crate) fn limits(&self) -> Limits {
        let plain = Limits::default();
        let megabytes = |said: Option<u32>, plain| said.map_or(plain, |said| (said as usize) << 20);
        let seconds = |said: Option<u64>, plain| said.map_or(plain, Duration::from_secs);
        Limits {
            hosts: self.host.clone(),
            rooms: self.rooms.unwrap_or(plain.rooms),
            rooms_per_address: self.rooms_per_address.unwrap_or(plain.rooms_per_address),
            empty_room: seconds(self.empty_room.map(|minutes| minutes * 60), plain.empty_room),
            sockets: self.pages.unwrap_or(plain.sockets),
            sockets_per_address: self.pages_per_address.unwrap_or(plain.sockets_per_address),
            connections: self.connections.unwrap_or(plain.connections),
            connections_per_address: self
                .connections_per_address
                .unwrap_or(plain.connections_per_address),
            requests_per_address: self.requests_per_address.unwrap_or(plain.requests_per_address),
            messages_per_address: self.messages_per_address.unwrap_or(plain.messages_per_address),
            wrong_codes: self.wrong_codes.unwrap_or(plain.wrong_codes),
            wrong_pins: self.wrong_pins.unwrap_or(plain.wrong_pins),
            checks: self.checks.unwrap_or(plain.checks),
            photographs: megabytes(self.photographs, plain.photographs),
            photographs_per_address: megabytes(
                self.photographs_per_address,
                plain.photographs_per_address,
            ),
            upload: seconds(self.upload, plain.upload),
            answer: seconds(self.answer, plain.answer),
            ..plain
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[derive(clap::Parser)]
    struct Program {
        #[command(flatten)]
        limits: LimitArgs,
    }

    fn limits(words: &[&str]) -> Result<Limits, clap::Error> {
        let words = ["convoy"].iter().chain(words);
        Program::try_parse_from(words).map(|program| program.limits.limits())
    }

    #[test]
    fn what_is_said_holds_and_the_rest_stays() {
        let plain = Limits::default();
        assert_eq!(format!("{:?}", limits(&[]).unwrap()), format!("{plain:?}"));
        assert_eq!(limits(&["--host", "a.b", "--host", "c"]).unwrap().hosts, ["a.b", "c"]);
        assert_eq!(limits(&["--answer", "300"]).unwrap().answer, Duration::from_secs(300));
        let words = ["--pages-per-address", "300", "--photographs", "64", "--empty-room", "5"];
        let said = limits(&words).unwrap();
        assert_eq!((said.sockets_per_address, said.photographs), (300, 64 << 20));
        assert_eq!((said.empty_room, said.sockets), (Duration::from_secs(300), plain.sockets));
        for wrong in ["--upload=0", "--requests-per-address=0", "--photographs=1", "--rooms=-1"] {
            assert!(limits(&[wrong]).is_err(), "{wrong}");
        }
    }
}
