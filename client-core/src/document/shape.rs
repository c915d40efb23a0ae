//! The shape of documents, written down once: which containers a kind has and how each may be written. The genesis is
//! made from it, the gate holds changes against it, and commands can name nothing else.
use super::name::DocumentKind;

/// A map at the root of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Container {
    /// Draft: the values of the form so far.
    Fields,
    /// Log: entries by id.
    Entries,
    /// Log: answers to returns, by event id.
    Answers,
    /// Log: withdrawals, by event id.
    Withdrawals,
    /// Review: confirmations and returns, by event id.
    Events,
    /// Village: households by id.
    Households,
    /// Village: issues by id.
    Issues,
    /// Programme: postings, sessions, leaders, figures and targets by id.
    Records,
}

/// What may be written in a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// The container is itself a record: scalars by field name.
    Fields,
    /// Records by UUID; their fields may be set again later.
    Records,
    /// Records by UUID, written whole by one change and never again.
    Events,
}

impl Container {
    pub fn of(kind: DocumentKind) -> &'static [Container] {
        match kind {
            DocumentKind::Draft => &[Container::Fields],
            DocumentKind::Log => &[Container::Entries, Container::Answers, Container::Withdrawals],
            DocumentKind::Review => &[Container::Events],
            DocumentKind::Village => &[Container::Households, Container::Issues],
            DocumentKind::Programme => &[Container::Records],
        }
    }

    pub fn key(self) -> &'static str {
        match self {
            Container::Fields => "fields",
            Container::Entries => "entries",
            Container::Answers => "answers",
            Container::Withdrawals => "withdrawals",
            Container::Events => "events",
            Container::Households => "households",
            Container::Issues => "issues",
            Container::Records => "records",
        }
    }

    pub fn writing(self) -> Writing {
        match self {
            Container::Fields => Writing::Fields,
            Container::Entries | Container::Households | Container::Issues | Container::Records => Writing::Records,
            Container::Answers | Container::Withdrawals | Container::Events => Writing::Events,
        }
    }
}
