//! The server of Zhucun.
