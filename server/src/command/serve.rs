//! `serve`: listens until the machine says stop.
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, argument};
use crate::app::{App, DATABASE};
use crate::erase::Ledger;
use crate::hold::Hold;
use crate::http::serve::{Listening, serve, signalled};
use crate::logging::{self, LogForm};
use crate::power::Powers;
use crate::store::erasure;

#[derive(Args)]
pub struct Serve {
    /// Address or name, and port; port 0 takes a free one. The address is printed.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR", value_parser = argument::address)]
    pub listen: SocketAddr,
    /// The folder of the built screens; without it only the API is served.
    #[arg(long, value_name = "DIR")]
    pub pwa: Option<PathBuf>,
    /// Certificate chain, a PEM file. Phones need HTTPS, here or from a proxy in front.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// How log lines on standard error look.
    #[arg(long, value_enum, default_value = "text")]
    pub log: LogForm,
}

impl Serve {
    pub fn run(self, data: &Path, powers: Powers) -> Result<(), Failure> {
        let hold = Hold::serving(data)?;
        self.run_with(&hold, data, powers)
    }

    /// Serves a folder that is held for that.
    pub(super) fn run_with(self, _hold: &Hold, data: &Path, powers: Powers) -> Result<(), Failure> {
        logging::begin(self.log);
        if let Some(pwa) = self.pwa.as_deref().filter(|pwa| !pwa.join("index.html").is_file()) {
            let sentence = format!("{} has no index.html: build the screens first (make build)", pwa.display());
            return Err(Failure::Refused(sentence));
        }
        catch_up(data)?;
        let app = App::open(data, powers)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let scheme = if self.tls_cert.is_some() { "https" } else { "http" };
        let how = Listening { address: self.listen, pwa: self.pwa, tls: self.tls_cert.zip(self.tls_key) };
        let started = move |address: SocketAddr| {
            tracing::info!(%address, "listening");
            println!("{scheme}://{address}");
        };
        let stop = async {
            if let Err(error) = signalled().await {
                tracing::error!(%error, "signals cannot be heard; stopping");
            }
        };
        Ok(runtime.block_on(serve(app, how, started, stop))?)
    }
}

/// Does what the ledger of erasures says and the database has not: one that was interrupted, or a file that was put back.
fn catch_up(data: &Path) -> Result<(), Failure> {
    let (ledger, database) = (Ledger::of(data), data.join(DATABASE));
    if ledger.is_there() && database.is_file() {
        let done = ledger.catch_up(&erasure::open(&database)?)?;
        if done > 0 {
            tracing::warn!(done, "the ledger's erasures were done to the database");
        }
    }
    Ok(())
}
