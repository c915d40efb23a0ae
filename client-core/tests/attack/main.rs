//! Attacks on the gate, one named test per class (docs/decisions/0002), and the oracle the gate is held against. Chunks
//! are built byte by byte (`column`, `chunk`), so that what no library would write can be written. Each attack is refused
//! with its own code and without a panic, and honest authors go on in the same document.
mod column;
mod chunk;
mod pen;
mod story;
mod oracle;
mod scene;
mod honest;
mod form;
mod line;
mod place;
mod write;
mod value;
mod encoding;
mod limit;
mod chance;
mod bend;
mod world;
mod mutation;
mod renew;
mod store;
