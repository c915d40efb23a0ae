//! The core for the browser: converts plain values at the border and decides nothing. The types of events, effects,
//! queries and views are those of `web-pwa/src/host/contract.ts`.
//!
//! A browser compiles a function whole when it is first called, and what an opening calls is compiled before anybody sees
//! a screen. Reading any event or any query is a twentieth of the core, since serde keeps a tagged value aside until it
//! knows the tag: so the few that an opening needs are told apart here first.
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::{Error, Serializer, from_value};
use wasm_bindgen::prelude::*;
use zhucun_core::clock::Moment;
use zhucun_core::contract::Query;
use zhucun_core::host::{Event, Row};
use zhucun_core::replica::Replica;

/// One replica. After a trap the instance is gone: the host makes a new one and opens it from the disk.
#[wasm_bindgen]
#[derive(Default)]
pub struct Core {
    replica: Replica,
}

#[wasm_bindgen]
impl Core {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Core {
        Core::default()
    }

    /// One step: an `Event` in, an array of `Effect` out.
    pub fn step(&mut self, now_ms: f64, event: JsValue) -> Result<JsValue, JsValue> {
        let event = read_event(event)?;
        plain(&self.replica.step(moment(now_ms), event))
    }

    /// The `View` that a `Query` asks for.
    pub fn view(&self, now_ms: f64, query: JsValue) -> Result<JsValue, JsValue> {
        let query = read_query(query)?;
        plain(&self.replica.view(moment(now_ms), &query))
    }

    #[wasm_bindgen(js_name = accessToken)]
    pub fn access_token(&self) -> Option<String> {
        self.replica.access_token().map(str::to_owned)
    }

    /// The `Identity` of who is signed in, if anybody is.
    pub fn identity(&self) -> Result<JsValue, JsValue> {
        plain(&self.replica.identity())
    }
}

#[derive(Deserialize)]
struct EventTag {
    event: String,
}

#[derive(Deserialize)]
struct Opening {
    seed: Vec<u8>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct QueryTag {
    see: String,
}

fn read_event(value: JsValue) -> Result<Event, Error> {
    match &*from_value::<EventTag>(value.clone())?.event {
        "open" => {
            let Opening { seed, rows } = from_value(value)?;
            Ok(Event::Open { seed: seed.into(), rows })
        }
        "committed" => Ok(Event::Committed),
        "go_on" => Ok(Event::GoOn),
        "nudge" => Ok(Event::Nudge),
        _ => any_event(value),
    }
}

fn read_query(value: JsValue) -> Result<Query, Error> {
    match &*from_value::<QueryTag>(value.clone())?.see {
        "home" => Ok(Query::Home),
        "dictionary" => Ok(Query::Dictionary),
        _ => any_query(value),
    }
}

#[inline(never)]
fn any_event(value: JsValue) -> Result<Event, Error> {
    from_value(value)
}

#[inline(never)]
fn any_query(value: JsValue) -> Result<Query, Error> {
    from_value(value)
}

fn moment(ms: f64) -> Moment {
    Moment(ms as i64)
}

/// Maps as objects, absent values as `null`, bytes as `Uint8Array`: as the generated types say.
fn plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new().serialize_maps_as_objects(true).serialize_missing_as_null(true);
    Ok(value.serialize(&serializer)?)
}
