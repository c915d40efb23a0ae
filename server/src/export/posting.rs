//! 第一书记选派情况一览表: everybody who was sent to a village, in post or not, with what the roster says of them.
use zhucun_core::clock::Moment;
use zhucun_core::division::{Division, Level};
use zhucun_core::tenure::{EndReason, Tenure, TenureRole};

use super::table::{Cell, Column, Heading, Table};
use super::{as_of, named};
use crate::store::person::Particulars;
use crate::store::{Connection, Trouble, division, person, tenure};

const NOTE: &str = "含已离任的；按行政区划代码和到岗日期排列。";

struct Posted {
    township: Division,
    village: Division,
    about: Particulars,
    tenure: Tenure,
}

pub(super) fn table<E: From<Trouble>>(connection: &Connection, unit: &Division, now: Moment) -> Result<Table, E> {
    let heading = Heading {
        title: format!("{}第一书记选派情况一览表", unit.name),
        unit: named(unit),
        as_of: as_of(now),
        note: NOTE,
    };
    let rows = posted(connection, unit)?;
    Ok(Table::new(heading, &columns(unit.code.level() < Level::Township), &rows, None))
}

fn posted(connection: &Connection, unit: &Division) -> Result<Vec<Posted>, Trouble> {
    let find = |code| division::find(connection, code)?.ok_or(Trouble::Damaged("a tenure outside any unit"));
    let tenures = tenure::inside(connection, unit.code)?.into_iter();
    let row = |tenure: Tenure| {
        let above = tenure.division.parent().ok_or(Trouble::Damaged("a tenure outside any village"))?;
        let about = person::particulars(connection, tenure.person)?.ok_or(Trouble::Damaged("a tenure of nobody"))?;
        Ok(Posted { township: find(above)?, village: find(tenure.division)?, about, tenure })
    };
    tenures.filter(|it| it.role == TenureRole::FirstSecretary).map(row).collect()
}

fn columns(of_several: bool) -> Vec<Column<Posted>> {
    let township = Column::new("乡镇", 12, |row: &Posted| Cell::text(&row.township.name));
    let mut columns: Vec<Column<Posted>> = of_several.then_some(township).into_iter().collect();
    columns.extend([
        Column::new("村", 15, |row: &Posted| Cell::text(&row.village.name)),
        Column::new("区划代码", 14, |row: &Posted| Cell::text(row.village.code.to_string())),
        Column::new("姓名", 9, |row: &Posted| Cell::text(&row.about.name)),
        Column::new("性别", 5, |row: &Posted| Cell::text(&row.about.sex)),
        Column::new("出生年月", 9, |row: &Posted| Cell::text(&row.about.birth_month)),
        Column::new("政治面貌", 10, |row: &Posted| Cell::text(&row.about.party)),
        Column::new("职级", 10, |row: &Posted| Cell::text(&row.about.rank)),
        Column::new("单位及职务", 22, |row: &Posted| Cell::text(&row.about.unit)),
        Column::new("批次", 8, |row: &Posted| Cell::text(&row.tenure.batch)),
        Column::new("到岗", 11, |row: &Posted| Cell::Day(row.tenure.arrived)),
        Column::new("计划期满", 11, |row: &Posted| Cell::Day(row.tenure.planned_end)),
        Column::new("离任", 11, |row: &Posted| Cell::day(row.tenure.ended)),
        Column::new("离任原因", 8, |row: &Posted| {
            row.tenure.reason.map_or(Cell::Empty, |it| Cell::text(reason(it)))
        }),
    ]);
    columns
}

fn reason(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Completed => "期满",
        EndReason::Reassigned => "调整",
        EndReason::Recalled => "召回",
        EndReason::Illness => "因病",
        EndReason::Other => "其他",
    }
}
