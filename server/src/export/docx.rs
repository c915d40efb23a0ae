//! Writes a form as DOCX: A4 upright, the title above, boxes with thin borders that office programs let one go on writing in,
//! headings that stay with what they head; what has sections has page numbers.
use std::io::Cursor;

use docx_rs::{
    AlignmentType, Docx, Footer, HeightRule, LineSpacing, PageMargin, PageNum, Paragraph, Run, RunFonts, Table,
    TableCell, TableLayoutType, TableRow, VAlignType, WidthType,
};

use super::form::{Box, COLUMNS, Form, Look, Part, Row};

pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Every office program has it, or takes its own Chinese one instead.
const FONT: &str = "宋体";
/// In half points.
const TITLE_SIZE: usize = 36;
const SECTION_SIZE: usize = 28;
const SIZE: usize = 21;
/// Above a heading, in twentieths of a point.
const SECTION_SPACE: u32 = 240;
const ITEM_SPACE: u32 = 120;
/// A4 and what is left of it, in twentieths of a point.
const PAGE: [u32; 2] = [11_906, 16_838];
const MARGIN: i32 = 1_134;
const COLUMN_WIDTH: usize = (PAGE[0] as usize - 2 * MARGIN as usize) / COLUMNS as usize;
const LINE_HEIGHT: f32 = 400.0;

/// The file.
pub fn write(form: &Form) -> Vec<u8> {
    let fonts = || RunFonts::new().east_asia(FONT).ascii(FONT).hi_ansi(FONT);
    let margin = PageMargin { top: MARGIN, left: MARGIN, bottom: MARGIN, right: MARGIN, ..PageMargin::default() };
    let mut docx = Docx::new()
        .page_size(PAGE[0], PAGE[1])
        .page_margin(margin)
        .default_fonts(fonts())
        .default_size(SIZE)
        .add_paragraph(paragraph(&form.title, AlignmentType::Center, |run| run.bold().size(TITLE_SIZE)))
        .add_paragraph(paragraph(&form.of, AlignmentType::Center, |run| run));
    if form.parts.iter().any(|part| matches!(part, Part::Section(_))) {
        let number = Paragraph::new().align(AlignmentType::Center).add_page_num(PageNum::new());
        docx = docx.footer(Footer::new().add_paragraph(number));
    }
    docx = form.parts.iter().fold(docx, add);
    let mut file = Cursor::new(Vec::new());
    docx.build().pack(&mut file).expect("memory takes every byte");
    file.into_inner()
}

fn add(docx: Docx, part: &Part) -> Docx {
    match part {
        Part::Section(text) => {
            let line = paragraph(text, AlignmentType::Left, |run| run.bold().size(SECTION_SIZE));
            docx.add_paragraph(heads(line, 0, SECTION_SPACE))
        }
        Part::Item(text) => docx.add_paragraph(heads(paragraph(text, AlignmentType::Left, Run::bold), 1, ITEM_SPACE)),
        Part::Text(text) => {
            let add = |docx: Docx, line| docx.add_paragraph(paragraph(line, AlignmentType::Left, |run| run));
            text.split('\n').fold(docx, add)
        }
        Part::Boxes(rows) => docx.add_table(
            Table::new(rows.iter().map(row).collect())
                .set_grid(vec![COLUMN_WIDTH; usize::from(COLUMNS)])
                .layout(TableLayoutType::Fixed)
                .width(COLUMN_WIDTH * usize::from(COLUMNS), WidthType::Dxa),
        ),
    }
}

/// A heading, which stays on the page of what it heads.
fn heads(line: Paragraph, level: usize, space: u32) -> Paragraph {
    line.outline_lvl(level).keep_next(true).line_spacing(LineSpacing::new().before(space))
}

fn row(row: &Row) -> TableRow {
    let cells = row.boxes.iter().map(cell).collect();
    TableRow::new(cells).row_height(f32::from(row.lines) * LINE_HEIGHT).height_rule(HeightRule::AtLeast).cant_split()
}

fn cell(it: &Box) -> TableCell {
    let (align, place) = match it.look {
        Look::Label | Look::Short => (AlignmentType::Center, VAlignType::Center),
        Look::Text => (AlignmentType::Left, VAlignType::Top),
    };
    let bold = it.look == Look::Label;
    let cell = TableCell::new()
        .width(COLUMN_WIDTH * usize::from(it.columns), WidthType::Dxa)
        .grid_span(usize::from(it.columns))
        .vertical_align(place);
    let lines = it.text.split('\n');
    lines.fold(cell, |cell, line| {
        let look = |run: Run| if bold { run.bold() } else { run };
        cell.add_paragraph(paragraph(line, align, look))
    })
}

fn paragraph(text: &str, align: AlignmentType, look: impl Fn(Run) -> Run) -> Paragraph {
    Paragraph::new().align(align).add_run(look(Run::new().add_text(held(text))))
}

/// A text without the characters that XML cannot hold.
fn held(text: &str) -> String {
    let holds = |it: char| matches!(it, '\t' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(|character| holds(*character)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_loses_only_what_no_document_can_hold() {
        assert_eq!(held("两户\t𠀀<&>\"'\u{1}\u{b}\u{fffe}\u{1f}"), "两户\t𠀀<&>\"'");
    }
}
