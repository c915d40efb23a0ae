//! The index: every route, grouped by who calls it. Nothing else is here, and every route is in the OpenAPI document
//! because `routes!` puts it there.
use std::path::Path;
use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::{Extension, Router};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    account, archive, assessment, audit, counted, device, export, feedback, header, hint, import, leave_request, limit,
    me, operation, parked, person, programme, pwa, record, roll_up, session, sync, tenure,
};
use crate::app::App;

#[derive(OpenApi)]
#[openapi(
    info(title = "驻村手记 Zhucun", description = "Problems are RFC 9457 documents; `code` is stable."),
    modifiers(&Security)
)]
struct Description;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        openapi.components.get_or_insert_default().add_security_scheme("access", SecurityScheme::Http(scheme));
    }
}

fn described() -> OpenApiRouter<App> {
    let public = OpenApiRouter::new()
        .routes(routes!(session::begin, session::end))
        .routes(routes!(session::refresh))
        .routes(routes!(session::change_password));

    let everyone = OpenApiRouter::new()
        .routes(routes!(me::show))
        .routes(routes!(device::list))
        .routes(routes!(device::revoke))
        .routes(routes!(feedback::own))
        .routes(routes!(feedback::write))
        .routes(routes!(hint::listen));

    let desk = OpenApiRouter::new()
        .routes(routes!(roll_up::show))
        .routes(routes!(counted::villages))
        .routes(routes!(counted::tenures))
        .routes(routes!(counted::periods))
        .routes(routes!(counted::entries))
        .routes(routes!(counted::issues))
        .routes(routes!(export::make))
        .routes(routes!(leave_request::list))
        .routes(routes!(leave_request::decide))
        .routes(routes!(assessment::list))
        .routes(routes!(assessment::show))
        .routes(routes!(assessment::write_township))
        .routes(routes!(assessment::write_county))
        .routes(routes!(assessment::form))
        .routes(routes!(archive::make))
        .routes(routes!(feedback::owned))
        .routes(routes!(feedback::reply))
        .routes(routes!(programme::progress))
        .routes(routes!(programme::counted))
        .routes(routes!(programme::list))
        .routes(routes!(programme::show))
        .routes(routes!(programme::write))
        .routes(routes!(account::list))
        .routes(routes!(account::reset))
        .routes(routes!(parked::list))
        .routes(routes!(parked::show))
        .routes(routes!(parked::release))
        .routes(routes!(parked::dismiss));

    let administration = OpenApiRouter::new()
        .routes(routes!(person::list))
        .routes(routes!(person::show))
        .routes(routes!(person::lock))
        .routes(routes!(person::unlock))
        .routes(routes!(person::revoke_device))
        .routes(routes!(tenure::show))
        .routes(routes!(tenure::write_selection))
        .routes(routes!(tenure::end))
        .routes(routes!(tenure::transfer))
        .routes(routes!(tenure::succeed))
        .routes(routes!(import::list))
        .routes(routes!(import::undo))
        .routes(routes!(audit::list))
        .routes(routes!(audit::chain))
        .routes(routes!(audit::export));

    let files = OpenApiRouter::new()
        .routes(routes!(import::preview))
        .routes(routes!(import::apply))
        .layer(DefaultBodyLimit::max(crate::import::sent::SENT_BYTES_MAX));

    let phone = OpenApiRouter::new()
        .routes(routes!(sync::exchange))
        .layer(DefaultBodyLimit::max(crate::sync::REQUEST_BYTES_MAX));

    let operator = OpenApiRouter::new()
        .routes(routes!(operation::health))
        .routes(routes!(operation::metrics))
        .routes(routes!(operation::openapi));

    let small = public.merge(everyone).merge(desk).merge(administration).merge(operator);
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(small.layer(DefaultBodyLimit::max(limit::BODY_BYTES_MAX)))
        .merge(files)
        .merge(phone)
}

/// The OpenAPI document of all routes.
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().into_openapi()
}

/// Everything that is served: the API, and the screens in `pwa` for the paths that are none of it.
pub fn router(app: App, pwa: Option<&Path>, transport: header::Transport) -> Router {
    let (routes, api) = described().split_for_parts();
    let routes = routes
        .method_not_allowed_fallback(limit::method_not_allowed)
        .layer(Extension(Arc::new(api)))
        .layer(Extension(hint::Streams::default()))
        .with_state(app.clone());
    let routes = match pwa {
        Some(folder) => pwa::beneath(routes, folder),
        None => routes.fallback(limit::not_found),
    };
    // The last one is the outermost: recorded, then guarded, then served.
    let routes = limit::around(routes);
    let routes = header::around(routes, transport);
    record::around(routes, &app)
}
