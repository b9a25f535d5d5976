//! The text of a batch, in blocks.

use std::io::Read;
use thidua_domain::violation::Violation;
use thidua_http::request::batch::text::{BLOCK, Line, ROW, RowBytes, Text};

fn text<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Text {
    let mut text = Text::default();
    pieces.into_iter().for_each(|piece| text.push(piece));
    text
}

fn lines(text: Text) -> Result<Vec<Vec<u8>>, Violation> {
    let mut found = Vec::new();
    text.lines(|line| {
        found.push(line.text.to_vec());
        Ok::<_, Violation>(())
    })?;
    Ok(found)
}

#[test]
fn lines_are_found_wherever_blocks_and_pieces_end() {
    let long = vec![b'x'; BLOCK - 3];
    let whole = [&b"one\n\n  two \r\n"[..], &long, b"\n", &long, b"\nlast"].concat();
    let expected: Vec<_> = [&b"one"[..], b"two", &long, &long, b"last"].map(<[u8]>::to_vec).into();
    for size in [1, 7, BLOCK, whole.len()] {
        let text = text(whole.chunks(size));
        assert_eq!(text.short(), None);
        assert_eq!(lines(text).expect("lines"), expected, "in pieces of {size}");
    }
    assert_eq!(text([&b"a"[..], b"b"]).short(), Some(&b"ab"[..]));
}

#[test]
fn a_line_is_told_by_its_place_in_the_whole_text() {
    let spaces = " ".repeat(3 * ROW);
    let whole = format!("\n a\r\n\n\t\n{spaces}b\n  c");
    for size in [1, 5, BLOCK, whole.len()] {
        let mut found = Vec::new();
        let take = |line: Line<'_>| {
            found.push((line.number, line.indent, line.text.to_vec()));
            Ok::<_, Violation>(())
        };
        text(whole.as_bytes().chunks(size)).lines(take).expect("lines");
        assert_eq!(found, [(2, 1, b"a".to_vec()), (5, 3 * ROW, b"b".to_vec()), (6, 2, b"c".to_vec())], "of {size}");
    }
}

#[test]
fn a_line_has_so_many_bytes_and_no_more() {
    let line = |length| text([&b"{}\n"[..], &vec![b' '; 3 * ROW], &vec![b'x'; length], b"\n{}"]);
    assert_eq!(lines(line(ROW)).expect("lines").len(), 3);
    let refused = lines(line(ROW + 1)).expect_err("too many");
    assert_eq!((refused.pointer.as_str(), refused.code), ("/1", "row_too_large"));
}

#[test]
fn a_reader_gives_all_of_it_and_stops_in_a_row_that_is_too_large() {
    let whole: Vec<u8> = (0..3 * BLOCK).map(|number| (number % 251) as u8).collect();
    let (row, mut read, mut some) = (RowBytes::default(), Vec::new(), [0; 1000]);
    let mut reader = text([&whole[..]]).reader(&row);
    while let Ok(count @ 1..) = reader.read(&mut some) {
        read.extend_from_slice(&some[..count]);
        row.begin();
    }
    assert_eq!(read, whole);
    let (row, mut all) = (RowBytes::default(), Vec::new());
    assert!(text([&whole[..]]).reader(&row).read_to_end(&mut all).is_err() && row.are_too_many());
    assert!(all.len() <= ROW);
}
