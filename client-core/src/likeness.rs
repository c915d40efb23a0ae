//! How alike two texts are: the share of runs of a few characters that they have in common (Jaccard). A hint for an author
//! who may have saved the same thing twice, and never more than a hint.
/// The runs of characters of a text, each once, as hashes of 64 bits: a phone compares a year of texts while a thumb waits.
/// Two different runs of one hash would only ever make a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runs(Vec<u64>);

impl Runs {
    /// The runs of `chars` characters. Blanks and line ends are no characters here.
    pub fn of(text: &str, chars: usize) -> Runs {
        let plain: Vec<char> = text.chars().filter(|letter| !letter.is_whitespace()).collect();
        let mut runs: Vec<u64> = plain.windows(chars.max(1)).map(hash).collect();
        runs.sort_unstable();
        runs.dedup();
        Runs(runs)
    }

    /// Whether both share at least `percent_min` of a hundred of their runs. What is shorter than one run is like nothing.
    pub fn is_like(&self, other: &Runs, percent_min: usize) -> bool {
        let (one, other) = (&self.0, &other.0);
        let (fewer, more) = (one.len().min(other.len()), one.len().max(other.len()));
        if fewer == 0 || fewer * 100 < more * percent_min {
            return false;
        }
        let both = one.iter().filter(|run| other.binary_search(run).is_ok()).count();
        let all = one.len() + other.len() - both;
        both * 100 >= all * percent_min
    }
}

/// FNV-1a.
fn hash(run: &[char]) -> u64 {
    let bytes = run.iter().flat_map(|letter| u32::from(*letter).to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many characters that no run of five repeats.
    fn text(from: u32, count: u32) -> String {
        (from..from + count).filter_map(|at| char::from_u32(0x4e00 + at)).collect()
    }

    fn alike(one: &str, other: &str) -> bool {
        Runs::of(one, 5).is_like(&Runs::of(other, 5), 80)
    }

    #[test]
    fn four_fifths_of_the_runs_in_common_are_alike_and_less_are_not() {
        // 12 characters are 8 runs; 14 that begin with them are 10, of which 8 are common: 8/10.
        assert!(alike(&text(0, 12), &text(0, 14)));
        // 11 are 7 runs of 9 in 13: 7/9.
        assert!(!alike(&text(0, 11), &text(0, 13)));
        // 404 are 400 runs; of 504 they are 400/500, of 505 they are 400/501.
        assert!(alike(&text(0, 404), &text(0, 504)));
        assert!(!alike(&text(0, 404), &text(0, 505)));
    }

    #[test]
    fn likeness_is_mutual_and_knows_neither_blanks_nor_line_ends() {
        let (one, other) = (text(0, 12), text(0, 14));
        assert_eq!(alike(&one, &other), alike(&other, &one));
        assert!(alike("看了冬小麦，圈舍门坏了", "看了 冬小麦，\n圈舍　门坏了"));
    }

    #[test]
    fn a_text_shorter_than_one_run_is_like_nothing_not_even_itself() {
        assert!(!alike("", ""));
        assert!(!alike("一切正常", "一切正常"));
        assert!(alike("一切都正常", "一切都正常"));
    }
}
