//! Tokens. An access token is a JWT (HS256) that says person and device for 15 minutes. A refresh token is 32 bytes of
//! which the store keeps only the hash; its successor is derived from it, so that asking twice gives the same one and a
//! lost reply signs nobody out.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use signature::{Signer, Verifier};
use zhucun_core::clock::Moment;
use zhucun_core::id::{DeviceId, PersonId};

use crate::key::{ServerKey, mac};
use crate::refusal::Refusal;

/// How long an access token is good.
pub const ACCESS_MS: i64 = 15 * 60_000;
/// How long a device stays signed in without having been online.
pub const REFRESH_MS: i64 = 90 * 86_400_000;
/// Longer texts are not tokens of ours.
pub const TOKEN_BYTES_MAX: usize = 1024;

/// Who calls, as an access token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    pub person: PersonId,
    pub device: DeviceId,
    /// When the token runs out.
    pub until: Moment,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    person: PersonId,
    device: DeviceId,
    /// Seconds since 1970, as RFC 7519 has it.
    exp: i64,
}

/// Signs and reads access tokens, derives refresh tokens.
#[derive(Clone)]
pub struct TokenKey {
    signing: EncodingKey,
    verifying: DecodingKey,
    refresh: [u8; 32],
}

impl TokenKey {
    pub fn new(key: &ServerKey) -> Self {
        // The second one of a process finds it installed.
        let _ = CryptoProvider::install_default(&HMAC_ONLY);
        let access = key.derive("access token");
        Self {
            signing: EncodingKey::from_secret(&access),
            verifying: DecodingKey::from_secret(&access),
            refresh: key.derive("refresh token"),
        }
    }

    pub fn access(&self, person: PersonId, device: DeviceId, now: Moment) -> String {
        let claims = Claims { person, device, exp: now.plus_ms(ACCESS_MS).0 / 1000 };
        encode(&Header::new(Algorithm::HS256), &claims, &self.signing).expect("claims are JSON and the key is ours")
    }

    /// Reads an access token: signature and time. Whether the device still stands is the store's to say.
    pub fn verify_access(&self, token: &str, now: Moment) -> Result<Caller, Refusal> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Refusal::SignedOut);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        let read = decode::<Claims>(token, &self.verifying, &validation).map_err(|_| Refusal::SignedOut)?;
        let Claims { person, device, exp } = read.claims;
        let until = Moment(exp.saturating_mul(1000));
        if now >= until {
            return Err(Refusal::AccessExpired);
        }
        Ok(Caller { person, device, until })
    }

    /// The refresh token that follows `token`.
    pub fn successor(&self, token: &RefreshToken) -> RefreshToken {
        RefreshToken(mac(&self.refresh, &token.0))
    }
}

/// A refresh token as it travels: base64url of 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken([u8; 32]);

impl RefreshToken {
    pub fn new(chance: [u8; 32]) -> Self {
        Self(chance)
    }

    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| Refusal::SignedOut)?;
        bytes.try_into().map(Self).map_err(|_| Refusal::SignedOut)
    }

    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the store keeps. The token is chance itself: a plain hash is enough.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

/// HMAC-SHA-256 for the JWT library, and nothing else.
static HMAC_ONLY: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.as_bytes())?)),
    verifier_factory: |algorithm, key| Ok(Box::new(Hs256::new(*algorithm, key.try_get_as_bytes()?)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

struct Hs256(Hmac<Sha256>);

impl Hs256 {
    fn new(algorithm: Algorithm, key: &[u8]) -> JwtResult<Self> {
        if algorithm != Algorithm::HS256 {
            return Err(ErrorKind::InvalidAlgorithm.into());
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| ErrorKind::InvalidKeyFormat.into())
    }
}

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(self.0.clone().chain_update(message).finalize().into_bytes().to_vec())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        self.0.clone().chain_update(message).verify_slice(signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::power::Powers;

    fn key() -> TokenKey {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let key = ServerKey::open(&dir.path().join("zhucun.key"), &Powers::of_this_machine()).expect("a key");
        TokenKey::new(&key)
    }

    const PERSON: PersonId = PersonId(Uuid::from_u128(1));
    const DEVICE: DeviceId = DeviceId(Uuid::from_u128(2));

    #[test]
    fn an_access_token_is_good_for_fifteen_minutes_and_not_a_moment_longer() {
        let key = key();
        let now = Moment(1_450_000_000_000);
        let token = key.access(PERSON, DEVICE, now);
        let caller = Caller { person: PERSON, device: DEVICE, until: now.plus_ms(ACCESS_MS) };
        assert_eq!(key.verify_access(&token, now.plus_ms(ACCESS_MS - 1)), Ok(caller));
        assert_eq!(key.verify_access(&token, now.plus_ms(ACCESS_MS)), Err(Refusal::AccessExpired));
    }

    #[test]
    fn a_token_of_another_key_or_algorithm_or_with_other_claims_is_no_token() {
        let (key, now) = (key(), Moment(1_450_000_000_000));
        let token = key.access(PERSON, DEVICE, now);
        let parts: Vec<&str> = token.split('.').collect();
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let other = DeviceId(Uuid::from_u128(3));
        let elsewhere = super::tests::key().access(PERSON, DEVICE, now);
        let swapped = key.access(PERSON, other, now);
        for bad in [
            String::new(),
            "a.b.c".to_owned(),
            elsewhere,
            format!("{}.{}.{}", parts[0], swapped.split('.').nth(1).expect("claims"), parts[2]),
            format!("{}.{}.", part(r#"{"alg":"none","typ":"JWT"}"#), parts[1]),
            format!("{}.{}.{}", part(r#"{"alg":"HS512","typ":"JWT"}"#), parts[1], parts[2]),
            format!("{token}{}", "A".repeat(TOKEN_BYTES_MAX)),
        ] {
            assert_eq!(key.verify_access(&bad, now), Err(Refusal::SignedOut), "{bad}");
        }
    }

    #[test]
    fn a_refresh_token_has_one_successor() {
        let key = key();
        let token = RefreshToken::new([7; 32]);
        let next = key.successor(&token);
        assert!(next == key.successor(&token) && next != token && next != key.successor(&next));
        assert!(RefreshToken::parse(&next.text()).is_ok_and(|read| read == next));
        assert!(RefreshToken::parse("AAAA").is_err() && RefreshToken::parse("").is_err());
    }
}
