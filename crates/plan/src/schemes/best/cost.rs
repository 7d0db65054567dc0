//! What stages cost by the stage model, see [`super::costing`].

/// What a stage costs, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cost {
    /// Of the busiest device or line, a frame that the group takes.
    pub(super) busy: f64,
    /// Of the source's line, which carries every frame, whichever group takes it.
    pub(super) source: f64,
    /// From its inputs' senders being ready to its end, where its own lines are the narrow ones.
    pub(super) own: f64,
    /// From its inputs being here to its end.
    pub(super) compute: f64,
    /// That the busiest of its lines needs to send what it makes.
    pub(super) send: f64,
    /// Of a shared medium, a frame.
    pub(super) medium: f64,
    /// Of the busiest of its lines, for what blocks exchange; part of `busy`. Only the search of
    /// large clusters asks.
    pub(super) halos: f64,
    /// How often what it reads is read, on the whole: more than once where its devices read the same.
    /// So often whoever makes that sends it; only the search of large clusters counts it.
    pub(super) reads: f64,
}

impl Cost {
    /// Seconds that the stage adds to a frame's latency after one that needs `sent` to send.
    pub(super) fn latency(&self, sent: f64) -> f64 {
        self.own.max(sent + self.compute)
    }

    /// Seconds from one frame to the next.
    pub(super) const fn period(&self) -> f64 {
        self.busy.max(self.source)
    }

    /// Two groups that take frames in turn.
    pub(super) fn in_turn(&self, other: &Self) -> Self {
        Self {
            busy: self.busy.max(other.busy) / 2.0,
            source: f64::midpoint(self.source, other.source),
            own: self.own.max(other.own),
            compute: self.compute.max(other.compute),
            send: self.send.max(other.send),
            medium: f64::midpoint(self.medium, other.medium),
            halos: self.halos.max(other.halos),
            reads: self.reads.max(other.reads),
        }
    }

    /// Seconds that a group is busy with a frame where a later stage reads so often what it makes.
    pub(super) const fn busy_sending(&self, reads: f64) -> f64 {
        self.busy.max(reads * self.send + self.halos)
    }

    /// Whether `other` is as good in everything that the exact programme counts.
    pub(super) fn is_beaten_by(&self, other: &Self) -> bool {
        other.busy <= self.busy
            && other.source <= self.source
            && other.own <= self.own
            && other.compute <= self.compute
            && other.send <= self.send
            && other.medium <= self.medium
    }
}

/// What the blocks of a run but the first cost, in seconds.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Inner {
    /// In all, one after another.
    pub(super) seconds: f64,
    /// Of computing.
    pub(super) compute: f64,
    /// Of the busiest line, or of the shared medium.
    pub(super) halos: f64,
}
