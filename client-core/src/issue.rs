//! An issue 问题诉求 of a village: what somebody asked for, who sees to it, and how it ended. It is raised with an entry and
//! lives in the village's document, where the team and the township follow it.
use crate::entry::HOUSEHOLDS;
use crate::field::{Field, FieldType, Need, choice, line, lines};

/// Issues that one entry raises.
pub const ISSUES_MAX: usize = 5;
/// The entry that an issue was raised with; not on its form.
pub const ENTRY: &str = "entry";

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
    Field::new("state", Need::Optional, choice(&["open", "in_progress", "closed", "explained", "forwarded"])),
    Field::new("closed_on", Need::Optional, FieldType::Day),
    Field::new("outcome", Need::Optional, lines(1000)),
];
