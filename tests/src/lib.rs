//! The third host: a native client around the same core that phones run, real servers to talk to, and a town of people
//! to be. The laws that hold across rooms are tested with these; no product code lives here.
//!
//! `line` speaks HTTP and can be cut, `device` is the host of one replica, `server` runs the real binary, `disk` is a
//! disk that fills up, `town` makes the people and villages of a test, `stage` serves them, `past` puts a database back to an earlier day,
//! `trace` looks for what must be nowhere, `forge` makes changes that nobody should take. `bench` measures with all of them.

pub mod line;
pub mod device;
pub mod server;
pub mod disk;
pub mod town;
pub mod stage;
pub mod past;
pub mod office;
pub mod trace;
pub mod forge;
pub mod bench;
pub mod sim;
