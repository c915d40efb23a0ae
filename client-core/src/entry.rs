//! An entry 记录: one piece of work of a first secretary, of one of the seven kinds of the seven ones 七个一, each with its
//! own fields. Two kinds go the same way and fill no duty: leave that is asked for 请假, and the days in the village that are
//! declared for a month 驻村申报. An entry of a kind that only a newer version knows is kept and shown as such, never dropped.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::date_to_day;
use crate::field::{
    Field, FieldError, FieldFault, FieldType, FieldValue, Need, TEXT_CHARS_MAX, check_value, choice, first_of_month,
    line, lines,
};

/// The field every kind has: the day the work was done, as its author says; of a summary, a deed, a research report and a
/// report the day it was written or delivered, of leave and of declared days the day they were told.
pub const OCCURRED_ON: &str = "occurred_on";
/// The households of a visit.
pub const HOUSEHOLDS: &str = "households";
/// How a visit was made; `IN_PERSON` are those that count.
pub const MODE: &str = "mode";
pub const IN_PERSON: [&str; 2] = ["home", "field"];
/// The form of a lesson; `ATTENDED` is one that another branch held, and this one only sat in.
pub const FORM: &str = "form";
pub const ATTENDED: &str = "attended";
/// The half that a summary is of: `2015-H2`.
pub const HALF: &str = "half";
/// How far a deed is; only `ACHIEVED` 已办成 counts, by the day in `FINISHED`.
pub const STATE: &str = "state";
pub const ACHIEVED: &str = "achieved";
pub const STARTED: &str = "started";
pub const FINISHED: &str = "finished";
/// What the core counted, of a summary and of a report.
pub const FACTS: &str = "facts";
/// The visits that a research report rests on.
pub const VISITS: &str = "visits";
/// The text of a research report.
pub const BODY: &str = "body";
/// What kind of leave is asked for, and its first and last day.
pub const LEAVE_KIND: &str = "leave_kind";
pub const FROM: &str = "from";
pub const TO: &str = "to";
/// The day of 销假: on that day its holder was back. Nobody approves it.
pub const REPORTED_BACK: &str = "reported_back";
/// The month of which days in the village are declared, and how many they are.
pub const MONTH: &str = "month";
pub const DAYS: &str = "days";
/// Days of one leave; longer ones are an end of the tenure.
pub const LEAVE_DAYS_MAX: i64 = 366;
/// The fields that say what an entry is about; no kind has two of them but research, whose title says more.
pub const TITLES: [&str; 6] = ["topic", "title", "theme", "name", HALF, MONTH];

const CHECK: FieldType = choice(&["normal", "problem", "unknown"]);

/// 入户调研. The six checks are 吃, 穿, 教育, 医疗, 住房, 饮水.
pub const VISIT: &[Field] = &[
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
    Field::new(HOUSEHOLDS, Need::Required, FieldType::Households),
    Field::new(MODE, Need::Required, choice(&["home", "field", "phone", "office"])),
    Field::new("met", Need::Optional, FieldType::Choices { codes: &["head", "member", "neighbour"] }),
    Field::new("check_food", Need::Optional, CHECK),
    Field::new("check_clothing", Need::Optional, CHECK),
    Field::new("check_education", Need::Optional, CHECK),
    Field::new("check_medical", Need::Optional, CHECK),
    Field::new("check_housing", Need::Optional, CHECK),
    Field::new("check_water", Need::Optional, CHECK),
    Field::new("narrative", Need::Optional, lines(5000)),
    Field::new("changes", Need::Optional, lines(1000)),
    Field::new("difficulties", Need::Optional, lines(1000)),
    Field::new("requests", Need::Optional, lines(1000)),
    Field::new("plan", Need::Optional, lines(1000)),
    Field::new("acknowledgement", Need::Optional, choice(&["signed", "oral", "none"])),
];

/// 党课.
pub const LESSON: &[Field] = &[
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
    Field::new("topic", Need::Required, line(200)),
    Field::new("lecturer", Need::Optional, choice(&["self", "village_secretary", "superior", "other"])),
    // A joint one is organised by this branch too.
    Field::new(FORM, Need::Optional, choice(&["lecture", "at_home", "on_site", "online", "joint", ATTENDED, "other"])),
    Field::new("expected", Need::Optional, FieldType::Number { max: 2000 }),
    Field::new("present", Need::Optional, FieldType::Number { max: 2000 }),
    Field::new("absence_reasons", Need::Optional, lines(500)),
    Field::new("main_points", Need::Optional, lines(5000)),
    Field::new("members_views", Need::Optional, lines(2000)),
];

/// 党员活动: no lesson, also where both were held on one day.
pub const ACTIVITY: &[Field] = &[
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
    Field::new("theme", Need::Required, line(200)),
    Field::new(
        FORM,
        Need::Optional,
        choice(&["study", "volunteering", "deliberation", "home_visits", "excursion", "other"]),
    ),
    Field::new("theme_day", Need::Optional, choice(&["yes", "no"])),
    Field::new("expected", Need::Optional, FieldType::Number { max: 2000 }),
    Field::new("present", Need::Optional, FieldType::Number { max: 2000 }),
    Field::new("result", Need::Optional, lines(5000)),
];

const COUNTED: Field = Field::new(FACTS, Need::Optional, FieldType::Facts { chars_max: 2000 });

/// 工作小结. The facts are filled in when it is recorded; all texts together fit into one change.
pub const SUMMARY: &[Field] = &[
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
    Field::new(HALF, Need::Required, FieldType::Half),
    COUNTED,
    Field::new("done", Need::Optional, lines(5000)),
    Field::new("problems", Need::Optional, lines(4000)),
    Field::new("next", Need::Optional, lines(4000)),
];

/// 办实事.
pub const DEED: &[Field] = &[
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
    Field::new("name", Need::Required, line(200)),
    Field::new("need", Need::Optional, lines(2000)),
    Field::new("money_yuan", Need::Optional, FieldType::Number { max: 1_000_000_000 }),
    Field::new("money_source", Need::Optional, line(200)),
    Field::new("partners", Need::Optional, line(500)),
    Field::new(STARTED, Need::Optional, FieldType::Day),
    Field::new(FINISHED, Need::Optional, FieldType::Day),
    Field::new("households_helped", Need::Optional, FieldType::Number { max: 10_000 }),
    Field::new("people_helped", Need::Optional, FieldType::Number { max: 100_000 }),
    Field::new(STATE, Need::Required, choice(&["planned", "under_way", ACHIEVED, "not_achieved"])),
];

/// 调研报告.
pub const RESEARCH: &[Field] = &[
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
    Field::new("title", Need::Required, line(200)),
    Field::new("theme", Need::Optional, line(200)),
    Field::new(VISITS, Need::Optional, FieldType::Visits),
    Field::new(BODY, Need::Optional, lines(TEXT_CHARS_MAX)),
    Field::new("delivered_to", Need::Optional, line(200)),
];

/// 向乡镇党委汇报. Who received it, and with what opinion, is the township's to write.
pub const REPORT: &[Field] = &[
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
    Field::new(FORM, Need::Required, choice(&["meeting", "written", "appraisal"])),
    COUNTED,
    Field::new("content", Need::Optional, lines(TEXT_CHARS_MAX)),
];

/// 请假/外出. It is asked for before, or on the day; who was away without it asks afterwards.
pub const LEAVE: &[Field] = &[
    Field::new(LEAVE_KIND, Need::Required, choice(&["personal", "sick", "annual", "family", "on_duty", "other"])),
    Field::new(FROM, Need::Required, FieldType::AnyDay),
    Field::new(TO, Need::Required, FieldType::AnyDay),
    Field::new("destination", Need::Optional, line(100)),
    Field::new("grounds", Need::Optional, lines(500)),
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
    Field::new(REPORTED_BACK, Need::Optional, FieldType::Day),
];

/// 驻村天数, calendar days of one month.
pub const PRESENCE: &[Field] = &[
    Field::new(MONTH, Need::Required, FieldType::Month),
    Field::new(DAYS, Need::Required, FieldType::Number { max: 31 }),
    Field::new("remarks", Need::Optional, lines(500)),
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
];

/// The bodies of summaries, research and reports, by their names, which no other kind has: begun at a desk and continued in
/// a yard, they merge by character. Short accounts stay two versions, both visible.
const LONG_TEXTS: [&str; 5] = [BODY, "content", "done", "problems", "next"];

/// Whether a field of an entry is a text that merges by character.
pub fn is_long_text(name: &str) -> bool {
    LONG_TEXTS.contains(&name)
}

/// One of the seven ones 七个一, or one of the two that fill no duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Visit,
    Lesson,
    Activity,
    Summary,
    Deed,
    Research,
    Report,
    Leave,
    Presence,
}

impl EntryKind {
    pub const ALL: [EntryKind; 9] = [
        EntryKind::Visit,
        EntryKind::Lesson,
        EntryKind::Activity,
        EntryKind::Summary,
        EntryKind::Deed,
        EntryKind::Research,
        EntryKind::Report,
        EntryKind::Leave,
        EntryKind::Presence,
    ];

    /// The seven ones: what a first secretary owes.
    pub const DUTIES: [EntryKind; 7] = [
        EntryKind::Visit,
        EntryKind::Lesson,
        EntryKind::Activity,
        EntryKind::Summary,
        EntryKind::Deed,
        EntryKind::Research,
        EntryKind::Report,
    ];

    pub fn is_duty(self) -> bool {
        Self::DUTIES.contains(&self)
    }

    pub fn code(self) -> &'static str {
        match self {
            EntryKind::Visit => "visit",
            EntryKind::Lesson => "lesson",
            EntryKind::Activity => "activity",
            EntryKind::Summary => "summary",
            EntryKind::Deed => "deed",
            EntryKind::Research => "research",
            EntryKind::Report => "report",
            EntryKind::Leave => "leave",
            EntryKind::Presence => "presence",
        }
    }

    pub fn from_code(code: &str) -> Option<EntryKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    pub fn fields(self) -> &'static [Field] {
        match self {
            EntryKind::Visit => VISIT,
            EntryKind::Lesson => LESSON,
            EntryKind::Activity => ACTIVITY,
            EntryKind::Summary => SUMMARY,
            EntryKind::Deed => DEED,
            EntryKind::Research => RESEARCH,
            EntryKind::Report => REPORT,
            EntryKind::Leave => LEAVE,
            EntryKind::Presence => PRESENCE,
        }
    }

    /// What a copy of an entry begins with: all that may well be the same again. Its day, how far a deed is, and what was
    /// counted belong to the one that is copied.
    pub fn copied(self, name: &str) -> bool {
        const OF_THAT_ONE: [&str; 11] =
            [OCCURRED_ON, FACTS, HALF, STATE, FINISHED, STARTED, FROM, TO, REPORTED_BACK, MONTH, DAYS];
        self.field(name).is_some() && !OF_THAT_ONE.contains(&name)
    }

    pub fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name == name)
    }
}

/// The values of a record by field name.
pub type Fields = BTreeMap<String, FieldValue>;

/// Every fault of `fields` as a whole record of `table`, in the order of the form: what is required is there, every
/// value is one its field takes, and no day lies after today.
pub fn check_fields(table: &[Field], fields: &Fields, today: Date) -> Vec<FieldError> {
    let error = |name: &str, fault| FieldError { field: name.to_owned(), fault };
    let mut errors: Vec<FieldError> = table
        .iter()
        .filter_map(|field| match fields.get(field.name) {
            Some(value) if !value.is_empty() => check_dated(field, value, today).err().map(|f| error(field.name, f)),
            _ if field.need == Need::Required => Some(error(field.name, FieldFault::Missing)),
            _ => None,
        })
        .collect();
    errors.extend(
        fields
            .keys()
            .filter(|name| table.iter().all(|field| field.name != name.as_str()))
            .map(|name| error(name, FieldFault::UnknownField)),
    );
    errors
}

/// Checks one value, today being known.
pub fn check_dated(field: &Field, value: &FieldValue, today: Date) -> Result<(), FieldFault> {
    check_value(field, value)?;
    match (field.takes, value.text().map(str::parse::<Date>)) {
        (FieldType::Day, Some(Ok(day))) if day > today => Err(FieldFault::AfterToday),
        (FieldType::Month, _) if value.text().and_then(first_of_month).is_some_and(|first| first > today) => {
            Err(FieldFault::AfterToday)
        }
        _ => Ok(()),
    }
}

/// What is wrong with the fields of a form together, each of them being right by itself.
pub fn check_together(kind: EntryKind, fields: &Fields) -> Vec<FieldError> {
    let text = |name: &str| fields.get(name).and_then(FieldValue::text).unwrap_or_default();
    let day = |name: &str| text(name).parse::<Date>().ok();
    let error = |name: &str, fault| FieldError { field: name.to_owned(), fault };
    match kind {
        EntryKind::Leave => {
            let Some(from) = day(FROM) else { return Vec::new() };
            let before = |name: &&str| day(name).is_some_and(|day| day < from);
            let mut errors: Vec<FieldError> = [TO, REPORTED_BACK]
                .iter()
                .filter(|name| before(name))
                .map(|name| error(name, FieldFault::BeforeItBegins))
                .collect();
            if day(TO).is_some_and(|to| date_to_day(to) - date_to_day(from) >= LEAVE_DAYS_MAX) {
                errors.push(error(TO, FieldFault::OutOfRange));
            }
            errors
        }
        EntryKind::Presence => {
            let most = first_of_month(text(MONTH)).map(|first| i64::from(first.days_in_month()));
            let is_more =
                matches!((fields.get(DAYS), most), (Some(FieldValue::Number(days)), Some(most)) if *days > most);
            is_more.then(|| error(DAYS, FieldFault::OutOfRange)).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::field::Lines;

    fn lesson(pairs: &[(&str, FieldValue)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn the_long_bodies_and_nothing_else_merge_by_character() {
        let long = [EntryKind::Summary, EntryKind::Research, EntryKind::Report];
        for kind in EntryKind::ALL {
            let named = kind.fields().iter().filter(|field| is_long_text(field.name));
            let are_texts = named.clone().all(|field| {
                matches!(field.takes, FieldType::Text { chars_max, lines: Lines::Several } if chars_max >= 4000)
            });
            assert!(are_texts && (named.count() > 0) == long.contains(&kind), "{kind:?}");
        }
    }

    #[test]
    fn a_record_lists_all_its_faults_at_once() {
        let today = date(2016, 3, 1);
        let fields = lesson(&[(OCCURRED_ON, "2016-03-02".into()), ("present", 2001.into()), ("mood", "good".into())]);
        let faults: Vec<_> = check_fields(LESSON, &fields, today).into_iter().map(|e| (e.field, e.fault)).collect();
        assert_eq!(
            faults,
            [
                (OCCURRED_ON.to_owned(), FieldFault::AfterToday),
                ("topic".to_owned(), FieldFault::Missing),
                ("present".to_owned(), FieldFault::OutOfRange),
                ("mood".to_owned(), FieldFault::UnknownField),
            ]
        );
    }

    #[test]
    fn every_kind_has_a_day_and_a_code_of_its_own() {
        for kind in EntryKind::ALL {
            assert_eq!(EntryKind::from_code(kind.code()), Some(kind));
            assert_eq!(kind.field(OCCURRED_ON).map(|field| field.need), Some(Need::Required), "{kind:?}");
        }
        assert_eq!(EntryKind::from_code("league_table"), None);
    }

    #[test]
    fn an_entry_filled_to_every_limit_fits_into_one_change() {
        for kind in EntryKind::ALL {
            let bytes: usize = kind.fields().iter().map(|field| field.name.len() + field.bytes_max()).sum();
            assert!(bytes < 62_000, "{kind:?} holds {bytes} bytes");
        }
    }

    #[test]
    fn every_field_takes_what_its_limit_allows_and_no_more() {
        let today = date(2016, 3, 1);
        for field in EntryKind::ALL.into_iter().flat_map(EntryKind::fields) {
            let (most, more): (FieldValue, FieldValue) = match field.takes {
                FieldType::Text { chars_max, .. } | FieldType::Facts { chars_max } => {
                    ("记".repeat(chars_max).into(), "记".repeat(chars_max + 1).into())
                }
                FieldType::Number { max } => (max.into(), (max + 1).into()),
                FieldType::Day => ("2016-03-01".into(), "2016-03-02".into()),
                FieldType::AnyDay => ("2016-12-31".into(), "2016-12-32".into()),
                FieldType::Month => ("2016-03".into(), "2016-04".into()),
                FieldType::Half => ("2016-H2".into(), "2016-H3".into()),
                FieldType::Choice { codes } => (codes[codes.len() - 1].into(), "anything".into()),
                FieldType::Choices { codes } => (codes.join(" ").into(), "anything".into()),
                // Their own laws are beside the field types.
                FieldType::Households | FieldType::Visits | FieldType::Place | FieldType::Places => continue,
            };
            assert_eq!(check_dated(field, &most, today), Ok(()), "{}", field.name);
            assert!(check_dated(field, &more, today).is_err(), "{}", field.name);
        }
    }

    #[test]
    fn a_leave_ends_after_it_begins_and_lasts_a_year_at_most() {
        let faults = |to: &str, back: &str| {
            let fields = lesson(&[(FROM, "2016-03-10".into()), (TO, to.into()), (REPORTED_BACK, back.into())]);
            check_together(EntryKind::Leave, &fields).into_iter().map(|e| (e.field, e.fault)).collect::<Vec<_>>()
        };
        assert_eq!(faults("2016-03-10", "2016-03-10"), []);
        assert_eq!(faults("2016-03-09", ""), [(TO.to_owned(), FieldFault::BeforeItBegins)]);
        assert_eq!(faults("2016-03-10", "2016-03-09"), [(REPORTED_BACK.to_owned(), FieldFault::BeforeItBegins)]);
        assert_eq!(faults("2017-03-10", ""), []);
        assert_eq!(faults("2017-03-11", ""), [(TO.to_owned(), FieldFault::OutOfRange)]);
    }

    #[test]
    fn a_month_has_no_more_days_in_the_village_than_it_has_days() {
        let faults = |days: i64| {
            let fields = lesson(&[(MONTH, "2016-02".into()), (DAYS, days.into())]);
            check_together(EntryKind::Presence, &fields).into_iter().map(|e| (e.field, e.fault)).collect::<Vec<_>>()
        };
        assert_eq!(faults(29), []);
        assert_eq!(faults(30), [(DAYS.to_owned(), FieldFault::OutOfRange)]);
    }

    #[test]
    fn today_is_not_after_today_and_only_the_required_is_required() {
        let fields = lesson(&[(OCCURRED_ON, "2016-03-01".into()), ("topic", "两学一做".into())]);
        assert_eq!(check_fields(LESSON, &fields, date(2016, 3, 1)), []);
    }
}
