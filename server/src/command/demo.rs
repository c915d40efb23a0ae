//! `demo`: makes a demonstration city at the first start, and serves it.
use std::path::Path;

use clap::Args;
use zhucun_core::division::DivisionCode;

use super::Failure;
use super::serve::Serve;
use crate::demo::{self, Extent};
use crate::hold::Hold;
use crate::power::Powers;
use crate::store::Fault;

#[derive(Args)]
pub struct Demo {
    /// Make only this county or township, in a few seconds.
    #[arg(long, value_name = "CODE")]
    within: Option<DivisionCode>,
    #[command(flatten)]
    serve: Serve,
}

impl Demo {
    pub fn run(self, data: &Path, powers: Powers) -> Result<(), Failure> {
        let extent = self.within.map_or(Extent::City, Extent::Within);
        let hold = Hold::serving(data)?;
        let made = demo::run(data, &powers, extent, &|line| eprintln!("== {line}"));
        made.map_err(|fault| match fault {
            Fault::Refused(sentence) => Failure::Refused(sentence),
            Fault::Trouble(trouble) => Failure::Trouble(trouble),
        })?;
        self.serve.run_with(&hold, data, powers)
    }
}
