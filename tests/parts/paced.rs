//! Pacing of answers.

use actix_web::body::{BodySize, MessageBody, to_bytes};
use actix_web::web::Bytes;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use thidua_domain::id::AccountId;
use thidua_http::response::paced::{COPIED, PIECE, Paced};
use thidua_http::store::claimants::Claimant;
use thidua_http::store::room::{Measure, Room};

fn text(length: usize) -> Bytes {
    Bytes::from(vec![b'x'; length])
}

/// Bytes that the connection takes first.
fn first(mut body: Paced) -> usize {
    match Pin::new(&mut body).poll_next(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Some(Ok(piece))) => piece.len(),
        _ => 0,
    }
}

#[actix_web::test]
async fn an_answer_comes_whole_whatever_its_size() {
    for length in [0, 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
        let paced = Paced::new(text(length), None);
        assert_eq!(paced.size(), BodySize::Sized(length as u64));
        assert_eq!(to_bytes(paced).await.ok(), Some(text(length)));
    }
}

#[test]
fn a_connection_copies_an_answer_whole_only_where_room_is_reserved_for_it() {
    let room = Room::new(Measure::BOUNDLESS);
    let reserved = |length| Paced::owned(text(length), room.none(Claimant::account(AccountId(1), None)));
    assert_eq!(first(reserved(COPIED)), COPIED);
    assert_eq!(first(reserved(COPIED + 1)), PIECE);
    assert_eq!(first(Paced::new(text(COPIED), None)), PIECE);
}

#[test]
fn lines_stay_together_as_far_as_they_fit() {
    let line = |length: usize| [&vec![b'x'; length - 1][..], b"\n"].concat();
    let text = [line(PIECE - 10), line(20), line(30), line(PIECE + 5), line(7)].concat();
    let mut paced = Paced::new(Bytes::from(text), None);
    let pieces: Vec<_> = std::iter::from_fn(|| paced.lines()).map(|piece| piece.len()).collect();
    assert_eq!(pieces, [PIECE - 10, 50, PIECE, 12]);
}
