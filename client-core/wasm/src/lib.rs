//! The core for the browser: converts plain values at the border and decides nothing. The types of events, effects,
//! queries and views are those of `web-pwa/src/host/contract.ts`.
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;
use zhucun_core::clock::Moment;
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
        let event = serde_wasm_bindgen::from_value(event)?;
        plain(&self.replica.step(moment(now_ms), event))
    }

    /// The `View` that a `Query` asks for.
    pub fn view(&self, now_ms: f64, query: JsValue) -> Result<JsValue, JsValue> {
        let query = serde_wasm_bindgen::from_value(query)?;
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

fn moment(ms: f64) -> Moment {
    Moment(ms as i64)
}

/// Maps as objects, absent values as `null`, bytes as `Uint8Array`: as the generated types say.
fn plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    let serializer = Serializer::new().serialize_maps_as_objects(true).serialize_missing_as_null(true);
    Ok(value.serialize(&serializer)?)
}
