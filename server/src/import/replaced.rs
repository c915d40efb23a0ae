//! What an import wrote in the place of what: kept as JSON beside the import, so that it can be put back. What a later
//! version of this program wrote and this one does not know is nothing that it can put back.
use serde::{Deserialize, Serialize};
use zhucun_core::calendar::Calendar;
use zhucun_core::id::PersonId;
use zhucun_core::tenure::Tenure;

use crate::store::division::PoorVillage;
use crate::store::person::Particulars;
use crate::store::post::PostRow;

/// One thing. Where nothing stood before, it was added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "noun", rename_all = "snake_case")]
pub enum Replaced {
    /// One who was added has an account since.
    Person {
        id: PersonId,
        before: Option<Particulars>,
        after: Particulars,
    },
    Tenure {
        before: Option<Tenure>,
        after: Tenure,
    },
    Post {
        person: PersonId,
        before: Option<PostRow>,
        after: PostRow,
    },
    PoorVillage {
        before: Option<PoorVillage>,
        after: PoorVillage,
    },
    Year {
        year: i16,
        before: Calendar,
        after: Calendar,
    },
    /// Of a policy; a version stays.
    Version {
        version: u32,
    },
}

impl Replaced {
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("it is plain data with text keys")
    }

    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}
