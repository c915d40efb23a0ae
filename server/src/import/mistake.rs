//! What can be wrong with a file that comes in, and where.
use std::fmt;

use jiff::civil::Date;
use zhucun_core::division::DivisionCode;
use zhucun_core::duty::{POLICIES_MAX, POLICY_NUMBER_MAX, PolicyFault};

use super::sentence::sentences;

sentences! {
    /// What is wrong. Each sentence says what to do, or what is expected.
    Wrong {
        FileTooLarge { mib: usize } = "file_too_large" "the file is larger than {mib} MiB";
        NotUtf8 = "not_utf8" "this is not UTF-8: save the table as “CSV UTF-8” or as XLSX";
        JsonNotUtf8 = "json_not_utf8" "this is not UTF-8: save the file as UTF-8";
        CsvUnreadable { error: String } = "csv_unreadable" "{error}";
        XlsxUnreadable { error: String } = "xlsx_unreadable" "this XLSX cannot be read: {error}";
        XlsxTooLarge { mib: usize } = "xlsx_too_large" "this XLSX unfolds to more than {mib} MiB";
        NoSheet = "no_sheet" "the XLSX has no sheet";
        ColumnsTooMany { max: usize } = "columns_too_many" "a table has {max} columns at most";
        TableEmpty = "table_empty" "the table is empty";
        ColumnUnknown { title: String, known: String } = "column_unknown"
            "no column is called “{title}”; the columns are {known}";
        ColumnTwice = "column_twice" "this column stands there twice";
        ColumnMissing = "column_missing" "this column is missing";
        RowsTooMany { max: usize } = "rows_too_many" "a table has {max} rows at most: split it";
        CellsTooMany { cells: usize, titles: usize } = "cells_too_many"
            "{cells} cells under {titles} titles: a comma too many?";
        CellEmpty = "cell_empty" "this may not be empty";
        CellTooLong { max: usize } = "cell_too_long" "longer than {max} characters";
        CellBroken = "cell_broken" "a line break or control character inside the cell";
        IdentityNumber = "identity_number" "this looks like an ID-card number, which this system must not hold";
        NotADay { text: String } = "not_a_day" "“{text}” is not a day; write it as 2015-09-16";
        NotAMonth { text: String } = "not_a_month" "“{text}” is not a month; write it as 1988-04";
        NotACode { text: String, error: String } = "not_a_code" "“{text}”: {error}";
        BeforeFirst = "before_first" "this lies before the first day";

        NotAVillage { code: DivisionCode } = "not_a_village" "{code} is not a village: those have 12 digits";
        VillageUnknown { code: DivisionCode } = "village_unknown"
            "no village has the code {code}: import the divisions first";
        VillageTwice { before: usize } = "village_twice" "the same village from the same day stands on line {before}";
        MarkedTwice { code: DivisionCode, from: Date, next: Date } = "marked_twice"
            "{code} would be marked twice: from {from} and from {next}";

        DivisionUnknown { code: DivisionCode } = "division_unknown"
            "no division has the code {code}: import the divisions first";
        LoginTaken { before: usize } = "login_taken" "line {before} has the same login with other particulars";
        PostingTwice { before: usize } = "posting_twice"
            "line {before} is about the same person, role, division and time";
        PostHeldSince { from: Date } = "post_held_since" "this post is held since {from}: write that day";
        BeforeArrival { arrived: Date } = "before_arrival" "this lies before the arrival on {arrived}";
        RoleDigits { role: &'static str, digits: usize, code: DivisionCode } = "role_digits"
            "the role {role} needs a code of {digits} digits, not {code}";
        RoleAboveVillage { role: &'static str, code: DivisionCode } = "role_above_village"
            "the role {role} is held above the village, not in {code}";
        ReasonMissing = "reason_missing" "a tenure that ended has a reason";
        EndMissing = "end_missing" "a reason for leaving without a day";
        TenuresOnly { role: &'static str } = "tenures_only" "only tenures in villages have one, not the role {role}";
        RoleUnknown { text: String, known: &'static str, codes: String } = "role_unknown"
            "“{text}” is no role; roles are {known} ({codes})";
        ReasonUnknown { text: String, known: String } = "reason_unknown"
            "“{text}” is no reason; reasons are {known}, or their codes";
        SexUnknown { text: String } = "sex_unknown" "“{text}”; write 男 or 女";
        NotALogin { text: String } = "not_a_login"
            "“{text}”: a login has 2 to 40 of the letters a to z, digits, dot, hyphen and underscore";

        NotJson { fault: String, line: String, place: String } = "not_json" "{fault}{line:.0}{place:.0}";
        CalendarUnreadable { error: String, example: &'static str } = "calendar_unreadable"
            "this is no calendar ({error}); write all holidays and make-up workdays of a year, like {example}";
        NewYearMissing { year: i16 } = "new_year_missing"
            "{year}-01-01 is not among the holidays: give all holidays of {year}, also those that stay as they are";
        DayTwice { day: Date } = "day_twice" "{day} is a holiday and a workday: take it out of one of the two lists";
        WorkedAnyway { day: Date } = "worked_anyway"
            "{day} is no Saturday or Sunday, so it is worked anyway: take it out of the workdays";
        CalendarEmpty = "calendar_empty"
            "no day stands in it: give all holidays and make-up workdays of a year";

        NotAPolicy { fault: String } = "not_a_policy" "{fault}";
        PoliciesTooMany { fault: String, max: String } = "policies_too_many" "{fault}{max:.0}";
        PolicyFieldMissing { fault: String, field: String } = "policy_field_missing" "{fault}{field:.0}";
        PolicyFieldUnknown { fault: String, field: String } = "policy_field_unknown" "{fault}{field:.0}";
        PolicyFieldWrong { fault: String, field: String } = "policy_field_wrong" "{fault}{field:.0}";
        PolicyNumberTooLarge { fault: String, field: String, max: String } = "policy_number_too_large"
            "{fault}{field:.0}{max:.0}";
        PolicyContradiction { fault: String } = "policy_contradiction" "{fault}";
        VersionTwice { fault: String, version: String } = "version_twice" "{fault}{version:.0}";
        VersionOtherwise { version: u32, what: String, next: u32 } = "version_otherwise"
            "version {version} was imported before and is otherwise ({what}); a version does not change: give the \
             correction the number {next}";
        VersionReplaced { version: u32, by: u32, next: u32 } = "version_replaced"
            "version {version} was imported before, and undone or corrected by version {by}; to have its numbers again give \
             them the number {next}";
        VersionsTooMany { kept: usize, added: usize, max: usize } = "versions_too_many"
            "{kept} versions are imported already and {added} would be added; no more than {max} are kept";

        /// The row is about a unit outside of what whoever sends it administers.
        OutsideDivision { code: DivisionCode } = "outside_division"
            "{code} lies outside of the division that you administer";
        /// The row is about whoever sends it.
        Yourself = "yourself" "this is your own account: another administrator changes it";
        /// The row is about somebody who holds something that whoever sends it does not stand above.
        NotAdministered { login: String } = "not_administered"
            "you do not administer whom {login} belongs to: ask the level above, or choose another login";
        /// Administrators and auditors are appointed from above.
        RoleFromAbove { role: &'static str, code: DivisionCode } = "role_from_above"
            "the role {role} in {code} is given and taken by the level above";
        NewcomersTooMany { max: usize } = "newcomers_too_many"
            "more than {max} people are new: split the table, or use the command line";

        /// Of files that only the command line takes.
        Other { sentence: String } = "other" "{sentence}";
    }
}

impl Wrong {
    pub(super) fn other(sentence: impl Into<String>) -> Self {
        Self::Other { sentence: sentence.into() }
    }
}

impl From<PolicyFault> for Wrong {
    fn from(given: PolicyFault) -> Self {
        let fault = given.to_string();
        match given {
            PolicyFault::NotJson(error) => not_json(&error, fault),
            PolicyFault::NotAPolicy => Self::NotAPolicy { fault },
            PolicyFault::TooMany => Self::PoliciesTooMany { fault, max: POLICIES_MAX.to_string() },
            PolicyFault::Missing(field) => Self::PolicyFieldMissing { fault, field: field.to_owned() },
            PolicyFault::Unknown { field, .. } => Self::PolicyFieldUnknown { fault, field },
            PolicyFault::Wrong { field, .. } => Self::PolicyFieldWrong { fault, field },
            PolicyFault::TooLarge { field } => {
                Self::PolicyNumberTooLarge { fault, field, max: POLICY_NUMBER_MAX.to_string() }
            }
            PolicyFault::Contradiction => Self::PolicyContradiction { fault },
            PolicyFault::Twice(version) => Self::VersionTwice { fault, version: version.to_string() },
        }
    }
}

/// `error` is what the reader of JSON says, which ends with the place: "at line 3 column 7".
fn not_json(error: &str, fault: String) -> Wrong {
    let mut words = error.rsplit(' ');
    let (place, _, line) = (words.next(), words.next(), words.next());
    let number = |word: Option<&str>| word.filter(|word| word.parse::<usize>().is_ok()).unwrap_or("1").to_owned();
    Wrong::NotJson { fault, line: number(line), place: number(place) }
}

/// A mistake of a file, and where it is. Lines count from 1; a file that is no table has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub line: Option<usize>,
    pub column: Option<&'static str>,
    pub what: Wrong,
}

impl Mistake {
    pub fn new(line: usize, column: impl Into<Option<&'static str>>, what: Wrong) -> Self {
        Self { line: Some(line), column: column.into(), what }
    }
}

impl From<Wrong> for Mistake {
    fn from(what: Wrong) -> Self {
        Self { line: None, column: None, what }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(line) = self.line else { return self.what.fmt(f) };
        write!(f, "line {line}")?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.what)
    }
}
