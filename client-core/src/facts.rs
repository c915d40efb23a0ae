//! Facts 系统汇总: what was logged in a stretch of days, counted. A summary and a yearly report open with them, and keep
//! them as they were when they were recorded, in lines of a word and a number: `visit 26`. Nobody types them.
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use jiff::civil::Date;
use serde::Serialize;

use crate::entry::EntryKind;

/// Deeds that are named; all are counted.
pub const DEEDS_NAMED_MAX: usize = 20;
/// Characters of a deed's name that are kept.
const NAME_CHARS_MAX: usize = 60;

/// An entry as far as facts go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    pub kind: EntryKind,
    pub occurred_on: Date,
    /// Ids of the households of a visit.
    pub households: Vec<String>,
    /// The name of a deed and how far it is.
    pub deed: Option<Deed>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Deed {
    pub name: String,
    pub state: String,
    #[serde(skip)]
    pub finished: Option<Date>,
}

/// An issue as far as facts go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised {
    pub on: Date,
    /// The day it came to its end.
    pub ended_on: Option<Date>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Facts {
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub from: Date,
    #[cfg_attr(feature = "types", ts(type = "string"))]
    pub to: Date,
    /// Entries by the code of their kind; none is not listed.
    pub entries: BTreeMap<String, u32>,
    /// Different households visited.
    pub households: u32,
    pub deeds: Vec<Deed>,
    pub issues_raised: u32,
    pub issues_ended: u32,
    /// Raised by the last day and not ended by then.
    pub issues_open: u32,
}

impl Facts {
    /// What was logged from one day to another. A deed belongs to the days it was written down, and to those it was finished.
    pub fn gather(from: Date, to: Date, entries: &[Logged], issues: &[Raised]) -> Facts {
        let within = |day: Date| (from..=to).contains(&day);
        let finished = |one: &Logged| one.deed.as_ref().and_then(|deed| deed.finished).is_some_and(within);
        let here: Vec<&Logged> = entries.iter().filter(|one| within(one.occurred_on) || finished(one)).collect();
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for one in &here {
            *counts.entry(one.kind.code().to_owned()).or_default() += 1;
        }
        let households: BTreeSet<&String> = here.iter().flat_map(|one| &one.households).collect();
        let count = |of: &dyn Fn(&Raised) -> bool| issues.iter().filter(|issue| of(issue)).count() as u32;
        Facts {
            from,
            to,
            entries: counts,
            households: households.len() as u32,
            deeds: here.iter().filter_map(|one| one.deed.clone()).take(DEEDS_NAMED_MAX).collect(),
            issues_raised: count(&|issue| within(issue.on)),
            issues_ended: count(&|issue| issue.ended_on.is_some_and(within)),
            issues_open: count(&|issue| issue.on <= to && issue.ended_on.is_none_or(|day| day > to)),
        }
    }

    /// The lines that an entry keeps.
    pub fn to_text(&self) -> String {
        let mut text = format!("from {}\nto {}\n", self.from, self.to);
        let mut line = |word: &str, value: &dyn core::fmt::Display| {
            writeln!(text, "{word} {value}").expect("a text takes all that is written to it");
        };
        for (kind, count) in &self.entries {
            line(kind, count);
        }
        line("households", &self.households);
        for deed in &self.deeds {
            let name: String = deed.name.chars().filter(|letter| !letter.is_control()).take(NAME_CHARS_MAX).collect();
            line("deed_named", &format_args!("{} {name}", deed.state));
        }
        line("issues_raised", &self.issues_raised);
        line("issues_ended", &self.issues_ended);
        line("issues_open", &self.issues_open);
        text
    }

    /// The facts in these lines, if they are such lines. Words that only a newer version knows are passed over.
    pub fn from_text(text: &str) -> Option<Facts> {
        let mut lines = text.lines().map(|line| line.split_once(' '));
        let day = |line: Option<Option<(&str, &str)>>, word: &str| -> Option<Date> {
            line??.1.parse().ok().filter(|_| line.flatten().is_some_and(|(known, _)| known == word))
        };
        let (from, to) = (day(lines.next(), "from")?, day(lines.next(), "to")?);
        let mut facts = Facts::gather(from, to, &[], &[]);
        for line in lines {
            let (word, value) = line?;
            let number = value.parse::<u32>().ok();
            match word {
                "deed_named" => {
                    let (state, name) = value.split_once(' ')?;
                    facts.deeds.push(Deed { name: name.to_owned(), state: state.to_owned(), finished: None });
                }
                "households" => facts.households = number?,
                "issues_raised" => facts.issues_raised = number?,
                "issues_ended" => facts.issues_ended = number?,
                "issues_open" => facts.issues_open = number?,
                _ if EntryKind::from_code(word).is_some() => {
                    facts.entries.insert(word.to_owned(), number?);
                }
                _ => {}
            }
        }
        Some(facts)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::entry::{FACTS, SUMMARY};
    use crate::field::check_value;

    fn entry(kind: EntryKind, occurred_on: Date) -> Logged {
        Logged { kind, occurred_on, households: Vec::new(), deed: None }
    }

    fn deed(occurred_on: Date, finished: Option<Date>) -> Logged {
        let deed = Deed { name: "修水窖 三口".to_owned(), state: "achieved".to_owned(), finished };
        Logged { deed: Some(deed), ..entry(EntryKind::Deed, occurred_on) }
    }

    fn half(entries: &[Logged], issues: &[Raised]) -> Facts {
        Facts::gather(date(2016, 1, 1), date(2016, 6, 30), entries, issues)
    }

    #[test]
    fn what_was_logged_from_the_first_day_to_the_last_is_counted_and_nothing_beside_it() {
        let visit = |day, ids: &[&str]| Logged {
            households: ids.iter().map(|id| (*id).to_owned()).collect(),
            ..entry(EntryKind::Visit, day)
        };
        let facts = half(
            &[
                visit(date(2015, 12, 31), &["x"]),
                visit(date(2016, 1, 1), &["a", "b"]),
                visit(date(2016, 6, 30), &["b"]),
                visit(date(2016, 7, 1), &["y"]),
                entry(EntryKind::Lesson, date(2016, 3, 1)),
            ],
            &[],
        );
        assert_eq!(facts.entries, BTreeMap::from([("lesson".to_owned(), 1), ("visit".to_owned(), 2)]));
        assert_eq!(facts.households, 2);
    }

    #[test]
    fn a_deed_is_a_fact_of_the_days_it_was_written_down_and_of_those_it_was_finished() {
        let before = date(2015, 10, 1);
        let deeds = [deed(before, None), deed(before, Some(date(2016, 6, 30))), deed(before, Some(date(2016, 7, 1)))];
        assert_eq!(half(&deeds, &[]).deeds.len(), 1);
        assert_eq!(half(&[deed(date(2016, 1, 1), None)], &[]).deeds.len(), 1);
    }

    #[test]
    fn an_issue_is_open_until_the_day_it_ends() {
        let issue = |on, ended_on| Raised { on, ended_on };
        let issues = [
            issue(date(2015, 12, 31), None),
            issue(date(2016, 1, 1), Some(date(2016, 6, 30))),
            issue(date(2016, 2, 1), Some(date(2016, 7, 1))),
            issue(date(2016, 7, 1), None),
        ];
        let facts = half(&[], &issues);
        assert_eq!((facts.issues_raised, facts.issues_ended, facts.issues_open), (2, 1, 2));
    }

    #[test]
    fn facts_survive_their_lines_and_other_lines_are_none() {
        let facts = half(&[entry(EntryKind::Visit, date(2016, 3, 1)), deed(date(2016, 3, 1), None)], &[]);
        assert_eq!(Facts::from_text(&facts.to_text()), Some(facts.clone()));
        let newer = format!("{}flights 7\n", facts.to_text());
        assert_eq!(Facts::from_text(&newer), Some(facts));
        for text in ["", "走访了二十户", "from 2016-01-01", "from 2016-01-01\nto\n", "to 2016-01-01\nfrom 2016-06-30"]
        {
            assert_eq!(Facts::from_text(text), None, "{text}");
        }
    }

    #[test]
    fn the_most_that_facts_can_say_fits_into_their_field() {
        let long = |_| {
            let deed = Deed { name: "窖".repeat(200), state: "not_achieved".to_owned(), finished: None };
            Logged { deed: Some(deed), ..entry(EntryKind::Deed, date(2016, 3, 1)) }
        };
        let mut entries: Vec<Logged> = (0..=DEEDS_NAMED_MAX).map(long).collect();
        entries.extend(EntryKind::ALL.map(|kind| entry(kind, date(2016, 3, 1))));
        let facts = half(&entries, &[]);
        assert_eq!(facts.deeds.len(), DEEDS_NAMED_MAX);
        assert_eq!(facts.entries["deed"], DEEDS_NAMED_MAX as u32 + 2);
        let field = SUMMARY.iter().find(|field| field.name == FACTS).expect("a summary has facts");
        assert_eq!(check_value(field, &facts.to_text().into()), Ok(()));
    }
}
