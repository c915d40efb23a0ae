//! A household 户 of the village register: its fields. No ID-card numbers, bank accounts, diagnoses or children's names.
use crate::field::{Field, FieldType, Need, choice, line};

/// Causes of poverty 致贫原因.
pub const CAUSES: &[&str] = &[
    "illness",
    "disability",
    "schooling",
    "disaster",
    "marriage",
    "no_land",
    "no_water",
    "no_skill",
    "no_labour",
    "no_funds",
    "poor_transport",
    "low_motivation",
    "other",
];

/// The fields of a household, in the order of the form.
pub const HOUSEHOLD: &[Field] = &[
    Field::new("head", Need::Required, line(30)),
    Field::new("group", Need::Optional, line(30)),
    Field::new("number", Need::Optional, line(30)),
    Field::new("members", Need::Optional, FieldType::Number { max: 30 }),
    Field::new("household_kind", Need::Optional, choice(&["general", "subsistence", "destitute"])),
    Field::new("monitoring", Need::Optional, choice(&["none", "unstable", "borderline", "sudden"])),
    Field::new("cause", Need::Optional, choice(CAUSES)),
    Field::new("other_causes", Need::Optional, FieldType::Choices { codes: CAUSES }),
    Field::new("status", Need::Optional, choice(&["poor", "lifted", "returned", "risk_remaining", "risk_removed"])),
    Field::new("support", Need::Optional, line(500)),
    Field::new("helper", Need::Optional, line(30)),
    // 待核 until the township has seen a household that was added by hand.
    Field::new(STANDING, Need::Optional, choice(&[REGISTERED, UNVERIFIED, INACTIVE])),
];

/// Where a household stands in the register.
pub const STANDING: &str = "standing";
pub const REGISTERED: &str = "registered";
pub const UNVERIFIED: &str = "unverified";
/// Kept no more; what it was named in stays.
pub const INACTIVE: &str = "inactive";
