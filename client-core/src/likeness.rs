//! How alike two texts are: the share of runs of a few characters that they have in common (Jaccard). A hint for an author
//! who may have saved the same thing twice, and never more than a hint.
use std::collections::BTreeSet;

/// Whether two texts share at least `percent_min` of a hundred of their runs of `gram_chars` characters. Blanks and line
/// ends are no characters here; texts shorter than one run are like nothing.
pub fn is_alike(one: &str, other: &str, gram_chars: usize, percent_min: usize) -> bool {
    let (one, other) = (grams(one, gram_chars), grams(other, gram_chars));
    if one.is_empty() || other.is_empty() {
        return false;
    }
    let both = one.intersection(&other).count();
    let all = one.len() + other.len() - both;
    both * 100 >= all * percent_min
}

fn grams(text: &str, gram_chars: usize) -> BTreeSet<Vec<char>> {
    let plain: Vec<char> = text.chars().filter(|letter| !letter.is_whitespace()).collect();
    plain.windows(gram_chars.max(1)).map(<[char]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many characters that no run of five repeats.
    fn text(from: u32, count: u32) -> String {
        (from..from + count).filter_map(|at| char::from_u32(0x4e00 + at)).collect()
    }

    fn alike(one: &str, other: &str) -> bool {
        is_alike(one, other, 5, 80)
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
