//! What the server may refuse a caller, each with a stable code. Over HTTP the code stands in a problem document and is
//! the key of the sentence on screen; codes are retired, never reused.
use zhucun_core::clock::Moment;

use crate::store::Fault;

/// A refusal that the caller or the person can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The login does not exist, or the password is wrong: never said which.
    CredentialsWrong,
    /// Too many wrong passwords for this login, whether it exists or not.
    LockedOut {
        until: Moment,
    },
    /// An administrator locked the account.
    AccountLocked,
    /// The device id belongs to somebody else: mint one for this person.
    DeviceOfAnother,
    /// The device was shut out for ever: mint a new id after the person signed in.
    DeviceRevoked,
    DevicesTooMany,
    /// No token, one that is not ours, or one that was replaced: sign in.
    SignedOut,
    /// The access token has run out: refresh.
    AccessExpired,
    /// The first password has not been changed.
    PasswordChangeRequired,
    /// Too short, or of too few kinds of characters.
    PasswordWeak,
    PasswordTooLong,
    PasswordHoldsLogin,
    PasswordUnchanged,
    /// The division or person lies outside what the caller may see or do.
    OutsideScope,
    NotFound,
    /// It builds on something that is not here yet: wait for the device that has it.
    NotYet,
    /// What was read is not what is there now: read again.
    VersionChanged,
    /// What an import would change is not what was shown: show it again.
    ImportChanged,
    /// Too much work is waiting: try again.
    Busy,
    /// The table has more rows than an export may: ask for fewer days.
    ExportTooLong,
    /// The tenure has ended already.
    TenureEnded,
    /// The days do not fit the tenure, or one another.
    TenureDays,
    /// So much that this person wrote waits for an answer already.
    FeedbackTooMany,
}

impl Refusal {
    pub fn code(self) -> &'static str {
        match self {
            Refusal::CredentialsWrong => "credentials_wrong",
            Refusal::LockedOut { .. } => "locked_out",
            Refusal::AccountLocked => "account_locked",
            Refusal::DeviceOfAnother => "device_of_another",
            Refusal::DeviceRevoked => "device_revoked",
            Refusal::DevicesTooMany => "devices_too_many",
            Refusal::SignedOut => "signed_out",
            Refusal::AccessExpired => "access_expired",
            Refusal::PasswordChangeRequired => "password_change_required",
            Refusal::PasswordWeak => "password_weak",
            Refusal::PasswordTooLong => "password_too_long",
            Refusal::PasswordHoldsLogin => "password_holds_login",
            Refusal::PasswordUnchanged => "password_unchanged",
            Refusal::OutsideScope => "outside_scope",
            Refusal::NotFound => "not_found",
            Refusal::NotYet => "not_yet",
            Refusal::VersionChanged => "version_changed",
            Refusal::ImportChanged => "import_changed",
            Refusal::Busy => "busy",
            Refusal::ExportTooLong => "export_too_long",
            Refusal::TenureEnded => "tenure_ended",
            Refusal::TenureDays => "tenure_days",
            Refusal::FeedbackTooMany => "feedback_too_many",
        }
    }
}

impl From<Refusal> for Fault<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Fault::Refused(refusal)
    }
}
