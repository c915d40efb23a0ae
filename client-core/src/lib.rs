//! The core of Zhucun.
