//! The event loop of the bare simulator.

use super::events::Queue;
use super::lines::{Lines, Passage};
use super::route::{Give, Routes, Task};
use super::worker::{Next, Worker};
use super::{Doing, Interval, Play, Played, Sources, Stay, Use};
use crate::{Cluster, DeviceId, Link, PlanError};
use std::collections::VecDeque;

/// One thing that happens. Frames go by the slot that they occupy while they are under way.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// A picture comes in.
    Arrival,
    /// A frame's source has the picture.
    Handed(u32),
    /// The first byte of a slice is at its receiver; the last will not be before `soonest`.
    Begun { slot: u32, to: u32, bytes: f64, soonest: f64 },
    /// A slice is there.
    Here { slot: u32, task: u32 },
    /// A device's worker has done its task.
    Done { place: u32, slot: u32, task: u32 },
    /// A frame's answer is back.
    Answered(u32),
}

/// A frame under way.
#[derive(Debug, Default)]
struct Frame {
    number: u32,
    route: usize,
    source: usize,
    /// How many slices each task still waits for.
    missing: Vec<u32>,
    /// Tasks still to be done, the answer's way back counted as one. A tile of rows that nobody
    /// reads (the last of an odd height before a pool) may be done after the answer is back.
    open: usize,
}

pub(super) struct Run<'a, 'r> {
    how: &'r Play,
    routes: &'r mut Routes<'a>,
    latency: f64,
    /// By place.
    devices: Vec<DeviceId>,
    workers: Vec<Worker>,
    lines: Lines,
    queue: Queue<Event>,
    now: f64,
    slots: Vec<Frame>,
    free: Vec<usize>,
    /// Frames handed to a source and not answered.
    flying: usize,
    /// Numbers of frames that wait for a credit.
    waiting: VecDeque<u32>,
    played: Played,
}

impl<'a, 'r> Run<'a, 'r> {
    pub(super) fn new(cluster: &Cluster, routes: &'r mut Routes<'a>, how: &'r Play) -> Self {
        let network = &cluster.network;
        let mut lines = Lines::new(network.shared.then_some(network.bandwidth));
        cluster.devices.iter().for_each(|device| lines.add(cluster.link(device)));
        lines.add(Link { up: network.bandwidth, down: network.bandwidth });
        let (frames, uses, intervals) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            how,
            routes,
            latency: network.latency,
            devices: cluster.devices.iter().map(|device| device.id).collect(),
            workers: cluster.devices.iter().map(|_| Worker::default()).collect(),
            lines,
            queue: Queue::default(),
            now: 0.0,
            slots: Vec::new(),
            free: Vec::new(),
            flying: 0,
            waiting: VecDeque::new(),
            played: Played { frames, uses, events: 0, intervals },
        }
    }

    pub(super) fn play(
        mut self,
        mut arrivals: impl Iterator<Item = f64>,
    ) -> Result<Played, PlanError> {
        if let Some(time) = arrivals.next() {
            self.queue.push(time, Event::Arrival);
        }
        while let Some((time, event)) = self.queue.pop(f64::INFINITY) {
            self.now = time;
            self.played.events += 1;
            match event {
                Event::Arrival => {
                    if let Some(next) = arrivals.next() {
                        self.queue.push(next.max(time), Event::Arrival);
                    }
                    self.arrive();
                }
                Event::Handed(slot) => self.ready(slot as usize, 0),
                Event::Begun { slot, to, bytes, soonest } => self.begun(slot, to, bytes, soonest),
                Event::Here { slot, task } => self.here(slot as usize, task as usize),
                Event::Done { place, slot, task } => {
                    let source = self.is_source(slot as usize, task as usize);
                    self.workers[place as usize].done(source);
                    self.finish(slot as usize, task as usize);
                    self.work(place as usize, source);
                }
                Event::Answered(slot) => self.answered(slot as usize),
            }
        }
        for place in 0..=self.devices.len() {
            let line = self.lines.place(place);
            let device = self.devices.get(place).copied();
            let busy = self.workers.get(place).map_or(0.0, |worker| worker.busy);
            let (sent, received) = (line.sent, line.received);
            self.played.uses.push(Use { device, busy, sent, received });
        }
        if self.played.frames.iter().all(|frame| frame.answered.is_finite()) {
            return Ok(self.played);
        }
        Err(PlanError::Inconsistent("some tile waits for slices that nobody makes".into()))
    }

    fn arrive(&mut self) {
        self.played.frames.push(Stay { arrived: self.now, answered: f64::INFINITY });
        self.waiting.push_back(self.played.frames.len() as u32);
        self.hand_out();
    }

    /// Gives frames to sources while there are credits.
    fn hand_out(&mut self) {
        let credits = self.how.credits.unwrap_or(usize::MAX).max(1);
        while self.flying < credits {
            let Some(number) = self.waiting.pop_front() else { return };
            self.hand(number);
        }
    }

    fn hand(&mut self, number: u32) {
        let source = match self.how.sources {
            Sources::Apart => None,
            Sources::Devices { .. } => self.routes.alone(number).or_else(|| {
                let place = |place: &usize| (self.workers[*place].source_of, self.devices[*place]);
                (0..self.workers.len()).min_by_key(place)
            }),
        };
        let route = self.routes.find(number, source);
        let tasks = &self.routes.get(route).tasks;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Frame::default());
            self.slots.len() - 1
        });
        let frame = &mut self.slots[slot];
        (frame.number, frame.route, frame.source) = (number, route, tasks[0].place);
        frame.missing.clear();
        frame.missing.extend(tasks.iter().map(|task| task.needs));
        // Beside the first, whoever waits for nothing is never asked.
        frame.open = 2 + tasks.iter().skip(1).filter(|task| task.needs > 0).count();
        self.flying += 1;
        match source {
            Some(place) => {
                self.workers[place].source_of += 1;
                self.queue.push(self.now + self.latency, Event::Handed(slot as u32));
            }
            None => self.ready(slot, 0),
        }
    }

    /// A task has all that it needs.
    fn ready(&mut self, slot: usize, task: usize) {
        let frame = &self.slots[slot];
        let tasks = &self.routes.get(frame.route).tasks;
        let Task { place, seconds, .. } = &tasks[task];
        if seconds.is_none() {
            return self.finish(slot, task);
        }
        let reads = task + 1 == tasks.len();
        let (place, number, source) = (*place, frame.number, reads || task == 0);
        self.workers[place].take(source, reads, Next { number, task, slot });
        self.work(place, source);
    }

    /// Whether a task is a source's: cutting, or reading the answer.
    fn is_source(&self, slot: usize, task: usize) -> bool {
        task == 0 || task + 1 == self.routes.get(self.slots[slot].route).tasks.len()
    }

    /// Gives one of a device's workers its next task, if it has none.
    fn work(&mut self, place: usize, source: bool) {
        let Some(Next { number, task, slot }) = self.workers[place].next(source) else { return };
        let tasks = &self.routes.get(self.slots[slot].route).tasks;
        let seconds = tasks[task].seconds.unwrap_or_default();
        let done = Event::Done { place: place as u32, slot: slot as u32, task: task as u32 };
        self.queue.push(self.now + seconds, done);
        if !source {
            self.workers[place].busy += seconds;
            self.record(place, Doing::Computing, number, (self.now, self.now + seconds));
        }
    }

    /// A task is done: what it made goes to whoever needs it.
    fn finish(&mut self, slot: usize, task: usize) {
        let (number, route) = (self.slots[slot].number, self.slots[slot].route);
        self.close(slot);
        let tasks = &self.routes.get(route).tasks;
        if task + 1 == tasks.len() {
            return match self.how.sources {
                Sources::Apart => self.answered(slot),
                Sources::Devices { .. } => {
                    self.queue.push(self.now + self.latency, Event::Answered(slot as u32));
                }
            };
        }
        let place = tasks[task].place;
        for index in 0..tasks[task].gives.len() {
            let Give { to, receiver, bytes, stays } =
                self.routes.get(route).tasks[task].gives[index];
            if stays {
                self.here(slot, to);
                continue;
            }
            let Passage { begins, left } = self.lines.send(self.now, place, bytes);
            let (here, soonest) = (begins + self.latency, left + self.latency);
            self.record(place, Doing::Sending, number, (begins, left));
            let (slot, to) = (slot as u32, to as u32);
            if self.lines.are_one() {
                // One message comes after another, and no other line delays it.
                self.lines.receive(here, receiver, bytes, soonest);
                self.queue.append(soonest, Event::Here { slot, task: to });
                self.record(receiver, Doing::Receiving, number, (here, soonest));
            } else {
                self.queue.push(here, Event::Begun { slot, to, bytes, soonest });
            }
        }
    }

    fn begun(&mut self, slot: u32, to: u32, bytes: f64, soonest: f64) {
        let frame = &self.slots[slot as usize];
        let (number, place) = (frame.number, self.routes.get(frame.route).tasks[to as usize].place);
        let (begins, arrives) = self.lines.receive(self.now, place, bytes, soonest);
        self.queue.push(arrives, Event::Here { slot, task: to });
        self.record(place, Doing::Receiving, number, (begins, arrives));
    }

    fn here(&mut self, slot: usize, task: usize) {
        let missing = &mut self.slots[slot].missing[task];
        *missing -= 1;
        if *missing == 0 {
            self.ready(slot, task);
        }
    }

    fn answered(&mut self, slot: usize) {
        let frame = &self.slots[slot];
        if let Some(stay) = self.played.frames.get_mut(frame.number as usize - 1) {
            stay.answered = self.now;
        }
        if let Sources::Devices { .. } = self.how.sources {
            self.workers[frame.source].source_of -= 1;
        }
        self.flying -= 1;
        self.close(slot);
        self.hand_out();
    }

    /// One task less to be done; after the last the slot is free.
    fn close(&mut self, slot: usize) {
        self.slots[slot].open -= 1;
        if self.slots[slot].open == 0 {
            self.free.push(slot);
        }
    }

    fn record(&mut self, place: usize, doing: Doing, frame: u32, (start, end): (f64, f64)) {
        if frame <= self.how.record && end > start {
            let device = self.devices.get(place).copied();
            self.played.intervals.push(Interval { device, doing, frame, start, end });
        }
    }
}
