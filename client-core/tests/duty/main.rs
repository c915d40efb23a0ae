//! Laws of duties: what is owed in which period, from how many days, until when, and what counts for it. One file a
//! question; `scene` holds what they stand on.
mod scene;
mod period;
mod days;
mod count;
mod reckoning;
mod timely;
mod policy;
mod chance;
