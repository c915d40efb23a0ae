//! An entry 记录: one piece of work of a first secretary. This slice knows two of the seven kinds, the visit 入户调研 and
//! the lesson 党课, each with its own fields; an entry of a kind that only a newer version knows is kept and shown as
//! such, never dropped.
use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::field::{Field, FieldError, FieldFault, FieldType, FieldValue, Need, check_value, choice, line, lines};

/// The field every kind has: the day the work was done, as its author says.
pub const OCCURRED_ON: &str = "occurred_on";
/// The households of a visit.
pub const HOUSEHOLDS: &str = "households";

const CHECK: FieldType = choice(&["normal", "problem", "unknown"]);

/// 入户调研. The six checks are 吃, 穿, 教育, 医疗, 住房, 饮水.
pub const VISIT: &[Field] = &[
    Field::new(OCCURRED_ON, Need::Required, FieldType::Day),
    Field::new(HOUSEHOLDS, Need::Required, FieldType::Households),
    Field::new("mode", Need::Required, choice(&["home", "field", "phone", "office"])),
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
    Field::new("form", Need::Optional, choice(&["lecture", "at_home", "on_site", "online", "other"])),
    Field::new("expected", Need::Optional, FieldType::Number { max: 2000 }),
    Field::new("present", Need::Optional, FieldType::Number { max: 2000 }),
    Field::new("absence_reasons", Need::Optional, lines(500)),
    Field::new("main_points", Need::Optional, lines(5000)),
    Field::new("members_views", Need::Optional, lines(2000)),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Visit,
    Lesson,
}

impl EntryKind {
    pub const ALL: [EntryKind; 2] = [EntryKind::Visit, EntryKind::Lesson];

    pub fn code(self) -> &'static str {
        match self {
            EntryKind::Visit => "visit",
            EntryKind::Lesson => "lesson",
        }
    }

    pub fn from_code(code: &str) -> Option<EntryKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    pub fn fields(self) -> &'static [Field] {
        match self {
            EntryKind::Visit => VISIT,
            EntryKind::Lesson => LESSON,
        }
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
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn lesson(pairs: &[(&str, FieldValue)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
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
    fn today_is_not_after_today_and_only_the_required_is_required() {
        let fields = lesson(&[(OCCURRED_ON, "2016-03-01".into()), ("topic", "两学一做".into())]);
        assert_eq!(check_fields(LESSON, &fields, date(2016, 3, 1)), []);
    }
}
