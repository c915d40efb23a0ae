//! The roster 花名册: one row a person and post. `row` reads the table, `plan` compares it with what is stored, and
//! `apply` writes it all or not at all; `office` does by hand to one tenure what a row would do. Who is not in the table stays as they are.
mod row;
mod plan;
mod apply;
pub mod office;

pub(super) use apply::apply_by;
pub use apply::{FirstPassword, apply, first_passwords};
pub use plan::{Plan, Someone, plan};
pub use row::{COLUMNS, Posting, RosterRow, read};
