//! How somebody was chosen for a tenure 选派情况: facts that an office wrote. They are shown beside what the plan asks for, and
//! nothing follows from them.
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use zhucun_core::id::TenureId;

use super::Trouble;
use super::value::word;

/// Months of grassroots service that can be written.
pub const GRASSROOTS_MONTHS_MAX: u32 = 600;

/// What kind of unit sent somebody 派出单位性质.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitKind {
    /// 机关
    Organ,
    /// 事业单位
    Institution,
    /// 企业
    Enterprise,
    /// 学校
    School,
    /// 医院
    Hospital,
    /// 其他
    Other,
}

impl UnitKind {
    pub const ALL: [UnitKind; 6] = [
        UnitKind::Organ,
        UnitKind::Institution,
        UnitKind::Enterprise,
        UnitKind::School,
        UnitKind::Hospital,
        UnitKind::Other,
    ];

    pub fn code(self) -> &'static str {
        match self {
            UnitKind::Organ => "organ",
            UnitKind::Institution => "institution",
            UnitKind::Enterprise => "enterprise",
            UnitKind::School => "school",
            UnitKind::Hospital => "hospital",
            UnitKind::Other => "other",
        }
    }

    pub fn from_code(code: &str) -> Option<UnitKind> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// None: nobody said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    pub grassroots_months: Option<u32>,
    pub single_experience: Option<bool>,
    pub reserve_cadre: Option<bool>,
    pub unit_kind: Option<UnitKind>,
}

pub fn of_tenure(connection: &Connection, tenure: TenureId) -> Result<Selection, Trouble> {
    let found = connection
        .prepare_cached(
            "SELECT grassroots_months, single_experience, reserve_cadre, unit_kind FROM selection WHERE tenure = ?1",
        )?
        .query_row([tenure.0], |row| {
            let kind: Option<String> = row.get(3)?;
            Ok(Selection {
                grassroots_months: row.get(0)?,
                single_experience: row.get(1)?,
                reserve_cadre: row.get(2)?,
                unit_kind: kind.map(|_| word(row, 3, UnitKind::from_code)).transpose()?,
            })
        })
        .optional()?;
    Ok(found.unwrap_or_default())
}

pub fn put(tx: &Transaction<'_>, tenure: TenureId, it: &Selection) -> Result<(), Trouble> {
    tx.prepare_cached("INSERT OR REPLACE INTO selection VALUES (?1, ?2, ?3, ?4, ?5)")?.execute(params![
        tenure.0,
        it.grassroots_months,
        it.single_experience,
        it.reserve_cadre,
        it.unit_kind.map(UnitKind::code)
    ])?;
    Ok(())
}
