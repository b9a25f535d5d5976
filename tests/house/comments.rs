//! Doc comments: the first sentence names the thing, so none opens with a question word.

use proc_macro2::{TokenStream, TokenTree};

const QUESTIONS: [&str; 10] = ["What", "Whether", "Who", "Whom", "Whose", "How", "When", "Where", "Why", "Which"];

/// True for a text that opens with a question word.
pub fn is_question(text: &str) -> bool {
    let word = text.trim_start().split(|c: char| !c.is_alphanumeric()).next();
    word.is_some_and(|word| QUESTIONS.contains(&word))
}

/// Doc comments of a source that open with a question word, as `line: text`.
pub fn questions(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    read(source.parse().unwrap_or_else(|error| panic!("no Rust: {error}\n{source}")), &mut found);
    found
}

fn read(tokens: TokenStream, found: &mut Vec<String>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut at = 0;
    let mut before = None;
    while at < tokens.len() {
        let line = doc(&tokens[at..]);
        if let Some(line) = &line {
            // A comment has an attribute per line: one of the same kind goes on with it.
            if before != Some(line.kind) && is_question(&line.text) {
                found.push(format!("{}: {}", line.number, line.text.trim()));
            }
            at += line.kind.tokens();
        } else {
            if let TokenTree::Group(group) = &tokens[at] {
                read(group.stream(), found);
            }
            at += 1;
        }
        before = line.map(|line| line.kind);
    }
}

/// A line of a doc comment.
struct Line {
    kind: Kind,
    number: usize,
    text: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// `///`, which is `#[doc = "…"]`.
    Outer,
    /// `//!`, which is `#![doc = "…"]`.
    Inner,
}

impl Kind {
    fn tokens(self) -> usize {
        match self {
            Self::Outer => 2,
            Self::Inner => 3,
        }
    }
}

/// The line of a doc comment that tokens begin with.
fn doc(tokens: &[TokenTree]) -> Option<Line> {
    let is = |token: &TokenTree, sign| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
    let (kind, group) = match tokens {
        [hash, TokenTree::Group(group), ..] if is(hash, '#') => (Kind::Outer, group),
        [hash, mark, TokenTree::Group(group), ..] if is(hash, '#') && is(mark, '!') => (Kind::Inner, group),
        _ => return None,
    };
    let attribute: Vec<_> = group.stream().into_iter().collect();
    match attribute.as_slice() {
        [TokenTree::Ident(name), _, TokenTree::Literal(text)] if name == "doc" => {
            let written = text.to_string();
            // Quotes and, around a raw text, its signs.
            let text = written.trim_start_matches(['r', '#']).trim_end_matches('#').trim_matches('"');
            Some(Line { kind, number: group.span_open().start().line, text: text.to_owned() })
        }
        _ => None,
    }
}

#[test]
fn every_kind_of_doc_comment_is_seen_where_it_opens() {
    let source = r##"
        //! Why there is a module.

        /// Whose thing it is.
        /// What it is for stands in the second line.
        ///
        /// When a paragraph opens so, nothing is wrong.
        pub struct Thing {
            /// Whether it is so.
            flag: bool,
        }

        /** How it is
            done. */
        fn done() {}

        #[doc = " Who did it."]
        #[doc = r#"What he did."#]
        fn did() {}

        #[doc = r#"Where it was."#]
        fn was() {}

        in_a_macro! {
            /// When it is so.
            fn why(world: World) {
                // What a plain comment says.
                let text = "/// What a text says";
            }
        }

        /// However it ends, `What` is no question here.
        fn end() {}
    "##;
    let found = questions(source);
    let opened: Vec<_> = found.iter().map(|one| one.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(opened, ["2: Why", "4: Whose", "9: Whether", "13: How", "17: Who", "21: Where", "25: When"]);
}
