//! Places for streams and long polls, of which each account may have so many.

use crate::auth::context::RequestContext;
use crate::problem::Problem;
use crate::store::room::{Measure, Reservation, Room};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use std::rc::Rc;
use std::time::Duration;

/// Places of a server.
pub struct StreamPlaces(Room);

impl StreamPlaces {
    /// So many places for each account.
    pub fn new(per_account: u16) -> Self {
        Self(Room::new(Measure { share: usize::from(per_account), patience: Duration::ZERO, ..Measure::BOUNDLESS }))
    }
}

/// Takes a place for a stream or a long poll, of those that the account of a request may have.
pub(crate) async fn stream_place(request: &HttpRequest) -> Result<Reservation, Problem> {
    let call = request.extensions().get::<Rc<RequestContext>>().cloned().ok_or_else(|| Problem::internal("no call"))?;
    let places = request.app_data::<Data<StreamPlaces>>().ok_or_else(|| Problem::internal("no places"))?;
    places.0.take(call.claimant, 1).await.map_err(|_| Problem::too_many_streams())
}
