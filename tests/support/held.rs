//! Requests on a socket of their own: the head goes first, and the body when the test says so.

use crate::client::Client;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A request that the server has begun to handle.
pub struct Held {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

impl Held {
    /// Sends the head of a request with `Expect: 100-continue`, and returns when the server has begun with it (RFC
    /// 9110, section 10.1.1).
    pub fn begin(client: &Client, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let address = client.url().strip_prefix("http://").expect("an address");
        let mut stream = TcpStream::connect(address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time");
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n");
        if let Some(token) = client.token() {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        stream.write_all(head.as_bytes()).expect("a head is taken");
        let mut held = Self { stream: BufReader::new(stream), body: body.to_vec() };
        assert_eq!(held.line(), "HTTP/1.1 100 Continue", "{method} {path}");
        assert_eq!(held.line(), "", "{method} {path}");
        held
    }

    /// Sends the body, and reads the answer: its status, and its body as JSON.
    pub fn finish(self) -> (u16, Value) {
        let (status, body) = self.finish_with_text();
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    /// As [`Held::finish`], with the body as it is, chunks and all.
    pub fn finish_with_text(mut self) -> (u16, String) {
        let body = std::mem::take(&mut self.body);
        self.stream.get_mut().write_all(&body).expect("a body is taken");
        let status = self.line();
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        while !self.line().is_empty() {}
        (status, self.rest())
    }

    /// The next line of the answer.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.stream.read_line(&mut line).expect("a line");
        line.trim_end_matches(['\r', '\n']).to_owned()
    }

    /// The rest of the answer, until the server closes.
    pub fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest).expect("the server closes");
        String::from_utf8_lossy(&rest).into_owned()
    }
}
