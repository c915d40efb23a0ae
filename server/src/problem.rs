//! Problems as they travel: RFC 9457 documents. `code` is stable and the key of the sentence on screen; the English
//! title is for whoever reads the wire.
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use zhucun_core::clock::Moment;

use crate::refusal::Refusal;
use crate::store::{Fault, Trouble};

/// A refusal or trouble on its way out.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: Option<String>,
    until: Option<Moment>,
    /// For the log of this server only.
    trouble: Option<String>,
}

/// What the request's log line says of trouble; travels beside the response, never in it.
#[derive(Clone, Debug)]
pub struct TroubleNote(pub String);

/// The document.
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:zhucun:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    status: u16,
    /// Stable; the key of the sentence on screen.
    code: &'static str,
    title: &'static str,
    /// What exactly was wrong with the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Until when trying again is useless, in milliseconds since 1970 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    until_ms: Option<i64>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self { status, code, title, detail: None, until: None, trouble: None }
    }

    /// The request cannot be read; `detail` says what to mend.
    pub fn malformed(detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::BAD_REQUEST, "malformed", "The request cannot be read.");
        Self { detail: Some(detail.into()), ..problem }
    }

    pub fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The request is larger than this route allows.")
    }

    /// The client speaks another protocol: an old one has to be loaded anew, a new one waits for this server to be.
    pub fn other_protocol(client_is_old: bool) -> Self {
        match client_is_old {
            true => {
                Self::new(StatusCode::UPGRADE_REQUIRED, "too_old", "This app is too old for the server; reload it.")
            }
            false => Self::new(StatusCode::SERVICE_UNAVAILABLE, "too_new", "This app is newer than the server."),
        }
    }

    pub fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This route has no such method.")
    }

    pub fn timed_out() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "timed_out", "The request took too long.")
    }

    /// A bug that was caught.
    pub fn bug() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "bug", "The server made a mistake; it is in its log.")
    }

    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        use StatusCode as S;
        let (status, title) = match refusal {
            Refusal::CredentialsWrong => (S::UNAUTHORIZED, "Login or password is wrong."),
            Refusal::LockedOut { .. } => (S::TOO_MANY_REQUESTS, "Too many wrong passwords; locked out for a while."),
            Refusal::AccountLocked => (S::FORBIDDEN, "The account was locked by an administrator."),
            Refusal::DeviceOfAnother => (S::CONFLICT, "The device id belongs to somebody else."),
            Refusal::DeviceRevoked => (S::UNAUTHORIZED, "The device was shut out."),
            Refusal::DevicesTooMany => (S::CONFLICT, "Too many devices are signed in; shut one out first."),
            Refusal::SignedOut => (S::UNAUTHORIZED, "Sign in first."),
            Refusal::AccessExpired => (S::UNAUTHORIZED, "The access token has run out; refresh it."),
            Refusal::PasswordChangeRequired => (S::FORBIDDEN, "Change the first password first."),
            Refusal::PasswordWeak => (
                S::UNPROCESSABLE_ENTITY,
                "A password has 8 characters of 3 kinds (small letters, capitals, digits, others), or 12 of any.",
            ),
            Refusal::PasswordTooLong => (S::UNPROCESSABLE_ENTITY, "A password has 128 characters at most."),
            Refusal::PasswordHoldsLogin => (S::UNPROCESSABLE_ENTITY, "The password holds the login."),
            Refusal::PasswordUnchanged => (S::UNPROCESSABLE_ENTITY, "The new password is the old one."),
            Refusal::OutsideScope => (S::FORBIDDEN, "This lies outside your scope."),
            Refusal::NotFound => (S::NOT_FOUND, "There is no such thing."),
            Refusal::NotYet => (S::CONFLICT, "It builds on something that has not come yet; try again later."),
            Refusal::VersionChanged => (S::CONFLICT, "It was changed since you read it: read it again."),
            Refusal::ImportChanged => {
                (S::CONFLICT, "What the file would change is not what was shown: preview it again.")
            }
            Refusal::Busy => (S::SERVICE_UNAVAILABLE, "Too much work is waiting; try again."),
            Refusal::TenureEnded => (S::CONFLICT, "The tenure has ended already."),
            Refusal::TenureDays => (
                S::UNPROCESSABLE_ENTITY,
                "The days do not fit: mend them so that they follow one another and the tenure.",
            ),
            Refusal::FeedbackTooMany => {
                (S::CONFLICT, "Too much that you wrote waits for an answer; it can be written after some was answered.")
            }
            Refusal::ExportTooLong => {
                (S::UNPROCESSABLE_ENTITY, "The table has more rows than an export may; ask for fewer days.")
            }
        };
        let until = match refusal {
            Refusal::LockedOut { until } => Some(until),
            _ => None,
        };
        Self { until, ..Self::new(status, refusal.code(), title) }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        let problem = match trouble {
            Trouble::Panicked => Self::bug(),
            _ if trouble.is_full_disk() => {
                let title = "The server's disk is full; try again when there is room.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "disk_full", title)
            }
            _ => Self::new(StatusCode::SERVICE_UNAVAILABLE, "trouble", "The server is in trouble; try again."),
        };
        Self { trouble: Some(trouble.to_string()), ..problem }
    }
}

impl From<Fault<Refusal>> for Problem {
    fn from(fault: Fault<Refusal>) -> Self {
        match fault {
            Fault::Refused(refusal) => refusal.into(),
            Fault::Trouble(trouble) => trouble.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            kind: format!("urn:zhucun:problem:{}", self.code),
            status: self.status.as_u16(),
            code: self.code,
            title: self.title,
            detail: self.detail,
            until_ms: self.until.map(|until| until.0),
        };
        let mut response = (self.status, Json(body)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if let Some(trouble) = self.trouble {
            response.extensions_mut().insert(TroubleNote(trouble));
        }
        response
    }
}
