//! A row of the roster, read strictly. Titles and codes may be Chinese or English.
use jiff::civil::Date;
use zhucun_core::division::{DivisionCode, Level};
use zhucun_core::person::Role;
use zhucun_core::tenure::{EndReason, Tenure, TenureRole};

use super::super::mistake::{Mistake, Wrong};
use super::super::table::{self, Column, Need, Row, day, month};
use crate::store::person::Particulars;
use crate::word;

/// docs/OPERATING describes them.
pub const COLUMNS: &[Column] = &[
    Column { names: &["name", "姓名"], need: Need::Filled },
    Column { names: &["sex", "性别"], need: Need::Optional },
    Column { names: &["birth_month", "出生年月"], need: Need::Optional },
    Column { names: &["party", "政治面貌"], need: Need::Optional },
    Column { names: &["rank", "职级"], need: Need::Optional },
    Column { names: &["unit", "工作单位", "单位及职务", "派出单位"], need: Need::Optional },
    Column { names: &["login", "登录名", "账号"], need: Need::Filled },
    Column { names: &["role", "角色", "任职类型"], need: Need::Filled },
    Column { names: &["division", "区划代码", "村代码"], need: Need::Filled },
    Column { names: &["batch", "批次"], need: Need::Optional },
    Column { names: &["arrived", "到岗日期", "任职日期"], need: Need::Filled },
    Column { names: &["planned_end", "计划期满", "计划离任日期"], need: Need::Optional },
    Column { names: &["ended", "离任日期"], need: Need::Optional },
    Column { names: &["reason", "离任原因"], need: Need::Optional },
];

const LOGIN_CHARS_MIN: usize = 2;
const LOGIN_CHARS_MAX: usize = 40;

/// A row: who, and what they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RosterRow {
    pub line: usize,
    pub login: String,
    pub particulars: Particulars,
    /// Optional columns that the table does not have: what is known of them stays.
    pub untold: Vec<&'static str>,
    pub division: DivisionCode,
    pub arrived: Date,
    pub posting: Posting,
}

impl RosterRow {
    /// The particulars, where some are known before.
    pub fn particulars_over(&self, known: &Particulars) -> Particulars {
        let pick = |column: &str, told: &String, known: &String| match self.untold.contains(&column) {
            true => known.clone(),
            false => told.clone(),
        };
        let told = &self.particulars;
        Particulars {
            name: told.name.clone(),
            sex: pick("sex", &told.sex, &known.sex),
            birth_month: pick("birth_month", &told.birth_month, &known.birth_month),
            party: pick("party", &told.party, &known.party),
            rank: pick("rank", &told.rank, &known.rank),
            unit: pick("unit", &told.unit, &known.unit),
        }
    }

    /// The row where its tenure is known: what the table does not tell is as it was.
    pub fn over(&self, known: &Tenure) -> RosterRow {
        let mut row = self.clone();
        if let Posting::Tenure { batch, ended, .. } = &mut row.posting {
            if self.untold.contains(&"batch") {
                known.batch.clone_into(batch);
            }
            if self.untold.contains(&"ended") {
                *ended = known.ended.zip(known.reason);
            }
        }
        row
    }
}

/// What the row makes of the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posting {
    /// A tenure in a village.
    Tenure { role: TenureRole, batch: String, planned_end: Date, ended: Option<(Date, EndReason)> },
    /// A post above the village.
    Post { role: Role, ended: Option<Date> },
}

/// Reads the whole table; all mistakes, or none.
pub fn read(bytes: &[u8]) -> Result<Vec<RosterRow>, Vec<Mistake>> {
    let (mut rows, mut mistakes) = (Vec::new(), Vec::new());
    for row in table::read(bytes, COLUMNS)? {
        match read_row(&row) {
            Ok(row) => rows.push(row),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(rows) } else { Err(mistakes) }
}

fn read_row(row: &Row) -> Result<RosterRow, Mistake> {
    let wrong = |column, what| Mistake::new(row.line, column, what);
    let missing = |column: &'static str| move || Mistake::new(row.line, column, Wrong::CellEmpty);
    let role = row.read("role", read_role)?.ok_or_else(missing("role"))?;
    let division = row.read("division", table::code)?.ok_or_else(missing("division"))?;
    let arrived = row.read("arrived", day)?.ok_or_else(missing("arrived"))?;
    let planned_end = row.read("planned_end", day)?;
    let ended = row.read("ended", day)?;
    let reason = row.read("reason", read_reason)?;
    for (column, last) in [("planned_end", planned_end), ("ended", ended)] {
        if last.is_some_and(|last| last < arrived) {
            return Err(wrong(column, Wrong::BeforeArrival { arrived }));
        }
    }
    let level = division.level();
    let fits = role.level().map_or(level != Level::Village, |its| its == level);
    if !fits {
        let what = match role.level() {
            Some(its) => Wrong::RoleDigits { role: role.code(), digits: its.digits(), code: division },
            None => Wrong::RoleAboveVillage { role: role.code(), code: division },
        };
        return Err(wrong("division", what));
    }
    let posting = match tenure_role(role) {
        Some(role) => {
            let planned_end = planned_end.ok_or_else(missing("planned_end"))?;
            let ended = match (ended, reason) {
                (Some(ended), Some(reason)) => Some((ended, reason)),
                (None, None) => None,
                (Some(_), None) => return Err(wrong("reason", Wrong::ReasonMissing)),
                (None, Some(_)) => return Err(wrong("ended", Wrong::EndMissing)),
            };
            let batch = match row.get("batch") {
                "" => arrived.year().to_string(),
                batch => batch.to_owned(),
            };
            Posting::Tenure { role, batch, planned_end, ended }
        }
        None => {
            for column in ["batch", "planned_end", "reason"] {
                if !row.get(column).is_empty() {
                    return Err(wrong(column, Wrong::TenuresOnly { role: role.code() }));
                }
            }
            Posting::Post { role, ended }
        }
    };
    let login = row.read("login", read_login)?.ok_or_else(missing("login"))?;
    let particulars = Particulars {
        name: row.get("name").to_owned(),
        sex: row.read("sex", read_sex)?.unwrap_or_default(),
        birth_month: row.read("birth_month", month)?.unwrap_or_default(),
        party: row.get("party").to_owned(),
        rank: row.get("rank").to_owned(),
        unit: row.get("unit").to_owned(),
    };
    let optional = COLUMNS.iter().filter(|column| column.need == Need::Optional).map(Column::name);
    let untold = optional.filter(|column| !row.tells(column)).collect();
    Ok(RosterRow { line: row.line, login, particulars, untold, division, arrived, posting })
}

fn tenure_role(role: Role) -> Option<TenureRole> {
    match role {
        Role::FirstSecretary => Some(TenureRole::FirstSecretary),
        Role::TeamMember => Some(TenureRole::TeamMember),
        Role::TownshipReviewer | Role::County | Role::City | Role::Administrator | Role::Auditor => None,
    }
}

fn read_role(text: &str) -> Result<Role, Wrong> {
    let chinese = match text {
        "第一书记" => Some(Role::FirstSecretary),
        "工作队员" => Some(Role::TeamMember),
        "乡镇组织委员" => Some(Role::TownshipReviewer),
        "县委组织部" => Some(Role::County),
        "市委组织部" | "扶贫办" => Some(Role::City),
        "管理员" => Some(Role::Administrator),
        "审计员" => Some(Role::Auditor),
        _ => None,
    };
    let known = "第一书记, 工作队员, 乡镇组织委员, 县委组织部, 市委组织部, 管理员, 审计员, or their codes";
    chinese.or_else(|| Role::from_code(text)).ok_or_else(|| {
        let codes: Vec<_> = Role::ALL.iter().map(|role| role.code()).collect();
        Wrong::RoleUnknown { text: text.to_owned(), known, codes: codes.join(", ") }
    })
}

fn read_reason(text: &str) -> Result<EndReason, Wrong> {
    let known = |reason: &EndReason| reason.code() == text || word::reason(*reason) == text;
    EndReason::ALL.into_iter().find(known).ok_or_else(|| Wrong::ReasonUnknown {
        text: text.to_owned(),
        known: EndReason::ALL.map(word::reason).join(", "),
    })
}

fn read_sex(text: &str) -> Result<String, Wrong> {
    match text {
        "男" | "male" | "m" => Ok("男".to_owned()),
        "女" | "female" | "f" => Ok("女".to_owned()),
        _ => Err(Wrong::SexUnknown { text: text.to_owned() }),
    }
}

fn read_login(text: &str) -> Result<String, Wrong> {
    let right = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if !right || !(LOGIN_CHARS_MIN..=LOGIN_CHARS_MAX).contains(&text.len()) {
        return Err(Wrong::NotALogin { text: text.to_owned() });
    }
    Ok(text.to_ascii_lowercase())
}
