//! An issue 问题诉求 of a village: what somebody asked for, who sees to it, and how it ended. It is raised with an entry and
//! lives in the village's document, where the team and the township follow it.
use crate::entry::HOUSEHOLDS;
use crate::field::{Field, FieldType, Need, choice, line, lines};

/// Issues that one entry raises.
pub const ISSUES_MAX: usize = 5;
/// The entry that an issue was raised with; not on its form.
pub const ENTRY: &str = "entry";

/// How far an issue is; without a word it is `OPEN` 待办. Those of `ENDED` have come to an end, on the day in `CLOSED_ON`.
pub const STATE: &str = "state";
pub const OPEN: &str = "open";
pub const ENDED: [&str; 3] = ["closed", "explained", "forwarded"];
pub const CLOSED_ON: &str = "closed_on";

/// The fields of an issue, in the order of the form.
pub const ISSUE: &[Field] = &[
    Field::new(
        "category",
        Need::Required,
        choice(&[
            "education",
            "medical",
            "housing",
            "water",
            "industry",
            "employment",
            "social_security",
            "dispute",
            "infrastructure",
            "other",
        ]),
    ),
    Field::new("text", Need::Required, lines(1000)),
    Field::new(HOUSEHOLDS, Need::Optional, FieldType::Households),
    Field::new("level", Need::Optional, choice(&["village", "township", "county"])),
    Field::new("handler", Need::Optional, line(30)),
    Field::new(STATE, Need::Optional, choice(&[OPEN, "in_progress", ENDED[0], ENDED[1], ENDED[2]])),
    Field::new(CLOSED_ON, Need::Optional, FieldType::Day),
    Field::new("outcome", Need::Optional, lines(1000)),
];
