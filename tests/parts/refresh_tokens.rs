//! Refresh tokens, which prove themselves.

use thidua_http::crypto::refresh_tokens::{RefreshToken, RefreshTokens};

/// A token of a session and the part that proves it.
fn token(session: &str, secret: &str) -> RefreshToken {
    RefreshToken::parse(&format!("tdr_{session}_{secret}")).expect("a token")
}

#[test]
fn a_token_is_known_by_its_maker_and_for_its_session_alone() {
    let (tokens, others) = (RefreshTokens::under(b"one"), RefreshTokens::under(b"two"));
    let (session, other) = ("0".repeat(32), "1".repeat(32));
    for number in [0, 1, u32::MAX] {
        let text = tokens.token(&session, number).text();
        let secret = text.strip_prefix(&format!("tdr_{session}_")).expect("its session");
        let own = token(&session, secret);
        assert_eq!((tokens.number(&own), others.number(&own)), (Some(number), None));
        assert_eq!(tokens.number(&token(&other, secret)), None);
        let changed = if secret.ends_with('A') { "E" } else { "A" };
        let altered = format!("{}{changed}", &secret[..secret.len() - 1]);
        assert_eq!(tokens.number(&token(&session, &altered)), None);
    }
}
