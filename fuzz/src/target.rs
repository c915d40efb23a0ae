//! The targets: what each is fed, what it holds, and the most it may take of bytes and memory.
mod wire;
mod gate;
mod differential;
mod replica;
mod sync;
mod disk;
mod table;
mod parser;

use std::path::Path;

use zhucun_core::id::Dice;

use crate::memory;

/// The engine's own mutation: data, its size, the most it may have; the size after it.
pub type Inner = fn(&mut [u8], usize, usize) -> usize;
/// A mutation of ours, with a seed.
type Mutate = fn(&mut [u8], usize, usize, u32, Inner) -> usize;

pub struct Target {
    pub name: &'static str,
    run: fn(&[u8]),
    /// What it begins with, beside what was found before.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Changes an input in a way that keeps its form.
    pub mutate: Option<Mutate>,
    /// The longest input.
    pub bytes_max: usize,
    /// The most memory that one run may hold at once.
    memory_max: usize,
}

impl Target {
    pub fn run(&self, data: &[u8]) {
        memory::held_to(self.memory_max, || (self.run)(data));
    }
}

pub const ALL: &[Target] = &[
    wire::TARGET,
    gate::TARGET,
    differential::TARGET,
    replica::TARGET,
    sync::TARGET,
    disk::TARGET,
    table::TARGET,
    parser::TARGET,
];

pub fn named(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}

pub fn names() -> String {
    ALL.iter().map(|target| target.name).collect::<Vec<_>>().join(", ")
}

/// Writes the seeds of every target into a folder of its name.
pub fn write_seeds(folder: &Path) -> std::io::Result<()> {
    for target in ALL {
        let folder = folder.join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (seed, number) in (target.seeds)().iter().zip(0..) {
            std::fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
    }
    Ok(())
}

/// The chance of one mutation.
fn chance_of(seed: u32) -> Dice {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&seed.to_le_bytes());
    Dice::new(bytes)
}

/// Inputs made of chance: so many, of these lengths in turn.
fn noise(count: usize, lengths: &[usize]) -> Vec<Vec<u8>> {
    let mut dice = Dice::new([7; 32]);
    let lengths = lengths.iter().cycle().take(count);
    lengths.map(|length| (0..*length).map(|_| dice.below(256) as u8).collect()).collect()
}
