//! Bodies: frames one after the other, deflated. A body may have been cut anywhere, or stand for more than memory holds;
//! what is read is held to limits before it is.
use std::cell::RefCell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use minicbor::Decoder;

use super::{FRAMES_MAX, Frame, INFLATED_BYTES_MAX, NESTING_MAX};

/// The bytes are not a body of this protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Inflates to more than `INFLATED_BYTES_MAX`, or has more than `FRAMES_MAX` frames.
    TooLarge,
    NotDeflate,
    NotFrames,
}

impl core::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Unreadable::TooLarge => "the body inflates to more than 4 MiB or has more than 10,000 frames",
            Unreadable::NotDeflate => "the body is not deflated data",
            Unreadable::NotFrames => "the body is not a sequence of frames",
        })
    }
}

impl core::error::Error for Unreadable {}

/// Frames as a body.
pub fn pack<F: Frame>(frames: &[F]) -> Vec<u8> {
    deflate(&plain(frames))
}

/// Frames as a body that is deflated in form only, for a sender who compresses what is around it.
pub fn pack_loosely<F: Frame>(frames: &[F]) -> Vec<u8> {
    deflate_with(&mut Compress::new(Compression::none(), false), &plain(frames))
}

fn plain<F: Frame>(frames: &[F]) -> Vec<u8> {
    let mut plain = Vec::new();
    for frame in frames {
        frame.write(&mut plain);
    }
    plain
}

/// How hard bodies are deflated: a higher level saves a few bytes in a hundred for twice the time.
const LEVEL: u32 = 6;

thread_local! {
    /// The states of deflate and inflate have hundreds of kilobytes, which cost more to get than most bodies to pack.
    static PACKER: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
    static UNPACKER: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Raw deflate, as bodies are packed and a server keeps lines.
pub fn deflate(plain: &[u8]) -> Vec<u8> {
    PACKER.with_borrow_mut(|packer| {
        packer.reset();
        deflate_with(packer, plain)
    })
}

fn deflate_with(packer: &mut Compress, plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(plain.len() / 2 + 64);
    loop {
        let read = usize::try_from(packer.total_in()).expect("what is in memory can be counted");
        let status = packer.compress_vec(&plain[read..], &mut packed, FlushCompress::Finish);
        match status.expect("a fresh state takes all bytes") {
            Status::StreamEnd => return packed,
            _ => packed.reserve(packed.len().max(64)),
        }
    }
}

/// The frames of a whole body.
pub fn unpack<F: Frame>(body: &[u8]) -> Result<Vec<F>, Unreadable> {
    match unpack_cut(body)? {
        (frames, true) => Ok(frames),
        (_, false) => Err(Unreadable::NotFrames),
    }
}

/// The frames of a body that may have been cut anywhere, and whether it was whole. What is there is all that could be
/// read before the cut.
pub fn unpack_cut<F: Frame>(body: &[u8]) -> Result<(Vec<F>, bool), Unreadable> {
    let (plain, inflated) = inflate_cut(body)?;
    if !is_shallow(&plain) {
        return Err(Unreadable::NotFrames);
    }
    let mut decoder = Decoder::new(&plain);
    let mut frames = Vec::new();
    while decoder.position() < plain.len() {
        if frames.len() == FRAMES_MAX {
            return Err(Unreadable::TooLarge);
        }
        match next(&mut decoder) {
            Ok(frame) => frames.extend(frame),
            Err(error) if error.is_end_of_input() && !inflated => return Ok((frames, false)),
            Err(_) => return Err(Unreadable::NotFrames),
        }
    }
    Ok((frames, inflated))
}

/// All of what was deflated.
pub fn inflate(packed: &[u8]) -> Result<Vec<u8>, Unreadable> {
    match inflate_cut(packed)? {
        (plain, true) => Ok(plain),
        (_, false) => Err(Unreadable::NotDeflate),
    }
}

/// Inflates what is there, to a limit, and says whether the stream came to its end.
fn inflate_cut(body: &[u8]) -> Result<(Vec<u8>, bool), Unreadable> {
    UNPACKER.with_borrow_mut(|stream| {
        stream.reset(false);
        inflate_with(stream, body)
    })
}

fn inflate_with(stream: &mut Decompress, body: &[u8]) -> Result<(Vec<u8>, bool), Unreadable> {
    // Room for one byte too many, by which too many are noticed.
    const ROOM: usize = INFLATED_BYTES_MAX + 1;
    let mut plain = Vec::with_capacity((body.len() * 4).clamp(256, ROOM));
    loop {
        let (read, written) = (stream.total_in(), stream.total_out());
        let rest = usize::try_from(read).ok().and_then(|read| body.get(read..)).unwrap_or_default();
        let status = stream.decompress_vec(rest, &mut plain, FlushDecompress::None);
        let status = status.map_err(|_| Unreadable::NotDeflate)?;
        if plain.len() == ROOM {
            return Err(Unreadable::TooLarge);
        }
        if status == Status::StreamEnd {
            return Ok((plain, true));
        }
        if plain.len() == plain.capacity() {
            plain.reserve_exact(plain.len().min(ROOM - plain.len()));
        } else if stream.total_in() == read && stream.total_out() == written {
            return Ok((plain, false));
        }
    }
}

/// Whether nothing is nested deeper than `NESTING_MAX`. minicbor skips what is unknown to us, and holds 16 bytes for each
/// level while it does: 4 MiB of opening brackets were a hundred MiB of memory.
fn is_shallow(mut input: &[u8]) -> bool {
    // How many items are still to come of what is open; `None` where only a break ends it.
    let mut open: Vec<Option<u64>> = Vec::with_capacity(NESTING_MAX);
    while let Some((first, rest)) = input.split_first() {
        let (major, minor) = (first >> 5, first & 0x1f);
        let wide = if (24..28).contains(&minor) { 1 << (minor - 24) } else { 0 };
        // What is cut or malformed here is so for its reader, too.
        let Some((argument, rest)) = rest.split_at_checked(wide) else { return true };
        let number = argument.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let count = if wide == 0 { u64::from(minor) } else { number };
        let (is_endless, opens) = (minor == 31, |count| (count > 0).then_some(Some(count)));
        let opened = match major {
            2..=5 if is_endless => Some(None),
            2 | 3 => None,
            4 => opens(count),
            5 => opens(count.saturating_mul(2)),
            6 => opens(1),
            _ => None,
        };
        let bytes = if matches!(major, 2 | 3) && !is_endless { count } else { 0 };
        let Some(rest) = usize::try_from(bytes).ok().and_then(|bytes| rest.get(bytes..)) else { return true };
        input = rest;
        match opened {
            Some(_) if open.len() == NESTING_MAX => return false,
            Some(items) => open.push(items),
            None => {
                if major == 7 && is_endless {
                    open.pop();
                }
                // An item is done, and with it all that it was the last of.
                while let Some(Some(left)) = open.last_mut() {
                    *left -= 1;
                    if *left > 0 {
                        break;
                    }
                    open.pop();
                }
            }
        }
    }
    true
}

fn next<F: Frame>(decoder: &mut Decoder<'_>) -> Result<Option<F>, minicbor::decode::Error> {
    if decoder.array()? != Some(2) {
        return Err(minicbor::decode::Error::message("a frame is [tag, body]"));
    }
    let tag = decoder.u32()?;
    F::read(tag, decoder)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::super::*;
    use super::*;
    use crate::id::TenureId;

    fn reply() -> Vec<ReplyFrame> {
        let document = DocumentId::log(TenureId(Uuid::from_u128(3)));
        let seal = Seal { first_seq: 3, last_seq: 4, received_at: Moment(7), receipt: Receipt([1; 8]) };
        let fates = vec![Fate::Accepted, Fate::Duplicate, Fate::NotYet, Fate::Refused(GateRefusal::Library)];
        vec![
            ReplyFrame::Welcome(Welcome { protocol: PROTOCOL, now: Moment(1_450_000_000_000), starts_over: false }),
            ReplyFrame::Ack(Ack { document, fates, seals: vec![seal], at: None }),
            ReplyFrame::Delta(Delta {
                document,
                bundles: vec![Bundle {
                    person: PersonId(Uuid::from_u128(4)),
                    received_at: Moment(-crate::clock::MOMENT_MS_MAX),
                    receipt: Receipt([9; 8]),
                    line: Line::of([&[9; 300][..], &[]]),
                }],
            }),
            ReplyFrame::End(End {
                cursors: vec![Cursor { feed: 621022, epoch: 1, number: 7, digest: u64::MAX }],
                reference: 2,
                scope: 1,
                more: false,
            }),
        ]
    }

    #[test]
    fn frames_survive_the_wire() {
        assert_eq!(unpack::<ReplyFrame>(&pack(&reply())), Ok(reply()));
    }

    #[test]
    fn a_body_cut_after_any_byte_yields_the_frames_before_the_cut() {
        let body = pack(&reply());
        for cut in 0..body.len() {
            let (frames, whole) = unpack_cut::<ReplyFrame>(&body[..cut]).expect("a cut is not an error");
            assert!(!whole && reply().starts_with(&frames), "cut at {cut}");
        }
    }

    #[test]
    fn unknown_frames_and_fields_of_a_newer_version_are_skipped() {
        let mut plain = Vec::new();
        let mut encoder = Encoder::new(&mut plain);
        let newer = encoder.array(2).and_then(|e| e.u32(99)).and_then(|e| e.str("weather"));
        newer.expect("a vector takes all bytes");
        let welcome = encoder.array(2).and_then(|e| e.u32(0)).and_then(|e| e.array(4));
        let welcome = welcome.and_then(|e| e.u32(1)).and_then(|e| e.i64(7)).and_then(|e| e.bool(true));
        welcome.and_then(|e| e.str("sunny")).expect("a vector takes all bytes");
        let body = deflate(&plain);
        let expected = ReplyFrame::Welcome(Welcome { protocol: 1, now: Moment(7), starts_over: true });
        assert_eq!(unpack::<ReplyFrame>(&body), Ok(vec![expected]));
    }

    #[test]
    fn a_bomb_is_refused_at_its_limit() {
        let plain = |bytes: usize| {
            let mut plain = Vec::new();
            let mut encoder = Encoder::new(&mut plain);
            let frame = encoder.array(2).and_then(|e| e.u32(99)).and_then(|e| e.bytes(&vec![0; bytes]).map(drop));
            frame.expect("a vector takes all bytes");
            plain
        };
        let head = plain(INFLATED_BYTES_MAX - 100).len() - (INFLATED_BYTES_MAX - 100);
        let fits = deflate(&plain(INFLATED_BYTES_MAX - head));
        let bomb = deflate(&plain(INFLATED_BYTES_MAX - head + 1));
        assert_eq!(unpack::<RequestFrame>(&fits), Ok(vec![]));
        assert_eq!(unpack::<RequestFrame>(&bomb), Err(Unreadable::TooLarge));
        assert!(bomb.len() < 30_000);
    }

    #[test]
    fn frames_are_counted_up_to_their_limit() {
        let document = DocumentId::log(TenureId(Uuid::from_u128(3)));
        let frames = |count| vec![RequestFrame::Holding(Holding { document, reaches: vec![] }); count];
        assert_eq!(unpack::<RequestFrame>(&pack(&frames(FRAMES_MAX))).map(|read| read.len()), Ok(FRAMES_MAX));
        assert_eq!(unpack::<RequestFrame>(&pack(&frames(FRAMES_MAX + 1))), Err(Unreadable::TooLarge));
    }

    #[test]
    fn what_is_nested_deeper_than_any_frame_is_not_skipped() {
        let unknown = |levels: usize, opening: &[u8], inside: &[u8]| {
            // The frame is a level of its own.
            let plain = [&[0x82, 0x18, 99][..], &opening.repeat(levels - 1), inside].concat();
            unpack::<RequestFrame>(&deflate(&plain))
        };
        // An array of one, a map of one, a tag: each opens a level.
        for (opening, inside) in
            [(&[0x81][..], &[7][..]), (&[0xa1, 7], &[7]), (&[0xc1], &[7]), (&[0x82, 0x80], &[0x43, 1, 2, 3])]
        {
            assert_eq!(unknown(NESTING_MAX, opening, inside), Ok(vec![]), "{opening:02x?}");
            assert_eq!(unknown(NESTING_MAX + 1, opening, inside), Err(Unreadable::NotFrames), "{opening:02x?}");
        }
        for opening in [&[0x81][..], &[0x9f], &[0xbf, 7], &[0xc1], &[0x82, 0x80]] {
            let bomb = deflate(&[&[0x82, 0x18, 99][..], &opening.repeat(1_000_000)].concat());
            assert_eq!(unpack_cut::<RequestFrame>(&bomb), Err(Unreadable::NotFrames), "{opening:02x?}");
        }
        // What ends does not count any more.
        let wide = [&[0x82, 0x18, 99, 0x9f][..], &[0x81, 0x81, 7].repeat(1_000), &[0x9f, 0xff, 0xff]].concat();
        assert_eq!(unpack::<RequestFrame>(&deflate(&wide)), Ok(vec![]));
    }

    #[test]
    fn noise_is_refused() {
        assert_eq!(unpack::<RequestFrame>(&[0xff; 40]), Err(Unreadable::NotDeflate));
        let text = deflate(b"{\"json\": true}");
        assert_eq!(unpack::<RequestFrame>(&text), Err(Unreadable::NotFrames));
    }
}
