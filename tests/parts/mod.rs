//! Parts of the program by themselves, through their public functions: promises that no request shows for certain.
//! A file for each part, by the name of its source. Their crates have no tests inside, so that they are compiled once.

mod assumed;
mod did_you_mean;
mod fair_queue;
mod json;
mod literal;
mod numbers;
mod paced;
mod payload;
mod preferences;
mod read_pool;
mod refresh_tokens;
mod room;
mod sets;
mod text;
mod texts;
mod waiting;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

/// The value of a future, if it has come. A future that is asked for the first time begins to wait.
async fn come<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    poll_fn(|context| match Pin::new(&mut *future).poll(context) {
        Poll::Ready(value) => Poll::Ready(Some(value)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
