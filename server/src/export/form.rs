//! A form as data: a title, and below it boxes in rows on a grid of columns, headings and texts. Nothing here knows of a file
//! format.

/// Columns of every form; a row's boxes take all of them.
pub const COLUMNS: u8 = 8;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    pub title: String,
    /// Under the title: of which days it is.
    pub of: String,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The head of a section.
    Section(String),
    /// The head of one thing of a section.
    Item(String),
    Text(String),
    Boxes(Vec<Row>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub boxes: Vec<Box>,
    /// In lines of text, for what is written by hand; more text makes it higher.
    pub lines: u8,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Box {
    pub text: String,
    pub columns: u8,
    pub look: Look,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// What the boxes beside it are.
    Label,
    /// A word or a number, in the middle.
    Short,
    /// Sentences, from the left.
    Text,
}

impl Row {
    pub fn new(boxes: impl IntoIterator<Item = Box>) -> Self {
        let boxes: Vec<Box> = boxes.into_iter().collect();
        assert_eq!(boxes.iter().map(|one| one.columns).sum::<u8>(), COLUMNS, "boxes fill their row: {boxes:?}");
        Self { boxes, lines: 1 }
    }

    pub fn high(self, lines: u8) -> Self {
        Self { lines, ..self }
    }
}

pub fn label(text: &str, columns: u8) -> Box {
    Box { text: text.to_owned(), columns, look: Look::Label }
}

pub fn short(text: impl Into<String>, columns: u8) -> Box {
    Box { text: text.into(), columns, look: Look::Short }
}

pub fn text(text: impl Into<String>, columns: u8) -> Box {
    Box { text: text.into(), columns, look: Look::Text }
}
