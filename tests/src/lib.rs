//! The third host: a native client.
