//! The rooms there are, by code.

use crate::access::{Access, Guard, Pin};
use crate::budget::Places;
use crate::claim::{self, Claim, Key};
use crate::code::{RoomCode, Token};
use crate::config::Limits;
use crate::error::ApiError;
use crate::metrics::{Metrics, Share};
use crate::room::{Actor, Planner, Room};
use crate::shard::Shard;
use axum::http::StatusCode;
use convoy_model::Model;
use convoy_wire::Ice;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tracing::Instrument as _;

/// What somebody wants a new room to be.
#[derive(Debug)]
pub(crate) struct Wishes {
    pub(crate) model: Arc<Model>,
    pub(crate) scheme: String,
    /// Seconds within which each photograph is to be answered.
    pub(crate) latency_limit: Option<f64>,
    pub(crate) locked: bool,
    /// Whether the code is not enough to come in, and a PIN that lets in besides the invitation.
    pub(crate) private: bool,
    pub(crate) pin: Option<Pin>,
    /// Under which address others reach the server.
    pub(crate) base: String,
}

/// The rooms there are.
#[derive(Debug)]
pub(crate) struct Rooms {
    limits: Limits,
    rooms: Mutex<HashMap<RoomCode, Arc<Room>>>,
    places: Arc<Places<IpAddr>>,
    planner: Planner,
    key: Key,
    shard: Shard,
    metrics: Arc<Metrics>,
    /// Who helps the pages of every room with direct links.
    ice: Arc<Ice>,
    /// Turns true when the server stops.
    stopping: watch::Sender<bool>,
}

/// Codes drawn before it is given up: with 30 bits one is nearly always free.
const DRAWS: usize = 16;

impl Rooms {
    pub(crate) fn new(
        limits: Limits,
        key: Key,
        ice: Ice,
        shard: Shard,
        metrics: Arc<Metrics>,
    ) -> Arc<Self> {
        let places = Places::new(limits.rooms, limits.rooms_per_address);
        Arc::new(Self {
            limits,
            rooms: Mutex::default(),
            places,
            planner: Planner::new(Arc::clone(&metrics)),
            key,
            shard,
            metrics,
            ice: Arc::new(ice),
            stopping: watch::Sender::new(false),
        })
    }

    /// Starts a room for somebody at `address`; with it the text of its token.
    pub(crate) fn create(
        self: &Arc<Self>,
        address: IpAddr,
        wishes: &Wishes,
    ) -> Result<(Arc<Room>, String), ApiError> {
        let (token, text) = Token::random().map_err(no_randomness)?;
        for _ in 0..DRAWS {
            let code = RoomCode::random(self.shard).map_err(no_randomness)?;
            let private = wishes.private || wishes.pin.is_some();
            let guard = private.then(|| self.guard(code, wishes.pin.as_ref())).transpose()?;
            let claim = Claim {
                code: code.to_string(),
                model: wishes.model.id.clone(),
                scheme: wishes.scheme.clone(),
                latency_limit: wishes.latency_limit,
                access: Access { token: token.clone(), locked: wishes.locked, guard },
                url: format!("{}/r/{code}", wishes.base),
                changed: claim::now(),
                quarantined: false,
                until: 0,
            };
            if let Some(room) = self.open(address, code, claim, &wishes.model)? {
                return Ok((room, text));
            }
        }
        Err(ApiError::unavailable("no_code", "no room code is free: try again"))
    }

    /// A new invitation to the room of this code.
    pub(crate) fn guard(&self, code: RoomCode, pin: Option<&Pin>) -> Result<Guard, ApiError> {
        Guard::new(&self.key, code, pin).map_err(no_randomness)
    }

    /// What lets into the room, where its code is not enough.
    pub(crate) fn join_token(&self, room: &Room) -> Option<String> {
        let access = room.access();
        access.guard.as_ref().map(|guard| guard.join_token(&self.key, room.code))
    }

    /// Whether who offers this may be in the room.
    pub(crate) fn admits(&self, room: &Room, offered: Option<&str>) -> bool {
        room.access().admits(&self.key, room.code, offered)
    }

    /// Whether `pin` lets into the room; it does where nothing is needed.
    pub(crate) fn takes_pin(&self, room: &Room, pin: &Pin) -> bool {
        let access = room.access();
        access.guard.as_ref().is_none_or(|guard| guard.is_pin(&self.key, room.code, pin))
    }

    /// What `text` claims, where this server, or one with its key, has signed it.
    pub(crate) fn claim(&self, text: &str) -> Option<Claim> {
        self.key.open(text, claim::now())
    }

    /// Makes the room again that somebody at `address` claims; none where another was quicker.
    pub(crate) fn restore(
        self: &Arc<Self>,
        address: IpAddr,
        claim: Claim,
        model: &Arc<Model>,
    ) -> Result<Option<Arc<Room>>, ApiError> {
        let code = RoomCode::parse(&claim.code).ok_or_else(|| ApiError::no_room(&claim.code))?;
        let room = self.open(address, code, claim, model)?;
        if room.is_some() {
            tracing::info!(room = self.key.alias(code), "a room was made again");
        }
        Ok(room)
    }

    /// A room as `claim` says; none where there is one of this code.
    fn open(
        self: &Arc<Self>,
        address: IpAddr,
        code: RoomCode,
        claim: Claim,
        model: &Arc<Model>,
    ) -> Result<Option<Arc<Room>>, ApiError> {
        let mut rooms = self.lock();
        if rooms.contains_key(&code) {
            return Ok(None);
        }
        let Some(place) = self.places.take(address) else {
            let text = "too many rooms are open: try again when some of them have ended";
            return Err(ApiError::too_many("too_many_rooms", text));
        };
        let alias = self.key.alias(code);
        let stopping = self.stopping.subscribe();
        let (room, commands) = Room::new(code, alias.clone(), &claim, place, stopping);
        let access = room.shared_access();
        let room = Arc::new(room);
        rooms.insert(code, Arc::clone(&room));
        drop(rooms);
        let (planner, key, ice) = (self.planner.clone(), self.key.clone(), Arc::clone(&self.ice));
        let share = Share::new(Arc::clone(&self.metrics));
        let (claim, model) = ((claim, key, access), Arc::clone(model));
        let actor = Actor::new(alias.clone(), claim, ice, model, planner, commands, share);
        let stopping = self.stopping.subscribe();
        let open = Open { rooms: Arc::clone(self), code };
        let life = async move { actor.run(stopping, &open.rooms.limits).await };
        tokio::spawn(life.instrument(tracing::info_span!("room", room = alias)));
        Ok(Some(room))
    }

    /// The room of the code `text`.
    pub(crate) fn find(&self, text: &str) -> Option<Arc<Room>> {
        let code = RoomCode::parse(text)?;
        self.lock().get(&code).cloned()
    }

    /// Whether it is another server that has the room of the code `text`, if anybody.
    pub(crate) fn is_elsewhere(&self, text: &str) -> bool {
        RoomCode::parse(text).is_some_and(|code| !self.shard.owns(code))
    }

    /// Ends every room, as soon as its pictures are answered or have had their time.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<RoomCode, Arc<Room>>> {
        // A thread that panicked cannot have left half a room behind.
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A room that is in the list as long as this is there: also a bug in its task ends it, so that a claim can
/// make it again.
struct Open {
    rooms: Arc<Rooms>,
    code: RoomCode,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.rooms.lock().remove(&self.code);
    }
}

fn no_randomness(error: getrandom::Error) -> ApiError {
    let text = format!("the server's machine gives no random numbers: {error}");
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "no_randomness", text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use convoy_model::zoo;

    #[tokio::test]
    async fn a_room_whose_task_panics_is_gone_and_its_place_is_free() {
        let limits = Limits { rooms: 1, rooms_per_address: 1, ..Limits::default() };
        let (key, ice) = (Key::random().unwrap(), Ice { stun: None, servers: Vec::new() });
        let rooms = Rooms::new(limits, key, ice, Shard::ALL, Metrics::new());
        let wishes = Wishes {
            model: Arc::new(zoo::model("vgg16").unwrap()),
            scheme: "best".into(),
            latency_limit: None,
            locked: false,
            private: false,
            pin: None,
            base: "http://127.0.0.1".into(),
        };
        let address = IpAddr::from([127, 0, 0, 1]);
        let code = rooms.create(address, &wishes).unwrap().0.code;
        assert!(rooms.create(address, &wishes).is_err(), "there is no place for another");
        let open = Open { rooms: Arc::clone(&rooms), code };
        let life = async move {
            let _open = open;
            panic!("a bug");
        };
        tokio::spawn(life).await.unwrap_err();
        assert!(rooms.find(&code.to_string()).is_none());
        rooms.create(address, &wishes).unwrap();
    }
}
