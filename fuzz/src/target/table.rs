//! Tables that are imported: divisions, poor villages, the roster, as CSV and as XLSX. Reading never panics, holds no more
//! than it states, and says every mistake with its line: an empty line before it moves it by one.
use zhucun_server::import::table::Mistake;
use zhucun_server::import::{division, poor_village, roster};

use super::Target;
use crate::sheet::{TEXTS, workbook};

pub const TARGET: Target = Target { name: "table", run, seeds, mutate: None, bytes_max: 8_192, memory_max: 128 << 20 };

fn run(data: &[u8]) {
    let Some((form, rest)) = data.split_first() else { return };
    let read = [divisions, poor_villages, people][usize::from(form % 3)];
    match form / 3 % 4 {
        0 | 1 => hold(read, rest),
        2 => drop(read(&workbook(rest, TEXTS.as_bytes()))),
        _ => {
            // A sheet and its shared texts, parted by an empty byte; or any ZIP.
            let at = rest.iter().position(|byte| *byte == 0).unwrap_or(rest.len());
            let (sheet, texts) = rest.split_at(at);
            drop(read(&workbook(sheet, texts.get(1..).unwrap_or_default())));
            drop(read(&[b"PK", rest].concat()));
        }
    }
}

/// How many rows there are, or what is wrong.
type Read = fn(&[u8]) -> Result<usize, Vec<Mistake>>;

fn divisions(bytes: &[u8]) -> Result<usize, Vec<Mistake>> {
    division::read(bytes).map(|rows| rows.len())
}

fn poor_villages(bytes: &[u8]) -> Result<usize, Vec<Mistake>> {
    poor_village::read(bytes).map(|rows| rows.len())
}

fn people(bytes: &[u8]) -> Result<usize, Vec<Mistake>> {
    roster::read(bytes).map(|rows| rows.len())
}

fn hold(read: Read, csv: &[u8]) {
    let said = read(csv);
    let lines = 1 + csv.iter().filter(|byte| **byte == b'\n').count();
    if let Err(mistakes) = &said {
        assert!(!mistakes.is_empty(), "it is refused for no reason");
        for mistake in mistakes {
            // One about the file as a whole has no line.
            assert!(mistake.line.is_none_or(|line| (1..=lines).contains(&line)), "{mistake}, of {lines} lines");
        }
    }
    if csv.starts_with(b"PK") || csv.starts_with("\u{feff}".as_bytes()) {
        return;
    }
    let moved = read(&[b"\n", csv].concat());
    let by_one = |mistakes: Vec<Mistake>| -> Vec<(Option<usize>, Option<&'static str>)> {
        mistakes.into_iter().map(|mistake| (mistake.line.map(|line| line + 1), mistake.column)).collect()
    };
    let as_said = |mistakes: Vec<Mistake>| -> Vec<(Option<usize>, Option<&'static str>)> {
        mistakes.into_iter().map(|mistake| (mistake.line, mistake.column)).collect()
    };
    // A table of nothing is refused at its first line, wherever that is.
    if said.as_ref().is_err_and(|mistakes| mistakes[0].to_string().contains("empty")) {
        return;
    }
    assert_eq!(said.map_err(by_one), moved.map_err(as_said), "an empty line before it changes what is said");
}

fn seeds() -> Vec<Vec<u8>> {
    let divisions = "区划代码,名称,级别,上级代码\n6210,庆阳市,市,\n621022,环县,县区,6210\r\n\n621022103,车道乡,,\n";
    let poor = "code,from,to\n621022103201,2014-01-01,\n\"621022103202\",2014年1月1日,2018/12/31\n";
    let people = "姓名,性别,登录名,角色,区划代码,到岗日期,计划期满,离任日期,离任原因,出生年月\n\
                  王磊,男,wang.lei,第一书记,621022103201,2015-08-01,2017-07-31,,,1988-04\n\
                  赵强,,zhao,township_reviewer,621022103,20150801,,,,\n李娟,女,lij,工作队员,621022103201,2015.8.1,2017.7.31,2016.1.1,调整,\n";
    let cells = r#"<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><dimension ref="A1:C2"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>from</t></is></c><c r="C1" t="str"><v>to</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>42000</v></c><c r="C2" t="d"><v>2015-09-16T00:00:00</v></c></row></sheetData></worksheet>"#;
    let far = r#"<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="BL1048576"><v>2</v></c></row></sheetData></worksheet>"#;
    let with = |form: u8, text: &str| [&[form], text.as_bytes()].concat();
    let apart = [cells, TEXTS].join("\0");
    let broken =
        ["code,from\n621022103201,\"2015\n", "code;from\n", "code,from\n1,2,3\n\n\n62,later\n", "\u{feff}code,code\n"];
    let mut seeds = vec![
        with(0, divisions),
        with(1, poor),
        with(2, people),
        with(6, cells),
        with(7, cells),
        with(8, cells),
        with(7, far),
        with(10, &apart),
    ];
    seeds.extend(broken.iter().map(|text| with(1, text)));
    seeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_cells_that_are_far_apart_are_two_cells() {
        let sheet = br#"<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>"#;
        let said = crate::memory::held_to(TARGET.memory_max, || people(&workbook(sheet, TEXTS.as_bytes())));
        let mistakes = said.expect_err("there are no such columns");
        assert_eq!(mistakes[0].to_string(), "line 1048576: a table has 64 columns at most");
    }
}
