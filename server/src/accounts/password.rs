//! Passwords: which are good enough, how they are hashed, and the first one that a person is handed on paper.
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

use crate::refusal::Refusal;

pub const PASSWORD_CHARS_MIN: usize = 8;
pub const PASSWORD_CHARS_MAX: usize = 128;
/// From this length on any characters will do.
pub const PASSPHRASE_CHARS_MIN: usize = 12;
/// Of: small letters, capitals, digits, everything else.
const KINDS_MIN: usize = 3;

/// argon2id as OWASP's Password Storage Cheat Sheet gives it: 19 MiB, two passes, one lane. 25 ms on the machine that
/// this was measured on.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What a password is verified against when nobody has the login: the same work, and no password fits.
pub(super) const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Small letters and digits without l, o, 0 and 1, which look alike on paper: 32 of them, so each is 5 bits of chance.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// Whether a person may choose this password.
pub fn judge(password: &str, login: &str) -> Result<(), Refusal> {
    let chars = password.chars().count();
    if chars > PASSWORD_CHARS_MAX {
        return Err(Refusal::PasswordTooLong);
    }
    let has = |kind: fn(char) -> bool| usize::from(password.chars().any(kind));
    let kinds = has(|c| c.is_ascii_lowercase())
        + has(|c| c.is_ascii_uppercase())
        + has(|c| c.is_ascii_digit())
        + has(|c| !c.is_ascii_alphanumeric());
    if chars < PASSWORD_CHARS_MIN || (chars < PASSPHRASE_CHARS_MIN && kinds < KINDS_MIN) {
        return Err(Refusal::PasswordWeak);
    }
    if !login.is_empty() && password.to_lowercase().contains(&login.to_lowercase()) {
        return Err(Refusal::PasswordHoldsLogin);
    }
    Ok(())
}

/// A first password, `k7mq-3xwd-9tpa`: 60 bits, easily typed on a phone. `chance` is 12 bytes of dice.
pub fn first(chance: [u8; 12]) -> String {
    let mut password = String::with_capacity(14);
    for (index, byte) in chance.into_iter().enumerate() {
        if index > 0 && index % 4 == 0 {
            password.push('-');
        }
        password.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    password
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("argon2 allows these parameters");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// The hash in PHC form. Works for tens of milliseconds: never on a thread that serves requests.
pub fn hash(password: &str, salt: [u8; 16]) -> String {
    argon2()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("argon2 hashes a password of any length with a salt of 16 bytes")
        .to_string()
}

/// Whether the password is the one that was hashed. Works as long as `hash`.
pub fn verify(password: &str, hashed: &str) -> bool {
    PasswordHash::new(hashed).is_ok_and(|hashed| argon2().verify_password(password.as_bytes(), &hashed).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_eight_characters_of_three_kinds_or_twelve_of_any_and_not_the_login() {
        for (password, verdict) in [
            ("aB3defg", Err(Refusal::PasswordWeak)),
            ("aB3defgh", Ok(())),
            ("ab3defgh", Err(Refusal::PasswordWeak)),
            ("ab3-efgh", Ok(())),
            ("abcdefghijk", Err(Refusal::PasswordWeak)),
            ("abcdefghijkl", Ok(())),
            ("走村入户问冷暖a1", Ok(())),
            ("xxWangLei9xx", Err(Refusal::PasswordHoldsLogin)),
        ] {
            assert_eq!(judge(password, "wanglei"), verdict, "{password}");
        }
        assert_eq!(judge(&"x".repeat(PASSWORD_CHARS_MAX), "w"), Ok(()));
        assert_eq!(judge(&"x".repeat(PASSWORD_CHARS_MAX + 1), "w"), Err(Refusal::PasswordTooLong));
    }

    #[test]
    fn a_first_password_is_good_enough_and_has_no_letters_that_look_alike() {
        for seed in 0..=255 {
            let password = first([seed; 12]);
            assert_eq!(judge(&password, "62102210"), Ok(()), "{password}");
            assert!(!password.contains(['0', 'o', 'O', '1', 'l', 'I']), "{password}");
        }
        assert_eq!(first([0, 1, 2, 3, 28, 29, 30, 31, 32, 33, 34, 35]), "abcd-6789-abcd");
    }

    #[test]
    fn a_hash_fits_its_password_only_and_an_unknown_login_costs_the_same_parameters() {
        let hashed = hash("aB3defgh", [7; 16]);
        assert!(verify("aB3defgh", &hashed));
        assert!(!verify("aB3defgi", &hashed) && !verify("", NOBODY) && !verify("aB3defgh", "torn"));
        let cost = |phc: &str| phc.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(cost(&hashed), cost(NOBODY));
        PasswordHash::new(NOBODY).expect("a hash that is computed, not skipped");
    }
}
