//! A table from a file, CSV or XLSX: a header whose names are known, and rows of texts that remember their line.
use std::collections::BTreeMap;
use std::fmt;
use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use jiff::civil::Date;
use zhucun_core::division::{DivisionCode, NotADivisionCode};
use zip::ZipArchive;

pub use super::mistake::{Mistake, Wrong};

/// An XLSX that inflates to more is refused: a small file can hold gigabytes.
pub const INFLATED_BYTES_MAX: usize = 64 << 20;
/// A larger file is refused.
pub const FILE_BYTES_MAX: usize = 20 << 20;
/// A longer table is refused.
pub const ROWS_MAX: usize = 50_000;
/// A wider sheet is refused.
pub const COLUMNS_MAX: usize = 64;
/// A longer cell is refused.
pub const CELL_CHARS_MAX: usize = 200;

/// A column by the names that its header may have; the first one is used in sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub names: &'static [&'static str],
    pub need: Need,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The header must have it and no cell may be empty.
    Filled,
    /// The header must have it.
    Present,
    Optional,
}

impl Column {
    pub fn name(&self) -> &'static str {
        self.names[0]
    }
}

/// One row: a text for each column that was asked for, trimmed, empty where the table has none.
#[derive(Clone, Debug)]
pub struct Row {
    pub line: usize,
    /// None where the table has no such column.
    cells: Vec<Option<String>>,
    columns: &'static [Column],
}

impl Row {
    fn cell(&self, name: &str) -> Option<&str> {
        let index = self.columns.iter().position(|column| column.name() == name);
        self.cells[index.expect("the caller asks for a column of its own table")].as_deref()
    }

    /// The cell of a column of this table, by its first name.
    pub fn get(&self, name: &str) -> &str {
        self.cell(name).unwrap_or_default()
    }

    /// Whether the table has the column, be its cell empty or not.
    pub fn tells(&self, name: &str) -> bool {
        self.cell(name).is_some()
    }

    /// The cell of a column as `parse` reads it; none when it is empty.
    pub fn read<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Result<Option<T>, Mistake> {
        match self.get(name) {
            "" => Ok(None),
            text => parse(text).map(Some).map_err(|what| Mistake::new(self.line, name, what)),
        }
    }
}

/// Reads a file's bytes as a table of these columns. What the file is, its first bytes say.
pub fn read(bytes: &[u8], columns: &'static [Column]) -> Result<Vec<Row>, Vec<Mistake>> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(vec![Wrong::FileTooLarge { mib: FILE_BYTES_MAX >> 20 }.into()]);
    }
    let lines = if bytes.starts_with(b"PK") { read_xlsx(bytes) } else { read_csv(bytes) };
    arrange(lines.map_err(|mistake| vec![mistake])?, columns)
}

type Line = (usize, Vec<String>);

fn read_csv(bytes: &[u8]) -> Result<Vec<Line>, Mistake> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        Mistake::new(line, None, Wrong::NotUtf8)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut lines = Vec::new();
    let mut record = csv::StringRecord::new();
    let (mut line, mut counted) = (1, 0);
    loop {
        // The reader's own lines are those before the empty ones it skips, and before the second half of a CR LF.
        let after = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        let start = text.len() - text[after..].trim_start_matches(['\r', '\n']).len();
        line += text[counted..start].matches('\n').count();
        counted = start;
        let unreadable =
            |error: csv::Error| Mistake::new(line, None, Wrong::CsvUnreadable { error: error.to_string() });
        if !reader.read_record(&mut record).map_err(unreadable)? {
            return Ok(lines);
        }
        if record.len() > COLUMNS_MAX {
            return Err(Mistake::new(line, None, Wrong::ColumnsTooMany { max: COLUMNS_MAX }));
        }
        // One more than there may be is enough to say so.
        if lines.len() > ROWS_MAX + 1 {
            return Ok(lines);
        }
        lines.push((line, record.iter().map(|cell| cell.trim().to_owned()).collect()));
    }
}

/// Reads the first sheet cell by cell: calamine's own range of a sheet is as large as its corners are apart, and two cells
/// can be apart by 16 thousand million.
fn read_xlsx(bytes: &[u8]) -> Result<Vec<Line>, Mistake> {
    refuse_inflated(bytes, INFLATED_BYTES_MAX)?;
    let unreadable = |error: calamine::XlsxError| Mistake::from(Wrong::XlsxUnreadable { error: error.to_string() });
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).map_err(unreadable)?;
    let first = book.sheet_names().first().cloned();
    let sheet = first.ok_or(Wrong::NoSheet)?;
    let mut reader = book.worksheet_cells_reader(&sheet).map_err(unreadable)?;
    let mut lines: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    while let Some(cell) = reader.next_cell().map_err(unreadable)? {
        let (row, column) = cell.get_position();
        let (line, column) = (row as usize + 1, column as usize);
        let text = cell_text(&cell.get_value().clone().into());
        if text.is_empty() {
            continue;
        }
        if column >= COLUMNS_MAX {
            return Err(Mistake::new(line, None, Wrong::ColumnsTooMany { max: COLUMNS_MAX }));
        }
        // One more than there may be is enough to say so.
        if lines.len() > ROWS_MAX + 1 && !lines.contains_key(&line) {
            break;
        }
        let cells = lines.entry(line).or_default();
        cells.resize(cells.len().max(column + 1), String::new());
        cells[column] = text;
    }
    Ok(lines.into_iter().collect())
}

/// calamine inflates what it is given, and makes room for as many texts as a part announces.
fn refuse_inflated(bytes: &[u8], most: usize) -> Result<(), Wrong> {
    let unreadable = |error: &dyn fmt::Display| Wrong::XlsxUnreadable { error: error.to_string() };
    let mut package = ZipArchive::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let mut left = most;
    for at in 0..package.len() {
        let mut text = Vec::new();
        let part = package.by_index(at).map_err(|error| unreadable(&error))?;
        part.take(left as u64 + 1).read_to_end(&mut text).map_err(|error| unreadable(&error))?;
        left = left.checked_sub(text.len()).ok_or(Wrong::XlsxTooLarge { mib: most >> 20 })?;
        if announced(&text).any(|count| count > text.len()) {
            return Err(unreadable(&"it announces more texts than it holds"));
        }
    }
    Ok(())
}

/// The numbers of texts that a part announces.
fn announced(part: &[u8]) -> impl Iterator<Item = usize> {
    const NAME: &[u8] = b"uniqueCount";
    let named = part.windows(NAME.len()).enumerate().filter(|(_, bytes)| *bytes == NAME).map(|(at, _)| at + NAME.len());
    named.map(|at| {
        let digits = part[at..].iter().skip_while(|byte| b" \t\r\n=\"'".contains(*byte));
        digits
            .take_while(|byte| byte.is_ascii_digit())
            .fold(0_usize, |number, digit| number.saturating_mul(10).saturating_add(usize::from(digit - b'0')))
    })
}

/// A cell as it would be typed: whole numbers without a point, dates as ISO days.
fn cell_text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => format!("{number:.0}"),
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(text) => text.chars().take(10).collect(),
        other => other.to_string().trim().to_owned(),
    }
}

fn arrange(lines: Vec<Line>, columns: &'static [Column]) -> Result<Vec<Row>, Vec<Mistake>> {
    let mut lines = lines.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()));
    let Some((header_line, header)) = lines.next() else {
        return Err(vec![Wrong::TableEmpty.into()]);
    };
    let mut mistakes = Vec::new();
    let mut places: Vec<Option<usize>> = vec![None; columns.len()];
    for (place, title) in header.iter().enumerate().filter(|(_, title)| !title.is_empty()) {
        let known = columns.iter().position(|column| column.names.iter().any(|name| name.eq_ignore_ascii_case(title)));
        match known {
            None => {
                let names: Vec<_> = columns.iter().map(|column| column.names.join("/")).collect();
                let wrong = Wrong::ColumnUnknown { title: title.clone(), known: names.join(", ") };
                mistakes.push(Mistake::new(header_line, None, wrong));
            }
            Some(column) if places[column].is_some() => {
                mistakes.push(Mistake::new(header_line, columns[column].name(), Wrong::ColumnTwice));
            }
            Some(column) => places[column] = Some(place),
        }
    }
    for (column, place) in columns.iter().zip(&places) {
        if place.is_none() && column.need != Need::Optional {
            mistakes.push(Mistake::new(header_line, column.name(), Wrong::ColumnMissing));
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let mut rows = Vec::new();
    for (line, cells) in lines {
        if rows.len() == ROWS_MAX {
            mistakes.push(Mistake::new(line, None, Wrong::RowsTooMany { max: ROWS_MAX }));
            break;
        }
        if cells.len() > header.len() && cells[header.len()..].iter().any(|cell| !cell.is_empty()) {
            let wrong = Wrong::CellsTooMany { cells: cells.len(), titles: header.len() };
            mistakes.push(Mistake::new(line, None, wrong));
        }
        let pick = |place: &Option<usize>| place.map(|place| cells.get(place).cloned().unwrap_or_default());
        let row = Row { line, cells: places.iter().map(pick).collect(), columns };
        for (column, cell) in columns.iter().zip(&row.cells) {
            if let Some(wrong) = wrong_cell(cell.as_deref().unwrap_or_default(), column.need) {
                mistakes.push(Mistake::new(line, column.name(), wrong));
            }
        }
        rows.push(row);
    }
    if mistakes.is_empty() { Ok(rows) } else { Err(mistakes) }
}

fn wrong_cell(cell: &str, need: Need) -> Option<Wrong> {
    if cell.is_empty() {
        return (need == Need::Filled).then_some(Wrong::CellEmpty);
    }
    if cell.chars().count() > CELL_CHARS_MAX {
        return Some(Wrong::CellTooLong { max: CELL_CHARS_MAX });
    }
    if cell.chars().any(char::is_control) {
        return Some(Wrong::CellBroken);
    }
    if is_identity_number(cell) {
        return Some(Wrong::IdentityNumber);
    }
    None
}

/// 18 digits, the last one may be an X: 居民身份证号.
fn is_identity_number(cell: &str) -> bool {
    let bytes = cell.as_bytes();
    bytes.len() == 18 && bytes[..17].iter().all(u8::is_ascii_digit) && matches!(bytes[17], b'0'..=b'9' | b'X' | b'x')
}

/// A day: `2015-09-16`, `2015/9/16`, `2015.9.16`, `20150916`, `2015年9月16日`.
pub fn day(text: &str) -> Result<Date, Wrong> {
    let wrong = || Wrong::NotADay { text: text.to_owned() };
    let parts = numbers(text).ok_or_else(wrong)?;
    let (year, month, day) = match parts[..] {
        [whole] if text.len() == 8 => (whole / 10_000, whole / 100 % 100, whole % 100),
        [year, month, day] => (year, month, day),
        _ => return Err(wrong()),
    };
    if !(1900..2200).contains(&year) {
        return Err(wrong());
    }
    let small = |number: u32| i8::try_from(number).map_err(|_| wrong());
    Date::new(i16::try_from(year).map_err(|_| wrong())?, small(month)?, small(day)?).map_err(|_| wrong())
}

/// A division code.
pub fn code(text: &str) -> Result<DivisionCode, Wrong> {
    text.parse().map_err(|error: NotADivisionCode| Wrong::NotACode { text: text.to_owned(), error: error.to_string() })
}

/// A month, as `1988-04`: `1988-04`, `1988/4`, `1988.4`, `198804`, `1988年4月`, or any day in it.
pub fn month(text: &str) -> Result<String, Wrong> {
    let wrong = || Wrong::NotAMonth { text: text.to_owned() };
    let parts = numbers(text).ok_or_else(wrong)?;
    let (year, month) = match parts[..] {
        [whole] if text.len() == 6 => (whole / 100, whole % 100),
        [year, month] => (year, month),
        _ => day(text)
            .map(|day| (u32::from(day.year().unsigned_abs()), u32::from(day.month().unsigned_abs())))
            .map_err(|_| wrong())?,
    };
    if !(1900..2200).contains(&year) || !(1..=12).contains(&month) {
        return Err(wrong());
    }
    Ok(format!("{year:04}-{month:02}"))
}

/// The numbers between the signs that people write dates with.
fn numbers(text: &str) -> Option<Vec<u32>> {
    let text = text.trim_end_matches(['日', '月']);
    text.split(['-', '/', '.', '年', '月']).map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        Column { names: &["code", "区划代码"], need: Need::Filled },
        Column { names: &["from", "起"], need: Need::Present },
        Column { names: &["note"], need: Need::Optional },
    ];

    fn said(csv: &str) -> Vec<String> {
        read(csv.as_bytes(), COLUMNS).expect_err("a mistake").iter().map(Mistake::to_string).collect()
    }

    #[test]
    fn chinese_and_english_titles_name_the_same_columns_in_any_order() {
        for csv in ["code,from\n6210,2015\n", "\u{feff}起, 区划代码\r\n2015, 6210\r\n\r\n"] {
            let rows = read(csv.as_bytes(), COLUMNS).expect("a table");
            assert_eq!((rows.len(), rows[0].line), (1, 2));
            assert_eq!((rows[0].get("code"), rows[0].get("from"), rows[0].get("note")), ("6210", "2015", ""));
        }
    }

    #[test]
    fn every_mistake_is_said_with_its_line_and_column() {
        assert_eq!(said(""), ["the table is empty"]);
        assert_eq!(
            said("code,form\n"),
            [
                "line 1: no column is called “form”; the columns are code/区划代码, from/起, note",
                "line 1, column from: this column is missing",
            ]
        );
        assert_eq!(said("code,from,起\n"), ["line 1, column from: this column stands there twice"]);
        assert_eq!(
            said("code,from\n1,\n\n,2\n2,\"a\nb\"\n3,4,5\n"),
            [
                "line 4, column code: this may not be empty",
                "line 5, column from: a line break or control character inside the cell",
                "line 7: 3 cells under 2 titles: a comma too many?",
            ]
        );
        assert_eq!(
            said("code,from\n11010519491231002X,\n"),
            ["line 2, column code: this looks like an ID-card number, which this system must not hold",]
        );
        let gbk = read(b"code,from\n1,\xcd\xf5\n", COLUMNS).expect_err("a mistake");
        assert_eq!(gbk[0].to_string(), "line 2: this is not UTF-8: save the table as “CSV UTF-8” or as XLSX");
    }

    #[test]
    fn limits_hold_on_both_sides() {
        let cell = |chars: usize| format!("code,from\n{},\n", "村".repeat(chars));
        assert!(read(cell(CELL_CHARS_MAX).as_bytes(), COLUMNS).is_ok());
        assert!(read(cell(CELL_CHARS_MAX + 1).as_bytes(), COLUMNS).is_err());
        let table = |rows: usize| format!("code,from\n{}", "1,\n".repeat(rows));
        assert_eq!(read(table(ROWS_MAX).as_bytes(), COLUMNS).expect("a table").len(), ROWS_MAX);
        assert!(read(table(ROWS_MAX + 1).as_bytes(), COLUMNS).is_err());
        assert!(read(&vec![b'x'; FILE_BYTES_MAX + 1], COLUMNS).is_err());
    }

    /// An XLSX of one part, which is no table.
    fn package(text: &[u8]) -> Vec<u8> {
        let mut made = zip::ZipWriter::new(Cursor::new(Vec::new()));
        made.start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default()).expect("a part");
        std::io::Write::write_all(&mut made, text).expect("room");
        made.finish().expect("a package").into_inner()
    }

    #[test]
    fn what_a_package_inflates_to_and_announces_is_limited_before_it_is_read() {
        let zeros = |count: usize| package(&vec![b'0'; count]);
        assert_eq!(refuse_inflated(&zeros(1000), 1000), Ok(()));
        assert_eq!(refuse_inflated(&zeros(1001), 1000), Err(Wrong::XlsxTooLarge { mib: 0 }));
        assert!(zeros(INFLATED_BYTES_MAX + 1).len() < FILE_BYTES_MAX, "a small file");
        let sst = |count: &str| refuse_inflated(&package(format!("<sst uniqueCount = '{count}'/>").as_bytes()), 1000);
        assert_eq!(sst("3"), Ok(()));
        for count in ["1000000000000", "99999999999999999999999999"] {
            assert!(matches!(sst(count), Err(Wrong::XlsxUnreadable { .. })), "{count}");
            let text = format!("<sst uniqueCount=\"{count}\">");
            assert!(read(&package(text.as_bytes()), COLUMNS).is_err(), "{count}");
        }
    }

    #[test]
    fn a_csv_has_columns_and_rows_in_reason() {
        let wide = |columns: usize| said(&format!("{}\n", vec!["a"; columns].join(",")));
        assert!(wide(COLUMNS_MAX).len() > 1);
        assert_eq!(wide(COLUMNS_MAX + 1), [format!("line 1: a table has {COLUMNS_MAX} columns at most")]);
    }

    #[test]
    fn days_and_months_are_read_as_people_write_them() {
        for text in ["2015-09-16", "2015/9/16", "2015.9.16", "20150916", "2015年9月16日"] {
            assert_eq!(day(text), Ok(jiff::civil::date(2015, 9, 16)), "{text}");
        }
        for text in ["2015-02-30", "15-09-16", "2015-13-01", "2015-09", "later", "201509161", ""] {
            assert!(day(text).is_err(), "{text}");
        }
        for text in ["1988-04", "1988/4", "1988.04", "198804", "1988年4月", "1988-04-30"] {
            assert_eq!(month(text).as_deref(), Ok("1988-04"), "{text}");
        }
        assert!(month("1988-13").is_err() && month("88-04").is_err() && month("1988").is_err());
    }
}
