//! Merging of long texts: two accounts that grew out of one, each without what the other wrote meanwhile. What each changed
//! is found by sentence and then by character; both are taken over where they are apart. Where they are not, a machine
//! would make a number or a name that nobody wrote, so the two stay as they are and a person chooses.
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::field::TEXT_BYTES_MAX;

/// Pairs of sentences that are compared: what is asked of a phone for one text. A text of 6,000 characters has 300.
const PAIRS_MAX: usize = 1 << 20;
/// What ends a sentence.
const ENDS: [char; 9] = ['。', '！', '？', '；', '…', '!', '?', ';', '\n'];

/// The bytes `from..to` of a text are written over with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Edit<'t> {
    from: usize,
    to: usize,
    text: &'t str,
}

/// The text that `base` became in two places at the same time, the changes of `one` first where both added sentences at one
/// place. `None` where both changed the same words, or where together it is longer than a field holds.
pub fn merge(base: &str, one: &str, other: &str) -> Option<String> {
    let (ones, others) = (edits(base, one), edits(base, other));
    let (mut ones, mut others) = (ones.into_iter().peekable(), others.into_iter().peekable());
    let mut merged = String::new();
    let mut at = 0;
    loop {
        let next = match (ones.peek(), others.peek()) {
            (None, None) => break,
            (Some(_), None) => ones.next(),
            (None, Some(_)) => others.next(),
            (Some(one), Some(other)) if one == other => ones.next().and(others.next()),
            (Some(one), Some(other)) if one.is_before(other, base) => ones.next(),
            (Some(one), Some(other)) if other.is_before(one, base) => others.next(),
            (Some(_), Some(_)) => return None,
        }?;
        merged.push_str(&base[at..next.from]);
        merged.push_str(next.text);
        at = next.to;
    }
    merged.push_str(&base[at..]);
    (merged.len() <= TEXT_BYTES_MAX).then_some(merged)
}

impl Edit<'_> {
    /// Whether it changes what stands before that which another changes: with something between them, or the end of a
    /// sentence.
    fn is_before(&self, other: &Edit<'_>, base: &str) -> bool {
        self.to < other.from || self.to == other.from && (self.to == 0 || base[..self.to].ends_with(ENDS))
    }

    /// The same without what the text that stood there has in common with it at both ends.
    fn narrowed(self, base: &str) -> Self {
        let ends_alike = |(one, other): &(char, char)| one == other;
        let bytes = |alike: &mut dyn Iterator<Item = (char, char)>| alike.map(|(one, _)| one.len_utf8()).sum::<usize>();
        let (old, new) = (&base[self.from..self.to], self.text);
        let head = bytes(&mut old.chars().zip(new.chars()).take_while(ends_alike));
        let (old, new) = (&old[head..], &new[head..]);
        let tail = bytes(&mut old.chars().rev().zip(new.chars().rev()).take_while(ends_alike));
        Edit { from: self.from + head, to: self.to - tail, text: &new[..new.len() - tail] }
    }
}

/// What a text changes of the one it grew out of, from its beginning on.
fn edits<'t>(base: &str, text: &'t str) -> Vec<Edit<'t>> {
    let (old, new) = (sentences(base), sentences(text));
    if old.len().saturating_mul(new.len()) > PAIRS_MAX {
        return vec![Edit { from: 0, to: base.len(), text }.narrowed(base)];
    }
    let (old_at, new_at) = (places(&old), places(&new));
    let changed = capture_diff_slices(Algorithm::Myers, &old, &new);
    let changed = changed.iter().map(|op| op.as_tag_tuple()).filter(|(tag, ..)| *tag != DiffTag::Equal);
    let edit = |(_, old, new): (DiffTag, core::ops::Range<usize>, core::ops::Range<usize>)| {
        let text = &text[new_at[new.start]..new_at[new.end]];
        Edit { from: old_at[old.start], to: old_at[old.end], text }.narrowed(base)
    };
    changed.map(edit).collect()
}

fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(ENDS).collect()
}

/// Where each sentence begins, and the last ends.
fn places(sentences: &[&str]) -> Vec<usize> {
    let ends = sentences.iter().scan(0, |at, sentence| {
        *at += sentence.len();
        Some(*at)
    });
    core::iter::once(0).chain(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Dice;

    const BASE: &str = "走访了20户。多数人在家。缺水的有3户。\n下周再去。";

    #[test]
    fn what_two_wrote_in_different_sentences_stands_together() {
        let one = "走访了25户。多数人在家。缺水的有3户。\n下周再去。";
        let other = "走访了20户。多数人在家。缺水的有3户，已报乡里。\n下周一再去。";
        let both = "走访了25户。多数人在家。缺水的有3户，已报乡里。\n下周一再去。";
        assert_eq!(merge(BASE, one, other).as_deref(), Some(both));
        assert_eq!(merge(BASE, other, one).as_deref(), Some(both));
    }

    #[test]
    fn what_two_wrote_in_one_sentence_stands_together_with_a_character_between() {
        let merged = |one, other| merge("共20户3人。", one, other);
        assert_eq!(merged("共25户3人。", "共20户8人。").as_deref(), Some("共25户8人。"));
        assert_eq!(merged("共25户3人。", "共200户3人。"), None, "250 is what nobody wrote");
        assert_eq!(merged("共25户3人。", "共30户3人。"), None);
    }

    #[test]
    fn sentences_that_two_added_at_one_place_follow_on_each_other() {
        let (one, other) = (format!("{BASE}路要修。"), format!("{BASE}井已打好。"));
        assert_eq!(merge(BASE, &one, &other), Some(format!("{BASE}路要修。井已打好。")));
        let (one, other) = (format!("一。{BASE}"), format!("二。{BASE}"));
        assert_eq!(merge(BASE, &one, &other), Some(format!("一。二。{BASE}")));
        assert_eq!(merge("走访了", "走访了20户。", "走访了30户。"), None, "it goes on where no sentence ended");
    }

    #[test]
    fn what_one_took_out_the_other_does_not_bring_back() {
        let one = BASE.replace("多数人在家。", "");
        let other = BASE.replace("下周再去。", "");
        assert_eq!(merge(BASE, &one, &other).as_deref(), Some("走访了20户。缺水的有3户。\n"));
        let other = BASE.replace("多数人在家", "多数人在田里");
        assert_eq!(merge(BASE, &one, &other), None, "one took out what the other wrote in");
    }

    #[test]
    fn a_text_that_is_longer_than_a_field_holds_is_not_made() {
        let base = "。".repeat(10);
        let with = |before: &str, bytes: usize| format!("{before}{}{base}", "a".repeat(bytes - 1) + ";");
        let other = format!("{base}{}", "b".repeat(100));
        let room = TEXT_BYTES_MAX - base.len() - 100;
        assert_eq!(merge(&base, &with("", room), &other).map(|text| text.len()), Some(TEXT_BYTES_MAX));
        assert_eq!(merge(&base, &with("", room + 1), &other), None);
    }

    #[test]
    fn whatever_two_do_with_a_text_nothing_that_either_added_is_missing() {
        let mut dice = Dice::new([7; 32]);
        let mut below = |max: usize| usize::try_from(dice.below(max as u64)).expect("below a usize");
        let (mut merged, mut apart) = (0, 0);
        for _ in 0..2_000 {
            let base: String = (0..1 + below(12)).map(|at| format!("第{}句写着{at}。", below(3))).collect();
            let mut text_of = |letter: char| {
                let mut chars: Vec<char> = base.chars().collect();
                let mut added = 0;
                for _ in 0..1 + below(3) {
                    match below(3) {
                        0 if !chars.is_empty() => drop(chars.remove(below(chars.len()))),
                        _ => {
                            chars.insert(below(chars.len() + 1), letter);
                            added += 1;
                        }
                    }
                }
                let kept = chars.iter().filter(|it| **it == letter).count();
                (chars.into_iter().collect::<String>(), kept.min(added))
            };
            let ((one, ones), (other, others)) = (text_of('甲'), text_of('乙'));
            let (both, turned) = (merge(&base, &one, &other), merge(&base, &other, &one));
            assert_eq!(both.is_some(), turned.is_some());
            let Some(both) = both else {
                apart += 1;
                continue;
            };
            merged += 1;
            let count = |letter| both.chars().filter(|it| *it == letter).count();
            assert_eq!((count('甲'), count('乙')), (ones, others), "{base}\n{one}\n{other}\n{both}");
            assert_eq!(merge(&base, &one, &one), Some(one.clone()));
            assert_eq!(merge(&base, &base, &other), Some(other));
        }
        assert!(merged > 200 && apart > 200, "{merged} merged, {apart} not");
    }

    #[test]
    fn of_so_many_sentences_each_is_compared_and_of_more_only_both_ends() {
        const SENTENCES: usize = 1 << 10;
        assert_eq!(SENTENCES * SENTENCES, PAIRS_MAX);
        let of = |count: usize, first: &str, last: &str| format!("{first}{}{last}", "。".repeat(count - 2));
        let changes = |count: usize| edits(&of(count, "。", "。"), &of(count, "头。", "尾。")).len();
        assert_eq!((changes(SENTENCES), changes(SENTENCES + 1)), (2, 1));
    }
}
