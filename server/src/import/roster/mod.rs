//! The roster 花名册: one row a person and post. `row` reads the table, `plan` compares it with what is stored, and
//! `apply` writes it all or not at all. Who is not in the table stays as they are.
mod row;
mod plan;
mod apply;

pub use apply::{FirstPassword, apply, first_passwords};
pub use plan::{Change, Kind, Plan, plan};
pub use row::{COLUMNS, Posting, RosterRow, read};
