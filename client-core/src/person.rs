//! People, what they may be (roles) and where (posts): reference data, kept by the server and read-only on phones.
use serde::{Deserialize, Serialize};

use crate::division::{DivisionCode, Level};
use crate::id::PersonId;

/// What an account is for. A person may hold several posts at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 第一书记
    FirstSecretary,
    /// 工作队员
    TeamMember,
    /// 乡镇组织委员
    TownshipReviewer,
    /// 县委组织部
    County,
    /// 市委组织部、扶贫办
    City,
    Administrator,
    Auditor,
}

impl Role {
    pub const ALL: [Role; 7] = [
        Role::FirstSecretary,
        Role::TeamMember,
        Role::TownshipReviewer,
        Role::County,
        Role::City,
        Role::Administrator,
        Role::Auditor,
    ];

    /// The stable code, as in JSON, SQL and rosters.
    pub fn code(self) -> &'static str {
        match self {
            Role::FirstSecretary => "first_secretary",
            Role::TeamMember => "team_member",
            Role::TownshipReviewer => "township_reviewer",
            Role::County => "county",
            Role::City => "city",
            Role::Administrator => "administrator",
            Role::Auditor => "auditor",
        }
    }

    pub fn from_code(code: &str) -> Option<Role> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The level of the division this role is held in; administrators and auditors may be of any above the village.
    pub fn level(self) -> Option<Level> {
        match self {
            Role::FirstSecretary | Role::TeamMember => Some(Level::Village),
            Role::TownshipReviewer => Some(Level::Township),
            Role::County => Some(Level::County),
            Role::City => Some(Level::City),
            Role::Administrator | Role::Auditor => None,
        }
    }

    /// Whether the role's phone holds documents; the others work online at a desk.
    pub fn replicates(self) -> bool {
        matches!(self, Role::FirstSecretary | Role::TeamMember | Role::TownshipReviewer)
    }
}

/// A role held in a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Post {
    pub role: Role,
    pub division: DivisionCode,
}

/// A person as colleagues see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "types", derive(ts_rs::TS))]
pub struct Person {
    pub id: PersonId,
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_role_is_the_one_in_json() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_string(&role).expect("a role is JSON"), format!("\"{}\"", role.code()));
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        assert_eq!(Role::from_code("mayor"), None);
    }
}
