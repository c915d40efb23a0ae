//! `duties`: what a tenure of given days owes, by the same rules as on phones and desks. It opens no database: the
//! calendar is the one built in, and the policy the one built in or that of a file.
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use serde::Serialize;
use zhucun_core::calendar::Calendar;
use zhucun_core::clock::add_days;
use zhucun_core::duty::{Duty, DutyReason, Owing, PERIODS_MAX, Policies};
use zhucun_core::entry::EntryKind;
use zhucun_core::tenure::{TenureRole, Term};

use super::{Failure, argument};
use crate::word;

/// Bytes of a policy file.
const POLICY_BYTES_MAX: u64 = 1 << 20;

/// Say what a first secretary owes in a tenure of these days, and why.
#[derive(Args)]
pub struct Duties {
    /// The day of arrival, like 2015-09-16
    #[arg(long, value_name = "DATE", value_parser = argument::day)]
    start: Date,
    /// The last day of the tenure, like 2016-09-15
    #[arg(long, value_name = "DATE", value_parser = argument::day)]
    end: Date,
    /// A policy 口径 as JSON: version, valid_from and the fields that differ (docs/OPERATING)
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print JSON, one object a period.
    #[arg(long)]
    json: bool,
}

/// A duty as scripts read it.
#[derive(Serialize)]
struct Line<'a> {
    kind: EntryKind,
    period: &'a str,
    from: Date,
    to: Date,
    owed: bool,
    reason: DutyReason,
}

impl Duties {
    pub fn run(self) -> Result<(), Failure> {
        let Duties { start, end, policy, json } = self;
        if end < start {
            return Err(Failure::Refused(format!(
                "--end {end} lies before --start {start}: give the last day of the tenure"
            )));
        }
        if start.year() < 1 {
            return Err(Failure::Refused(format!("--start {start} lies before the year 1: give the day of arrival")));
        }
        let last = add_days(start, PERIODS_MAX as i64 * 7 - 14);
        if last < end {
            let sentence = format!("the tenure from {start} to {end} is too long: --end may be {last} at most");
            return Err(Failure::Refused(sentence));
        }
        let policies = policy.as_deref().map_or_else(|| Ok(Policies::built_in()), read)?;
        let term = Term { role: TenureRole::FirstSecretary, first: start, last: end };
        let calendar = Calendar::built_in();
        let owing = Owing::new(&term, &calendar, &policies);
        let duties: Vec<Duty> = EntryKind::DUTIES.into_iter().flat_map(|kind| owing.duties(kind)).collect();
        let out = io::stdout().lock();
        let printed = if json { print_json(out, &duties) } else { print_table(out, &duties) };
        match printed {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            printed => Ok(printed?),
        }
    }
}

fn read(file: &Path) -> Result<Policies, Failure> {
    let refused = |sentence: String| Failure::Refused(format!("{}: {sentence}", file.display()));
    let unreadable = |error: io::Error| refused(format!("{error}; name a file that holds a policy as JSON"));
    let mut text = String::new();
    let opened = File::open(file).map_err(unreadable)?;
    opened.take(POLICY_BYTES_MAX + 1).read_to_string(&mut text).map_err(unreadable)?;
    if text.len() as u64 > POLICY_BYTES_MAX {
        return Err(refused(format!("more than {POLICY_BYTES_MAX} bytes; a policy is a few lines of JSON")));
    }
    Policies::parse(&text).map_err(|fault| refused(fault.to_string()))
}

fn print_json(mut out: impl Write, duties: &[Duty]) -> io::Result<()> {
    let line = |duty: &Duty| {
        let Duty { kind, period, from, to, owed, reason, .. } = duty;
        let line = Line { kind: *kind, period, from: *from, to: *to, owed: *owed, reason: *reason };
        serde_json::to_string(&line).expect("names, days and codes are JSON")
    };
    let lines: Vec<String> = duties.iter().map(line).collect();
    writeln!(out, "[\n{}\n]", lines.join(",\n"))
}

fn print_table(mut out: impl Write, duties: &[Duty]) -> io::Result<()> {
    for kind in EntryKind::DUTIES {
        let of_kind = || duties.iter().filter(|duty| duty.kind == kind);
        let owed = of_kind().filter(|duty| duty.owed).count();
        writeln!(out, "{}：{} 期，应完成 {owed} 期", word::kind(kind), of_kind().count())?;
        for duty in of_kind() {
            let provisional = if duty.is_provisional() { "（暂定）" } else { "" };
            let Duty { period, from, to, reason, .. } = duty;
            writeln!(out, "  {period:<13}  {from} 至 {to}  {}{provisional}", why(*reason))?;
        }
    }
    Ok(())
}

fn why(reason: DutyReason) -> &'static str {
    match reason {
        DutyReason::Owed => "应完成",
        DutyReason::PartialUnderHalf => "不计：任期在本期不够一半",
        DutyReason::NoWorkdays => "不计：工作日太少",
        DutyReason::OnLeave => "不计：请假或因公外出",
        DutyReason::Excused => "免计",
        DutyReason::UnderSixMonths => "不计：不满一年的部分不够六个月",
        DutyReason::NotThisRole => "不计：不是第一书记",
    }
}
