//! Names of documents and of those who write to them. A document's id says its kind, its owner and its generation;
//! an actor is derived from device, document and incarnation, so that the server can check who wrote.
use core::fmt;
use core::str::FromStr;

use automerge::ActorId;
use minicbor::{Decode, Decoder, Encode, Encoder};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::division::{DivisionCode, Level};
use crate::id::{DeviceId, EntryId, TenureId};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// One unfinished entry, on its author's devices.
    Draft,
    /// What the holder of a tenure logs.
    Log,
    /// What township and county say of it.
    Review,
    /// The household register and the issues of a village.
    Village,
    /// What a unit records of the measures 2 to 8, by year.
    Programme,
}

impl DocumentKind {
    pub const ALL: [DocumentKind; 5] =
        [DocumentKind::Draft, DocumentKind::Log, DocumentKind::Review, DocumentKind::Village, DocumentKind::Programme];

    fn number(self) -> u8 {
        match self {
            DocumentKind::Draft => 1,
            DocumentKind::Log => 2,
            DocumentKind::Review => 3,
            DocumentKind::Village => 4,
            DocumentKind::Programme => 5,
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            DocumentKind::Draft => "draft",
            DocumentKind::Log => "log",
            DocumentKind::Review => "review",
            DocumentKind::Village => "village",
            DocumentKind::Programme => "programme",
        }
    }
}

/// Whose document it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    Draft(EntryId),
    Log(TenureId),
    Review(TenureId),
    Village(DivisionCode),
    Programme(DivisionCode, Year),
}

/// A year of the calendar, of four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Year(u16);

impl Year {
    /// The year with this number, if it is one that documents are made for.
    pub fn new(year: i16) -> Option<Self> {
        u16::try_from(year).ok().filter(|year| (1000..=9999).contains(year)).map(Year)
    }

    pub fn number(self) -> u16 {
        self.0
    }
}

/// The id of a document: 21 bytes `kind, owner (16), generation (4, big-endian)`; a village's owner is its code in the
/// last 8 of the 16 bytes, a programme's the code of its unit there and the year in the two before. A new generation
/// follows an erasure.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId {
    kind: DocumentKind,
    owner: [u8; 16],
    generation: u32,
}

impl DocumentId {
    pub const BYTES: usize = 21;

    pub fn draft(entry: EntryId) -> Self {
        Self::first(DocumentKind::Draft, *entry.0.as_bytes())
    }

    pub fn log(tenure: TenureId) -> Self {
        Self::first(DocumentKind::Log, *tenure.0.as_bytes())
    }

    pub fn review(tenure: TenureId) -> Self {
        Self::first(DocumentKind::Review, *tenure.0.as_bytes())
    }

    pub fn village(code: DivisionCode) -> Self {
        let mut owner = [0; 16];
        owner[8..].copy_from_slice(&code.number().to_be_bytes());
        Self::first(DocumentKind::Village, owner)
    }

    pub fn programme(unit: DivisionCode, year: Year) -> Self {
        let mut owner = [0; 16];
        owner[6..8].copy_from_slice(&year.0.to_be_bytes());
        owner[8..].copy_from_slice(&unit.number().to_be_bytes());
        Self::first(DocumentKind::Programme, owner)
    }

    fn first(kind: DocumentKind, owner: [u8; 16]) -> Self {
        DocumentId { kind, owner, generation: 0 }
    }

    pub fn kind(self) -> DocumentKind {
        self.kind
    }

    pub fn generation(self) -> u32 {
        self.generation
    }

    /// The same document before any erasure.
    pub fn at_first(self) -> Self {
        DocumentId { generation: 0, ..self }
    }

    /// The same document after one more erasure.
    pub fn next(self) -> Self {
        DocumentId { generation: self.generation.saturating_add(1), ..self }
    }

    /// The generation that nobody writes: where it follows, the document is closed.
    pub fn last(self) -> Self {
        DocumentId { generation: u32::MAX, ..self }
    }

    /// Whether `other` is a later generation of this document.
    pub fn is_followed_by(self, other: DocumentId) -> bool {
        self.is_one_with(other) && self.generation < other.generation
    }

    /// Whether both are generations of one document.
    pub fn is_one_with(self, other: DocumentId) -> bool {
        (self.kind, self.owner) == (other.kind, other.owner)
    }

    pub fn owner(self) -> Owner {
        let uuid = Uuid::from_bytes(self.owner);
        match self.kind {
            DocumentKind::Draft => Owner::Draft(EntryId(uuid)),
            DocumentKind::Log => Owner::Log(TenureId(uuid)),
            DocumentKind::Review => Owner::Review(TenureId(uuid)),
            DocumentKind::Village => Owner::Village(code_in(&self.owner).expect("only codes are let in")),
            DocumentKind::Programme => {
                let (code, year) = programme_in(&self.owner).expect("only codes and years are let in");
                Owner::Programme(code, year)
            }
        }
    }

    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[0] = self.kind.number();
        bytes[1..17].copy_from_slice(&self.owner);
        bytes[17..].copy_from_slice(&self.generation.to_be_bytes());
        bytes
    }

    /// The id these 21 bytes name, if they name one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; Self::BYTES] = bytes.try_into().ok()?;
        let kind = DocumentKind::ALL.into_iter().find(|kind| kind.number() == bytes[0])?;
        let mut owner = [0; 16];
        owner.copy_from_slice(&bytes[1..17]);
        match kind {
            DocumentKind::Village => {
                let of_village = code_in(&owner).is_some_and(|code| code.level() == Level::Village);
                (of_village && owner[..8] == [0; 8]).then_some(())?;
            }
            DocumentKind::Programme => {
                (programme_in(&owner).is_some() && owner[..6] == [0; 6]).then_some(())?;
            }
            DocumentKind::Draft | DocumentKind::Log | DocumentKind::Review => {}
        }
        let mut generation = [0; 4];
        generation.copy_from_slice(&bytes[17..]);
        Some(DocumentId { kind, owner, generation: u32::from_be_bytes(generation) })
    }
}

/// The code in the last 8 bytes of an owner.
fn code_in(owner: &[u8; 16]) -> Option<DivisionCode> {
    let mut eight = [0; 8];
    eight.copy_from_slice(&owner[8..]);
    DivisionCode::from_number(u64::from_be_bytes(eight)).ok()
}

fn programme_in(owner: &[u8; 16]) -> Option<(DivisionCode, Year)> {
    let year = u16::from_be_bytes([owner[6], owner[7]]);
    let year = i16::try_from(year).ok().and_then(Year::new)?;
    Some((code_in(owner).filter(|code| keeps_programme(*code))?, year))
}

/// Whether a unit records what is done of the measures 2 to 8: villages do not.
pub fn keeps_programme(unit: DivisionCode) -> bool {
    unit.level() != Level::Village
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.owner() {
            Owner::Draft(EntryId(id)) | Owner::Log(TenureId(id)) | Owner::Review(TenureId(id)) => {
                write!(f, "{}/{id}/{}", self.kind.word(), self.generation)
            }
            Owner::Village(code) => write!(f, "village/{code}/{}", self.generation),
            Owner::Programme(code, year) => write!(f, "programme/{code}-{}/{}", year.0, self.generation),
        }
    }
}

impl FromStr for DocumentId {
    type Err = NotADocument;

    /// The id that `Display` writes, in that one form only.
    fn from_str(text: &str) -> Result<Self, NotADocument> {
        let mut parts = text.split('/');
        let (Some(kind), Some(owner), Some(generation)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NotADocument);
        };
        let uuid = || Uuid::try_parse(owner).map_err(|_| NotADocument);
        let first = match DocumentKind::ALL.into_iter().find(|known| known.word() == kind).ok_or(NotADocument)? {
            DocumentKind::Draft => Self::draft(EntryId(uuid()?)),
            DocumentKind::Log => Self::log(TenureId(uuid()?)),
            DocumentKind::Review => Self::review(TenureId(uuid()?)),
            DocumentKind::Village => {
                let code: DivisionCode = owner.parse().map_err(|_| NotADocument)?;
                Self::village(Some(code).filter(|code| code.level() == Level::Village).ok_or(NotADocument)?)
            }
            DocumentKind::Programme => {
                let (code, year) = owner.split_once('-').ok_or(NotADocument)?;
                let code = code.parse().map_err(|_| NotADocument)?;
                let year = year.parse().ok().and_then(Year::new).ok_or(NotADocument)?;
                Self::programme(Some(code).filter(|code| keeps_programme(*code)).ok_or(NotADocument)?, year)
            }
        };
        let id = DocumentId { generation: generation.parse().map_err(|_| NotADocument)?, ..first };
        if id.to_string() == text { Ok(id) } else { Err(NotADocument) }
    }
}

/// A text that names no document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotADocument;

impl fmt::Display for NotADocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the id of a document")
    }
}

impl core::error::Error for NotADocument {}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentId({self})")
    }
}

impl<C> Encode<C> for DocumentId {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.to_bytes())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for DocumentId {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        Self::from_bytes(d.bytes()?).ok_or_else(|| minicbor::decode::Error::message("not the id of a document"))
    }
}

/// How often a device began anew: after a reinstall, a restore, a refusal or doubt about its storage. Two writers with
/// one actor would diverge for ever.
pub type Incarnation = u32;

/// Who writes, in one document: the first 16 bytes of SHA-256("act1" | device | document id | incarnation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor(pub [u8; 16]);

impl Actor {
    pub fn derive(device: DeviceId, document: DocumentId, incarnation: Incarnation) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"act1");
        hash.update(device.0.as_bytes());
        hash.update(document.to_bytes());
        hash.update(incarnation.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let mut actor = [0; 16];
        actor.copy_from_slice(&digest[..16]);
        Actor(actor)
    }
}

impl<C> Encode<C> for Actor {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.bytes(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Actor {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        let actor = d.bytes()?.try_into().map(Actor);
        actor.map_err(|_| minicbor::decode::Error::message("an actor has 16 bytes"))
    }
}

impl From<Actor> for ActorId {
    fn from(actor: Actor) -> Self {
        ActorId::from(actor.0)
    }
}

impl TryFrom<&ActorId> for Actor {
    type Error = ();
    fn try_from(actor: &ActorId) -> Result<Self, ()> {
        actor.to_bytes().try_into().map(Actor).map_err(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_bytes_and_no_other_bytes_are_ids() {
        let village = DocumentId::village("621022103201".parse().expect("a village"));
        let year = Year::new(2015).expect("a year");
        let programme = DocumentId::programme("621022103".parse().expect("a township"), year);
        let ids = [
            DocumentId::log(TenureId(Uuid::from_u128(7))),
            DocumentId::review(TenureId(Uuid::from_u128(7))),
            DocumentId::draft(EntryId(Uuid::from_u128(8))),
            village,
            programme,
        ];
        for id in ids {
            assert_eq!(DocumentId::from_bytes(&id.to_bytes()), Some(id));
            assert_eq!(id.next().to_string().parse(), Ok(id.next()));
            assert!(id.is_followed_by(id.next()) && !id.next().is_followed_by(id) && !id.is_followed_by(id));
        }
        assert_eq!(village.to_string(), "village/621022103201/0");
        assert_eq!(programme.to_string(), "programme/621022103-2015/0");
        let texts = ["", "village", "village/621022103201", "village/621022/0", "village/621022103201/+1", "hut/7/0"];
        for text in texts.into_iter().chain([
            "village/621022103201/0/",
            "programme/621022103/0",
            "programme/621022103201-2015/0",
            "programme/621022103-215/0",
            "programme/621022103-+2015/0",
        ]) {
            assert_eq!(text.parse::<DocumentId>(), Err(NotADocument), "{text}");
        }
        let mut county = village.to_bytes();
        county[9..17].copy_from_slice(&621022_u64.to_be_bytes());
        let mut unknown_kind = village.to_bytes();
        unknown_kind[0] = 9;
        let mut padded = village.to_bytes();
        padded[1] = 1;
        let mut of_village = programme.to_bytes();
        of_village[9..17].copy_from_slice(&621_022_103_201_u64.to_be_bytes());
        let mut of_no_year = programme.to_bytes();
        of_no_year[7..9].copy_from_slice(&999_u16.to_be_bytes());
        let mut padded_unit = programme.to_bytes();
        padded_unit[6] = 1;
        for bytes in [&county[..], &unknown_kind[..], &padded[..], &[][..], &[1; 20][..]].into_iter().chain([
            &of_village[..],
            &of_no_year[..],
            &padded_unit[..],
        ]) {
            assert_eq!(DocumentId::from_bytes(bytes), None);
        }
    }

    #[test]
    fn an_actor_belongs_to_one_device_document_and_incarnation() {
        let derive = |device, document, incarnation| {
            Actor::derive(
                DeviceId(Uuid::from_u128(device)),
                DocumentId::log(TenureId(Uuid::from_u128(document))),
                incarnation,
            )
        };
        let actors = [derive(1, 1, 0), derive(2, 1, 0), derive(1, 2, 0), derive(1, 1, 1)];
        for (i, one) in actors.iter().enumerate() {
            assert!(actors[..i].iter().all(|other| other != one));
        }
    }
}
