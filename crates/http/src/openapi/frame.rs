//! The contract's introduction: all that it says before its first operation.

use crate::api::TAGS;
use crate::api::catalogue::indicators::SourceKind;
use crate::request::batch::{BatchMode, NewRowsMode};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, ServerBuilder,
};

const BEARER: &str = "bearer";

/// The contract without its operations.
pub(super) fn frame() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Thi đua Số")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("description.md")))
        .contact(Some(ContactBuilder::new().name(Some("Thi đua Số")).build()))
        .license(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .url(Some("https://www.apache.org/licenses/LICENSE-2.0"))
                .build()
                .into(),
        )
        .build();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some(
            "The `access_token` of `POST /api/v1/auth/login`, a JSON Web Token after RFC8725: signed with one algorithm, for \
             this issuer and audience only, and good for 60 minutes at most. A machine sends its API key (`tdk_…`) instead, or an access token of \
             `POST /oauth/token`.",
        ))
        .build();
    let components = ComponentsBuilder::new()
        .schema_from::<BatchMode>()
        .schema_from::<NewRowsMode>()
        .schema_from::<SourceKind>()
        .security_scheme(BEARER, SecurityScheme::Http(bearer))
        .build();
    let server = ServerBuilder::new()
        .url("/")
        .description(Some("The installation that serves this document, be it for production or for a trial."))
        .extensions(Some(ExtensionsBuilder::new().add("x-internal", false).build()))
        .build();
    let tags = TAGS.iter().map(|(name, text)| TagBuilder::new().name(*name).description(Some(*text)).build());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([server]))
        .components(Some(components))
        .tags(Some(tags))
        .security(Some([SecurityRequirement::new(BEARER, Vec::<String>::new())]))
        .build()
}
