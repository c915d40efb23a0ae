//! A table as data: title, columns, rows. Columns say what a cell of theirs holds; nothing here knows of a file format.
use jiff::civil::Date;
use zhucun_core::duty::Tally;

/// What is printed where there is nothing to count, or nothing to name.
pub const NOTHING: &str = "—";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Empty,
    Text(String),
    Number(u32),
    /// A figure without a denominator.
    Nothing,
    Day(Date),
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Cell::Text(text.into())
    }

    pub fn day(day: Option<Date>) -> Self {
        day.map_or(Cell::Empty, Cell::Day)
    }
}

/// How a column says what its cell is, of the row with this index.
type CellOf<R> = Box<dyn Fn(usize, &R) -> Cell>;

/// A column over rows `R`.
pub struct Column<R> {
    head: Head,
    cell: CellOf<R>,
}

/// What stands above a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// What neighbouring columns have in common; empty for one that stands alone.
    pub group: &'static str,
    pub name: &'static str,
    /// In characters of Latin text; a Chinese one takes two.
    pub width: u8,
}

impl<R> Column<R> {
    pub fn new(name: &'static str, width: u8, cell: impl Fn(&R) -> Cell + 'static) -> Self {
        Self { head: Head { group: "", name, width }, cell: Box::new(move |_, row| cell(row)) }
    }

    /// One with what it has in common with its neighbours above it.
    pub fn grouped(group: &'static str, name: &'static str, width: u8, cell: impl Fn(&R) -> Cell + 'static) -> Self {
        Self { head: Head { group, name, width }, cell: Box::new(move |_, row| cell(row)) }
    }

    /// 序号
    pub fn ordinal() -> Self {
        let number = |at: usize, _: &R| u32::try_from(at + 1).map_or(Cell::Empty, Cell::Number);
        Self { head: Head { group: "", name: "序号", width: 5 }, cell: Box::new(number) }
    }

    /// 应完成, 免计, 已完成 of one kind. Where nothing is owed nothing is said to be done.
    pub fn figures(kind: &'static str, tally: impl Fn(&R) -> Tally + Clone + 'static) -> [Self; 3] {
        let part = |name, part: fn(Tally) -> Cell| {
            let tally = tally.clone();
            Self { head: Head { group: kind, name, width: 5 }, cell: Box::new(move |_, row| part(tally(row))) }
        };
        let done = |tally: Tally| if tally.owed == 0 { Cell::Nothing } else { Cell::Number(tally.done) };
        [
            part("应完成", |tally| Cell::Number(tally.owed)),
            part("免计", |tally| Cell::Number(tally.excused)),
            part("已完成", done),
        ]
    }
}

/// What stands around the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    pub title: String,
    /// Under the title: whose numbers they are, and of when.
    pub unit: String,
    pub as_of: String,
    /// Under the table; empty for none.
    pub note: &'static str,
}

/// What is written, whatever the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub heading: Heading,
    pub heads: Vec<Head>,
    pub rows: Vec<Vec<Cell>>,
    /// 合计
    pub total: Option<Vec<Cell>>,
}

impl Table {
    /// `total` is a row like the others, and stands below them.
    pub fn new<R>(heading: Heading, columns: &[Column<R>], rows: &[R], total: Option<&R>) -> Self {
        let cells = |(at, row): (usize, &R)| columns.iter().map(|column| (column.cell)(at, row)).collect();
        Self {
            heading,
            heads: columns.iter().map(|column| column.head.clone()).collect(),
            rows: rows.iter().enumerate().map(cells).collect(),
            total: total.map(|total| cells((rows.len(), total))),
        }
    }
}
