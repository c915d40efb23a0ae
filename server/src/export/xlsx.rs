//! Writes a table as XLSX: title, unit and date of the numbers, bold header rows that stay in sight and are printed on every
//! page, landscape A4 as wide as the page. Texts are texts, whatever they begin with: nothing is ever a formula.
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use zhucun_core::clock::Moment;

use super::table::{Cell, Head, NOTHING, Table};

pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Excel's number for it.
const A4: u8 = 9;
/// Every office program has it, or takes its own Chinese one instead.
const FONT: &str = "宋体";
const SIZE: f64 = 10.0;
/// Inches: left and right; top and bottom; header and footer.
const MARGINS: [f64; 3] = [0.4, 0.6, 0.3];
/// A line of that size, what is around the lines of a row, and the highest row that there is, in points.
const LINE_POINTS: f64 = 13.5;
const PADDING_POINTS: f64 = 3.0;
const ROW_POINTS_MAX: f64 = 409.0;
/// Two lines.
const HEAD_POINTS: f64 = 30.0;
const TITLE_ROW: u32 = 0;
const UNIT_ROW: u32 = 1;
const HEAD_ROW: u32 = 2;
/// What a cell takes, in units of UTF-16.
const CELL_UNITS_MAX: usize = 32_767;
/// The first year that a date of a sheet can have.
const YEAR_MIN: i16 = 1900;

/// The file. `now` is when it says it was made.
pub fn write(table: &Table, now: Moment) -> Vec<u8> {
    written(table, now).expect("rows, columns and texts are held to what a sheet takes")
}

fn written(table: &Table, now: Moment) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let made = ExcelDateTime::from_timestamp(now.0.div_euclid(1000))?;
    book.set_properties(&DocProperties::new().set_title(&table.heading.title).set_creation_datetime(&made));
    let sheet = book.add_worksheet();
    let grouped = table.heads.iter().any(|head| !head.group.is_empty());
    let body_row = HEAD_ROW + if grouped { 2 } else { 1 };
    set_up(sheet, table, body_row)?;
    write_heading(sheet, table)?;
    write_heads(sheet, &table.heads, grouped)?;
    let (plain, bold) = (Formats::of(Weight::Plain), Formats::of(Weight::Bold));
    let mut row = body_row;
    for cells in &table.rows {
        write_row(sheet, row, &table.heads, cells, &plain)?;
        row += 1;
    }
    if let Some(total) = &table.total {
        write_row(sheet, row, &table.heads, total, &bold)?;
        row += 1;
    }
    if !table.heading.note.is_empty() {
        let note = text_format().set_align(FormatAlign::Left).set_align(FormatAlign::Top).set_text_wrap();
        span(sheet, Area { rows: [row, row], columns: [0, last_column(table)] }, table.heading.note, &note)?;
    }
    book.save_to_buffer()
}

fn last_column(table: &Table) -> u16 {
    u16::try_from(table.heads.len()).expect("a table has a few dozen columns, and more than one") - 1
}

fn set_up(sheet: &mut Worksheet, table: &Table, body_row: u32) -> Result<(), XlsxError> {
    for (column, head) in (0..).zip(&table.heads) {
        sheet.set_column_width(column, head.width)?;
    }
    let [side, end, edge] = MARGINS;
    sheet
        .set_landscape()
        .set_paper_size(A4)
        .set_print_fit_to_pages(1, 0)
        .set_print_center_horizontally(true)
        .set_margins(side, side, end, end, edge, edge)
        .set_footer("&C第 &P 页　共 &N 页")
        .set_repeat_rows(HEAD_ROW, body_row - 1)?
        .set_freeze_panes(body_row, 0)?;
    Ok(())
}

fn write_heading(sheet: &mut Worksheet, table: &Table) -> Result<(), XlsxError> {
    let last = last_column(table);
    let middle = last / 2;
    let title = text_format().set_font_size(16).set_bold().set_align(FormatAlign::Center);
    span(sheet, Area { rows: [TITLE_ROW, TITLE_ROW], columns: [0, last] }, &table.heading.title, &title)?;
    sheet.set_row_height(TITLE_ROW, 30)?;
    let unit = format!("单位：{}", table.heading.unit);
    span(
        sheet,
        Area { rows: [UNIT_ROW, UNIT_ROW], columns: [0, middle] },
        &unit,
        &text_format().set_align(FormatAlign::Left),
    )?;
    let as_of = format!("数据截至：{}", table.heading.as_of);
    span(
        sheet,
        Area { rows: [UNIT_ROW, UNIT_ROW], columns: [middle + 1, last] },
        &as_of,
        &text_format().set_align(FormatAlign::Right),
    )
}

/// One row of names, or two: what a group has in common above the names of its columns.
fn write_heads(sheet: &mut Worksheet, heads: &[Head], grouped: bool) -> Result<(), XlsxError> {
    let format = head_format();
    let bottom = HEAD_ROW + u32::from(grouped);
    for row in HEAD_ROW..=bottom {
        sheet.set_row_height(row, HEAD_POINTS)?;
    }
    let mut column = 0;
    for group in heads.chunk_by(|one, next| !one.group.is_empty() && one.group == next.group) {
        let last = column + u16::try_from(group.len()).expect("a group has a few columns") - 1;
        if group[0].group.is_empty() {
            span(sheet, Area { rows: [HEAD_ROW, bottom], columns: [column, column] }, group[0].name, &format)?;
        } else {
            span(sheet, Area { rows: [HEAD_ROW, HEAD_ROW], columns: [column, last] }, group[0].group, &format)?;
            for (column, head) in (column..).zip(group) {
                sheet.write_string_with_format(bottom, column, head.name, &format)?;
            }
        }
        column = last + 1;
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Weight {
    Plain,
    Bold,
}

/// The formats of cells, made once: each format of a file is one it can share.
struct Formats {
    text: Format,
    number: Format,
    day: Format,
}

impl Formats {
    fn of(weight: Weight) -> Self {
        let cell = text_format().set_border(FormatBorder::Thin).set_text_wrap();
        let cell = match weight {
            Weight::Plain => cell,
            Weight::Bold => cell.set_bold(),
        };
        Self {
            text: cell.clone().set_align(FormatAlign::Left),
            number: cell.clone().set_align(FormatAlign::Center).set_num_format("0"),
            day: cell.set_align(FormatAlign::Center).set_num_format("yyyy-mm-dd"),
        }
    }
}

fn text_format() -> Format {
    Format::new().set_font_name(FONT).set_font_size(SIZE).set_align(FormatAlign::VerticalCenter)
}

fn head_format() -> Format {
    text_format().set_bold().set_border(FormatBorder::Thin).set_align(FormatAlign::Center).set_text_wrap()
}

fn write_row(
    sheet: &mut Worksheet,
    row: u32,
    heads: &[Head],
    cells: &[Cell],
    formats: &Formats,
) -> Result<(), XlsxError> {
    let lines = heads.iter().zip(cells).map(|(head, cell)| lines(cell, head.width)).max().unwrap_or(1);
    sheet.set_row_height(row, (lines as f64 * LINE_POINTS + PADDING_POINTS).min(ROW_POINTS_MAX))?;
    for (column, cell) in (0..).zip(cells) {
        match cell {
            Cell::Empty => sheet.write_blank(row, column, &formats.text)?,
            Cell::Number(number) => sheet.write_number_with_format(row, column, *number, &formats.number)?,
            Cell::Day(day) if day.year() >= YEAR_MIN => {
                sheet.write_datetime_with_format(row, column, *day, &formats.day)?
            }
            Cell::Day(day) => sheet.write_string_with_format(row, column, day.to_string(), &formats.day)?,
            Cell::Nothing => sheet.write_string_with_format(row, column, NOTHING, &formats.number)?,
            Cell::Text(text) => sheet.write_string_with_format(row, column, held(text), &formats.text)?,
        };
    }
    Ok(())
}

/// The lines that a cell takes in a column so wide. Programs that open a file without heights do not all fit them.
fn lines(cell: &Cell, width: u8) -> usize {
    let Cell::Text(text) = cell else { return 1 };
    let width = usize::from(width).max(2) - 1;
    text.split('\n')
        .map(|line| line.chars().map(|it| if it.is_ascii() { 1 } else { 2 }).sum::<usize>().div_ceil(width).max(1))
        .sum()
}

/// As much of a text as a cell takes, in the units that Excel counts.
fn held(text: &str) -> String {
    let mut units = 0;
    let fits = |character: &char| {
        units += character.len_utf16();
        units <= CELL_UNITS_MAX
    };
    text.chars().take_while(fits).collect()
}

/// Where a text stands that spans several cells.
struct Area {
    rows: [u32; 2],
    columns: [u16; 2],
}

/// A text over several cells, or in one: no cell can be merged with itself.
fn span(sheet: &mut Worksheet, area: Area, text: &str, format: &Format) -> Result<(), XlsxError> {
    let ([top, bottom], [left, right]) = (area.rows, area.columns);
    if (top, left) == (bottom, right) {
        sheet.write_string_with_format(top, left, text, format)?;
    } else {
        sheet.merge_range(top, left, bottom, right, text, format)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use calamine::{Data, Range, Reader, Xlsx, open_workbook_from_rs};
    use jiff::civil::date;
    use zhucun_core::duty::Tally;

    use super::super::table::{Column, Heading};
    use super::*;

    const NOW: Moment = Moment(1_448_856_000_000);

    fn table(columns: &[Column<Cell>], rows: &[Cell]) -> Table {
        let heading = Heading {
            title: "某镇入户走访台账".to_owned(),
            unit: "某镇（621022103）".to_owned(),
            as_of: "2015年11月30日 12:00".to_owned(),
            note: "按日期排列。",
        };
        Table::new(heading, columns, rows, None)
    }

    fn read(table: &Table) -> Range<Data> {
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(write(table, NOW))).expect("a workbook");
        book.worksheet_range_at(0).expect("a sheet").expect("a sheet that can be read")
    }

    fn cell(cell: Cell) -> Data {
        let sheet = read(&table(&[Column::ordinal(), Column::new("事", 20, Cell::clone)], &[cell]));
        sheet.get_value((HEAD_ROW + 1, 1)).cloned().unwrap_or(Data::Empty)
    }

    #[test]
    fn numbers_are_numbers_days_are_dates_and_a_text_is_never_a_formula() {
        assert_eq!(cell(Cell::Number(46)), Data::Float(46.0));
        let Data::DateTime(day) = cell(Cell::Day(date(2015, 11, 30))) else { panic!("a date") };
        assert_eq!(day.to_ymd_hms_milli(), (2015, 11, 30, 0, 0, 0, 0));
        for text in ["=1+1", "+86", "-1", "@a", "=HYPERLINK(\"a\")", "007", "两行\n的话", "\u{1}"] {
            assert_eq!(cell(Cell::text(text)), Data::String(text.to_owned()), "{text:?}");
        }
        assert_eq!(cell(Cell::Empty), Data::Empty);
    }

    #[test]
    fn a_text_fills_a_cell_to_its_limit_and_what_is_more_is_cut() {
        for (text, held) in [
            ("记".repeat(CELL_UNITS_MAX), CELL_UNITS_MAX),
            ("记".repeat(CELL_UNITS_MAX + 1), CELL_UNITS_MAX),
            ("\u{20000}".repeat(CELL_UNITS_MAX / 2 + 1), CELL_UNITS_MAX / 2),
        ] {
            let Data::String(read) = cell(Cell::Text(text)) else { panic!("a text") };
            assert_eq!(read.chars().count(), held);
        }
    }

    #[test]
    fn a_row_is_as_high_as_its_longest_text() {
        let of = |text: &str| lines(&Cell::text(text), 21);
        assert_eq!((of(""), of("一"), of(&"记".repeat(10)), of(&"a".repeat(20))), (1, 1, 1, 1));
        assert_eq!((of(&"记".repeat(11)), of(&"a".repeat(21)), of("一\n二\n三")), (2, 2, 3));
        assert_eq!(lines(&Cell::Number(46), 5), 1);
    }

    #[test]
    fn a_day_before_the_calendar_of_sheets_is_told_as_a_text() {
        assert_eq!(cell(Cell::Day(date(1899, 12, 31))), Data::String("1899-12-31".to_owned()));
        assert!(matches!(cell(Cell::Day(date(1900, 1, 1))), Data::DateTime(_)));
        assert!(matches!(cell(Cell::Day(date(9999, 12, 31))), Data::DateTime(_)));
    }

    #[test]
    fn an_empty_denominator_prints_a_dash_and_zero_done_a_zero() {
        let tally = |done, owed, excused| Tally { done, owed, excused };
        let columns = Column::figures("党课", |tally: &Tally| *tally);
        let rows = [tally(0, 0, 2), tally(0, 3, 0), tally(46, 48, 2)];
        let heading = table(&[Column::ordinal()], &[]).heading;
        let sheet = read(&Table::new(heading, &columns, &rows, Some(&rows[0])));
        let row = |at: u32| [0, 1, 2].map(|column| sheet.get_value((HEAD_ROW + 2 + at, column)).cloned());
        let number = |of: f64| Some(Data::Float(of));
        let dash = Some(Data::String("—".to_owned()));
        assert_eq!(row(0), [number(0.0), number(2.0), dash.clone()]);
        assert_eq!(row(1), [number(3.0), number(0.0), number(0.0)]);
        assert_eq!(row(2), [number(48.0), number(2.0), number(46.0)]);
        assert_eq!(row(3), [number(0.0), number(2.0), dash]);
    }

    #[test]
    fn the_same_table_of_the_same_moment_is_the_same_file() {
        let table = table(&[Column::ordinal(), Column::new("事", 20, Cell::clone)], &[Cell::Number(1)]);
        assert_eq!(write(&table, NOW), write(&table, NOW));
    }
}
