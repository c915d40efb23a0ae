//! The host of one sync request: who calls, what they bring (`intake`), what they are owed (`delivery`). Everything is
//! in one round trip; the acks are true because they are sent after the commit.
mod delivery;
mod drafting;
pub mod desk;
mod intake;
mod joined;
pub mod parking;
mod receipt;
mod superseded;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use brotli::enc::BrotliEncoderParams;
use zhucun_core::access::Caller as Holder;
use zhucun_core::clock::Moment;
use zhucun_core::division::DivisionCode;
use zhucun_core::document::{DocumentId, Incarnation, SCHEMA};
use zhucun_core::id::{CommandId, DeviceId, PersonId};
use zhucun_core::wire::{
    self, Bundle, Delta, Hello, Holding, Joint, JointPart, NewTokens, Push, ReplyFrame, RequestFrame, Welcome, place_of,
};

use self::receipt::Receipts;
use crate::accounts::{self, Caller, Tokens};
use crate::app::App;
use crate::metrics::Counter;
use crate::problem::Problem;
use crate::refusal::Refusal;
use crate::store::grant::{self, Grant};
use crate::store::{Connection, Fault, Trouble, damage};

/// A longer request is refused before it is read.
pub const REQUEST_BYTES_MAX: usize = wire::REQUEST_BYTES_MAX;
/// Damaged bundles that one request goes around.
const DAMAGED_MAX: usize = 64;
/// Bytes of changes from which a reply is worth brotli, which takes more time than deflate.
const BROTLI_BYTES_MIN: usize = 32 * 1024;
/// What brotli is asked for: between its 9 and its 10, a step that only this library has, in blocks of 4 MiB, and with no
/// look into its dictionary of words, which are of web pages. A first load is 4.6 % smaller than with 9, for 1.0 instead of
/// 0.75 s of a processor; with 11 another 4.6 %, for 6 s.
fn packing() -> BrotliEncoderParams {
    let mut params = BrotliEncoderParams {
        quality: 11,
        q9_5: true,
        lgwin: 22,
        lgblock: 22,
        use_dictionary: false,
        ..BrotliEncoderParams::default()
    };
    // What a byte that is found again is worth: hashes between the texts make chance finds that are dearer than the bytes.
    params.hasher.literal_byte_score = 740;
    params
}

/// Answers one sync request.
pub async fn handle(app: &App, headers: &HeaderMap, body: Bytes) -> Response {
    app.metrics.add(Counter::SyncBytesIn, body.len() as u64);
    match exchange(app, headers, &body).await {
        Ok(frames) => {
            let (body, encoding) = match how(&frames, headers) {
                How::Deflate => (wire::pack(&frames), None),
                // It takes a good part of a second: whoever serves others meanwhile must not wait for it.
                How::Brotli => match tokio::task::spawn_blocking(move || pack_long(&frames)).await {
                    Ok(packed) => packed,
                    Err(_) => return Problem::bug().into_response(),
                },
            };
            app.metrics.add(Counter::SyncBytesOut, body.len() as u64);
            let kind = HeaderValue::from_static("application/octet-stream");
            let mut response = ([(header::CONTENT_TYPE, kind)], body).into_response();
            if let Some(encoding) = encoding {
                response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            response
        }
        Err(problem) => problem.into_response(),
    }
}

/// How a reply is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Deflate,
    Brotli,
}

/// A long reply goes in brotli, if the client takes it: more than deflate it profits from what the logs of a township have
/// in common.
fn how(frames: &[ReplyFrame], headers: &HeaderMap) -> How {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes_brotli = accepted.split(',').any(|one| one.split(';').next().is_some_and(|name| name.trim() == "br"));
    let bytes: usize = frames.iter().map(bytes_of_changes).sum();
    if takes_brotli && bytes >= BROTLI_BYTES_MIN { How::Brotli } else { How::Deflate }
}

fn pack_long(frames: &[ReplyFrame]) -> (Vec<u8>, Option<&'static str>) {
    let (mut body, loose) = (Vec::new(), wire::pack_loosely(frames));
    match brotli::BrotliCompress(&mut loose.as_slice(), &mut body, &packing()) {
        Ok(_) => (body, Some("br")),
        Err(_) => (wire::pack(frames), None),
    }
}

fn bytes_of_changes(frame: &ReplyFrame) -> usize {
    match frame {
        ReplyFrame::Delta(delta) => delta.bundles.iter().map(|bundle| bundle.line.as_bytes().len()).sum(),
        _ => 0,
    }
}

async fn exchange(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<Vec<ReplyFrame>, Problem> {
    let (hello, brought) = read(body)?;
    let now = app.powers.now();
    if hello.protocol != wire::PROTOCOL {
        return Err(Problem::other_protocol(hello.protocol < wire::PROTOCOL));
    }
    if i64::from(hello.schema) > SCHEMA {
        return Err(Problem::other_protocol(false));
    }
    let signed = Signed::read(app, headers, &hello, now)?;
    let mut frames = vec![];
    let holdings = brought.holdings.clone();
    let (caller, taken) = if brought.is_empty() && matches!(signed, Signed::Access(_)) {
        let device = hello.device;
        (app.store.read(move |connection| signed.stands(connection, device)).await?, Taken::default())
    } else {
        let (caller, tokens, taken) = intake::accept(app, signed, hello.device, brought, now).await?;
        frames.extend(tokens.map(|tokens| ReplyFrame::Tokens(new_tokens(&tokens, now))));
        for village in &taken.villages {
            app.hint.changed(*village, Some(caller.device));
        }
        if taken.drafts {
            app.hint.draft_changed(caller.person, caller.device);
        }
        (caller, taken)
    };
    let server = delivery::Server { epoch: app.epoch_number(), receipts: Receipts::of(&app.key), now };
    let asked = delivery::Asked { caller, hello, holdings, brought: taken.accepted, wants: taken.wants };
    let parts = deliver(app, server, asked).await?;
    let welcome = Welcome { protocol: wire::PROTOCOL, now, starts_over: parts.starts_over };
    let head = [ReplyFrame::Welcome(welcome)].into_iter().chain(taken.acks.into_iter().map(ReplyFrame::Ack));
    let head = head.chain(taken.refilled.into_iter().map(ReplyFrame::Refilled));
    Ok(head.chain(frames).chain(parts.frames).collect())
}

/// What is owed. Each damaged bundle that is met is marked, and the delivery made again around it.
async fn deliver(app: &App, server: delivery::Server, asked: delivery::Asked) -> Result<delivery::Parts, Problem> {
    let asked = Arc::new(asked);
    for _ in 0..DAMAGED_MAX {
        let again = asked.clone();
        match app.store.read(move |connection| delivery::deliver(connection, server, &again)).await {
            Err(Fault::Trouble(Trouble::Rotten { bundle })) => {
                tracing::error!(bundle, "stored changes are damaged; waiting for a replica to give them back");
                app.store.write(move |tx| damage::note(tx, bundle)).await?;
            }
            parts => return Ok(parts?),
        }
    }
    Err(Trouble::Damaged("more bundles than one reply can go around").into())
}

/// What a request brings beside its hello, its lines of changes opened.
#[derive(Default)]
struct Brought {
    pushes: Vec<Pushed>,
    holdings: Vec<Holding>,
    given: Vec<Given>,
    /// Changes that one command made, by the pushes they are in: all of them are taken or none.
    joints: Vec<Joined>,
}

/// The parts of one command: push and change within it.
struct Joined {
    command: CommandId,
    parts: Vec<(usize, usize)>,
}

impl Brought {
    /// Whether there is nothing to write.
    fn is_empty(&self) -> bool {
        self.pushes.is_empty() && self.given.is_empty()
    }
}

/// New changes of one document.
struct Pushed {
    document: DocumentId,
    incarnation: Incarnation,
    changes: Vec<Vec<u8>>,
}

/// Changes of one document that this server wanted back.
struct Given {
    document: DocumentId,
    bundles: Vec<(Bundle, Vec<Vec<u8>>)>,
}

fn read(body: &[u8]) -> Result<(Hello, Brought), Problem> {
    let unreadable = |error| match error {
        wire::Unreadable::TooLarge => Problem::too_large(),
        unreadable => Problem::malformed(unreadable.to_string()),
    };
    let mut frames = wire::unpack::<RequestFrame>(body).map_err(unreadable)?.into_iter();
    let Some(RequestFrame::Hello(hello)) = frames.next() else {
        return Err(Problem::malformed("the first frame is a hello"));
    };
    let (mut brought, mut joints) = (Brought::default(), Vec::new());
    let mut count = 0;
    for frame in frames {
        match frame {
            RequestFrame::Push(Push { document, incarnation, line }) => {
                let changes = line.changes().map_err(unreadable)?;
                count += changes.len();
                brought.pushes.push(Pushed { document, incarnation, changes });
            }
            RequestFrame::Refill(Delta { document, bundles }) => {
                // Counted as they are opened: short lines stand for long changes.
                let open = |bundle: Bundle| {
                    let changes = bundle.line.changes().map_err(unreadable)?;
                    count += changes.len();
                    if count > wire::CHANGES_MAX { Err(Problem::too_large()) } else { Ok((bundle, changes)) }
                };
                let bundles = bundles.into_iter().map(open).collect::<Result<Vec<_>, _>>()?;
                brought.given.push(Given { document, bundles });
            }
            RequestFrame::Holding(holding) => brought.holdings.push(holding),
            RequestFrame::Joint(joint) if joint.parts.len() > wire::JOINT_PARTS_MAX => {
                return Err(Problem::malformed("a command has too many parts"));
            }
            RequestFrame::Joint(joint) => joints.push(joint),
            RequestFrame::Hello(_) => return Err(Problem::malformed("there is one hello")),
        }
        if count > wire::CHANGES_MAX {
            return Err(Problem::too_large());
        }
    }
    brought.joints = join(&brought.pushes, &joints);
    Ok((hello, brought))
}

/// Finds the parts of commands among the pushes. A part that is not there was answered before.
fn join(pushes: &[Pushed], joints: &[Joint]) -> Vec<Joined> {
    let mut places = BTreeMap::new();
    for (at, push) in pushes.iter().enumerate() {
        let first = push.changes.first().and_then(|first| place_of(first));
        if let Some((_, first_seq)) = first {
            for number in 0..push.changes.len() {
                let place = (push.document, push.incarnation, first_seq.wrapping_add(number as u64));
                places.entry(place).or_insert((at, number));
            }
        }
    }
    let find = |part: &JointPart| places.get(&(part.document, part.incarnation, part.seq)).copied();
    let joined =
        |joint: &Joint| Joined { command: joint.command, parts: joint.parts.iter().filter_map(find).collect() };
    joints.iter().map(joined).filter(|joined| joined.parts.len() > 1).collect()
}

/// What a request shows to say who it is from.
#[derive(Clone)]
enum Signed {
    Access(Caller),
    /// The access token has run out; the refresh token is shown along.
    Refresh(String),
}

impl Signed {
    fn read(app: &App, headers: &HeaderMap, hello: &Hello, now: Moment) -> Result<Self, Refusal> {
        if let Some(token) = &hello.refresh_token {
            return Ok(Signed::Refresh(token.clone()));
        }
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Refusal::SignedOut)?;
        app.accounts.verify_access(token, now).map(Signed::Access)
    }

    /// Whether it is somebody's; nothing may be done for that alone.
    fn is_known(&self, connection: &Connection) -> Result<bool, Trouble> {
        match self {
            Signed::Access(_) => Ok(true),
            Signed::Refresh(token) => accounts::is_known(connection, token),
        }
    }

    /// The caller, if their session stands and is that of the device which speaks.
    fn stands(self, connection: &Connection, device: DeviceId) -> Result<Caller, Fault<Refusal>> {
        match self {
            Signed::Access(caller) => stands(connection, caller, device),
            Signed::Refresh(_) => Err(Refusal::SignedOut.into()),
        }
    }
}

/// The caller again, if the session stands and is that of the device which speaks: the token of another device would
/// make this one's changes forgeries.
fn stands(connection: &Connection, caller: Caller, device: DeviceId) -> Result<Caller, Fault<Refusal>> {
    if caller.device != device {
        return Err(Refusal::SignedOut.into());
    }
    accounts::check(connection, &caller)?;
    Ok(caller)
}

fn new_tokens(tokens: &Tokens, now: Moment) -> NewTokens {
    let seconds = (tokens.access_until.0 - now.0) / 1000;
    NewTokens {
        access_token: tokens.access.clone(),
        access_token_s: u32::try_from(seconds).unwrap_or(0),
        refresh_token: tokens.refresh.clone(),
    }
}

/// What somebody may do, and what they might do once.
struct Rights {
    now: Holder,
    ever: Holder,
}

impl Rights {
    fn of(connection: &Connection, person: PersonId) -> Result<Self, Trouble> {
        Ok(Self::by(person, &grant::all(connection, person)?))
    }

    fn by(person: PersonId, grants: &[Grant]) -> Self {
        let standing = || grants.iter().filter(|grant| grant.gone.is_none());
        let is_whole = |place: &DivisionCode| {
            standing().any(|grant| !grant.left && grant.post.role.replicates() && grant.post.division.contains(*place))
        };
        let left: BTreeSet<_> = standing().filter(|grant| grant.left).map(|grant| grant.post.division).collect();
        let posts = standing().map(|grant| grant.post).collect();
        let now = Holder { person, posts, left: left.into_iter().filter(|place| !is_whole(place)).collect() };
        let ever = grants.iter().map(|grant| grant.post).collect();
        Rights { now, ever: Holder { person, posts: ever, left: Vec::new() } }
    }
}

/// What an intake did.
#[derive(Default)]
struct Taken {
    acks: Vec<wire::Ack>,
    /// The last change of each line that was accepted: whoever sent it has it.
    accepted: BTreeSet<[u8; 32]>,
    refilled: Vec<wire::Refilled>,
    /// Villages whose documents changed.
    villages: Vec<DivisionCode>,
    /// Drafts of the caller changed.
    drafts: bool,
    /// What new changes stand on and is missing here.
    wants: Vec<wire::Want>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use zhucun_core::id::TenureId;
    use zhucun_core::wire::{Line, Receipt};

    use super::*;

    /// A reply with a line of so many bytes.
    fn reply(bytes: usize) -> Vec<ReplyFrame> {
        let chunk = |bytes: usize| vec![7_u8; bytes];
        let head = Line::of([&chunk(bytes)[..]]).as_bytes().len() - bytes;
        let line = Line::of([&chunk(bytes - head)[..]]);
        assert_eq!(line.as_bytes().len(), bytes);
        let (person, received_at) = (PersonId(Uuid::from_u128(1)), Moment(0));
        let bundles = vec![Bundle { person, received_at, receipt: Receipt([0; 8]), line }];
        vec![ReplyFrame::Delta(Delta { document: DocumentId::log(TenureId(Uuid::from_u128(2))), bundles })]
    }

    #[test]
    fn a_long_reply_comes_in_brotli_to_who_takes_it_and_every_reply_reads_the_same() {
        let encoding = |bytes: usize, accepts: &'static str| {
            let (frames, mut headers) = (reply(bytes), HeaderMap::new());
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(accepts));
            let (body, encoding) = match how(&frames, &headers) {
                How::Deflate => (wire::pack(&frames), None),
                How::Brotli => pack_long(&frames),
            };
            let mut plain = Vec::new();
            match encoding {
                Some(_) => brotli::BrotliDecompress(&mut body.as_slice(), &mut plain).expect("brotli"),
                None => plain = body,
            }
            assert_eq!(wire::unpack::<ReplyFrame>(&plain), Ok(frames));
            encoding
        };
        assert_eq!(encoding(BROTLI_BYTES_MIN - 1, "gzip, br"), None);
        assert_eq!(encoding(BROTLI_BYTES_MIN, "gzip, br"), Some("br"));
        assert_eq!(encoding(BROTLI_BYTES_MIN, "br;q=0.5"), Some("br"));
        assert_eq!(encoding(BROTLI_BYTES_MIN, "gzip, brx"), None);
    }
}
