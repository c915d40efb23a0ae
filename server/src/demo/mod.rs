//! The demonstration 演示数据: a city dated around today, made by the core itself. Everybody has a phone with a replica;
//! the weeks go by on a simulated clock, entries and reviews travel through the server's own sync, and nothing is put
//! into the database past the gate. Made once; later starts find it and keep what was logged.
mod chance;
mod clock;
mod name;
mod text;
mod city;
mod household;
mod diary;
mod entry;
mod phone;
mod author;
mod measure;
mod reviewer;
mod staff;
mod township;
mod making;
mod folder;
mod face;
#[cfg(test)]
mod law;

use std::fmt;
use std::path::Path;

use zhucun_core::contract::Refusal;
use zhucun_core::division::DivisionCode;

pub use staff::{OWN_LOGINS, PASSWORD};

use crate::power::Powers;
use crate::store::Fault;

/// A refusal is a sentence.
pub type Done<T> = Result<T, Fault<String>>;

/// How much of the city is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    City,
    /// Only this county or township.
    Within(DivisionCode),
}

impl Extent {
    fn within(self) -> Option<DivisionCode> {
        match self {
            Extent::City => None,
            Extent::Within(code) => Some(code),
        }
    }
}

/// Fills the data folder at the first start, and prints who may sign in. `say` hears how it goes.
pub fn run(data: &Path, powers: &Powers, extent: Extent, say: &dyn Fn(&str)) -> Done<()> {
    let filled = folder::fill(data, |folder| {
        say("制作演示数据，约一分钟 making the demonstration, about a minute");
        making::make(folder, powers, extent, say)
    })?;
    if !filled {
        say(&format!("演示数据已在 found the demonstration in {}", data.display()));
    }
    face::show(data, powers)
}

/// What was done, for the lines that tell how it goes.
#[derive(Clone, Copy, Default)]
struct Count {
    households: usize,
    entries: usize,
    reviews: usize,
}

impl Count {
    fn add(&mut self, more: Count) {
        self.households += more.households;
        self.entries += more.entries;
        self.reviews += more.reviews;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { households, entries, reviews } = self;
        write!(f, "{households} 户 households，{entries} 条记录 entries，{reviews} 次审核 reviews")
    }
}

fn refused(sentence: impl Into<String>) -> Fault<String> {
    Fault::Refused(sentence.into())
}

/// What the core answered a command; it refuses nothing that the demonstration asks.
fn told<T>(outcome: Result<T, Refusal>) -> Done<T> {
    outcome.map_err(|refusal| refused(format!("the core refused a command of the demonstration: {refusal:?}")))
}
