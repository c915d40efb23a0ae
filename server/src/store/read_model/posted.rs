//! The first secretaries in post, one row each: what the roll-up adds up, person by person.
use std::sync::Arc;

use rusqlite::Connection;
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::duty::Tally;
use zhucun_core::entry::EntryKind;

use super::super::tenure::Posted;
use super::super::{Trouble, policy, tenure};
use super::course::{Courses, TenureCourse};
use super::is_in_post;

/// One first secretary in post on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostedRow {
    pub posted: Posted,
    /// Over the tenure so far: one for each kind, in the order of `EntryKind::DUTIES`.
    pub duties: [Tally; EntryKind::DUTIES.len()],
    /// 补录: entries of the seven kinds that their device made later than is on time, and that were not taken back.
    pub late: u32,
    /// Entries of the tenure that no reviewer has answered, by the rule of the roll-up.
    pub awaiting_review: u32,
}

/// The first secretaries in post inside `parent`, by village and arrival.
pub fn posted(
    connection: &Connection,
    courses: &Courses,
    parent: DivisionCode,
    now: Moment,
) -> Result<Vec<PostedRow>, Trouble> {
    let today = now.date();
    let deemed_read = policy::all(connection)?.in_force(today).deemed_read_before(now);
    let in_post = courses.inside(connection, parent)?.into_iter();
    let in_post = in_post.filter(|(it, _)| is_in_post(it, today));
    let row = |(tenure, course): (_, Arc<TenureCourse>)| {
        Ok(PostedRow {
            duties: course.duties(today),
            late: course.late,
            awaiting_review: course.awaiting(deemed_read),
            posted: tenure::posted(connection, tenure)?,
        })
    };
    in_post.map(row).collect()
}
