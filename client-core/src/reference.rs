//! Reference data: what the server keeps and sends for a person, read-only on phones.
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::calendar::Calendar;
use crate::division::{Division, DivisionCode};
use crate::document::DocumentId;
use crate::duty::Policies;
use crate::excusal::Excusal;
use crate::id::{HouseholdId, PersonId, TenureId};
use crate::leave::{Leave, LeaveDecision};
use crate::person::{Person, Post};
use crate::tenure::Tenure;

/// Reference data: what the server keeps and sends, read-only here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Reference {
    pub posts: Vec<Post>,
    /// Those villages of the posts where the tenure is over for so long that only what the person wrote stays here.
    #[serde(default)]
    pub left: Vec<DivisionCode>,
    /// The villages whose documents this device holds.
    pub villages: Vec<Division>,
    pub tenures: Vec<Tenure>,
    pub people: Vec<Person>,
    pub calendar: Calendar,
    /// The versions of the policy 口径 that were imported, over the built-in one.
    #[serde(default)]
    #[cfg_attr(feature = "types", ts(type = "unknown[]"))]
    pub policies: Policies,
    /// Leave and excusals of these tenures. What a newer server knows of them and this version does not is passed over.
    #[serde(default, deserialize_with = "readable")]
    pub leaves: Vec<TenureLeave>,
    #[serde(default, deserialize_with = "readable")]
    pub excusals: Vec<TenureExcusal>,
    /// What the county decided of leave that was asked for in these tenures' logs.
    #[serde(default, deserialize_with = "readable")]
    pub decisions: Vec<LeaveDecision>,
    /// The documents that follow on an erasure, in their generation as it is; every other one is in its first.
    #[serde(default, with = "documents")]
    #[cfg_attr(feature = "types", ts(type = "string[]"))]
    pub generations: Vec<DocumentId>,
    /// Households that were erased: nothing on this device may name them any more.
    #[serde(default)]
    pub erased: Vec<HouseholdId>,
}

/// A leave of a tenure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct TenureLeave {
    pub tenure: TenureId,
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub leave: Leave,
}

/// An excusal of a duty of a tenure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct TenureExcusal {
    pub tenure: TenureId,
    #[serde(flatten)]
    #[cfg_attr(feature = "types", ts(flatten))]
    pub excusal: Excusal,
}

/// Those of a list that this version can read.
fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let all = Vec::<serde_json::Value>::deserialize(deserializer)?;
    Ok(all.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect())
}

impl Reference {
    /// The generation of a document that is read and written now.
    pub fn current(&self, document: DocumentId) -> DocumentId {
        let later = self.generations.iter().filter(|later| document.is_followed_by(**later));
        later.copied().max().unwrap_or(document)
    }

    /// Whether a document is of a later generation than is read and written now.
    pub fn is_unknown(&self, document: DocumentId) -> bool {
        self.current(document.at_first()).is_followed_by(document)
    }

    pub fn tenure(&self, id: TenureId) -> Option<&Tenure> {
        self.tenures.iter().find(|tenure| tenure.id == id)
    }

    pub fn village(&self, code: DivisionCode) -> Option<&Division> {
        self.villages.iter().find(|village| village.code == code)
    }

    pub fn name_of(&self, person: PersonId) -> &str {
        self.people.iter().find(|known| known.id == person).map_or("", |known| &known.name)
    }
}

/// Ids of documents as their texts. One that this version cannot read is none that it holds.
pub(crate) mod documents {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::DocumentId;

    pub(crate) fn serialize<S: Serializer>(ids: &[DocumentId], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(ids.iter().map(DocumentId::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<DocumentId>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Ok(texts.iter().filter_map(|text| text.parse().ok()).collect())
    }
}
