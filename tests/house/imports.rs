//! Imports of a source: `use` declarations, and paths in bodies, attributes and macros.

use super::names::Path;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// A source as its tokens tell.
#[derive(Default)]
pub struct Source {
    /// Its own module and those written out in it.
    pub modules: Vec<Path>,
    pub uses: Vec<Use>,
    pub paths: Vec<Written>,
    /// Macros for the whole crate, which are called by the crate's name.
    pub exported_macros: Vec<String>,
    /// Every word outside of `use` declarations.
    pub words: BTreeSet<String>,
}

/// A path as it is written.
#[derive(Clone, Debug)]
pub struct Written {
    pub line: usize,
    /// The module it stands in, against which it is read.
    pub module: Path,
    pub path: Path,
}

impl Written {
    /// True for a path that says where it begins, and does not go on from a name brought in.
    pub fn is_whole(&self) -> bool {
        ["crate", "self", "super"].contains(&self.path[0].as_str())
    }
}

/// A name that a `use` declaration brings into its module.
#[derive(Debug)]
pub struct Use {
    pub name: String,
    pub import: Written,
    /// True for `pub use`, which passes the name on.
    pub is_public: bool,
}

/// Reads a source.
pub fn read(text: &str, module: Path) -> Source {
    let mut source = Source::default();
    let tokens = text.parse().unwrap_or_else(|error| panic!("{module:?} is no Rust: {error}"));
    source.module(tokens, module);
    source
}

impl Source {
    fn module(&mut self, tokens: TokenStream, module: Path) {
        self.modules.push(module.clone());
        self.tokens(tokens, &module);
    }

    fn tokens(&mut self, tokens: TokenStream, module: &Path) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at += match &tokens[at..] {
                // `pub(in path)` is no import.
                [TokenTree::Ident(word), TokenTree::Group(group), ..] if word == "pub" && is_restriction(group) => 2,
                // `impl Trait + use<'a>` is no declaration.
                [TokenTree::Ident(word), next, ..] if word == "use" && !is(next, '<') => {
                    let length = tokens[at..].iter().position(|token| is(token, ';')).unwrap_or(tokens.len() - at);
                    let is_public = is_public(&tokens[..at]);
                    self.use_tree(&tokens[at + 1..at + length], module, &Vec::new(), is_public);
                    length
                }
                [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(body), ..] if word == "mod" => {
                    self.module(body.stream(), [module.as_slice(), &[name.to_string()]].concat());
                    3
                }
                [TokenTree::Ident(word), mark, TokenTree::Ident(name), ..]
                    if word == "macro_rules" && is(mark, '!') =>
                {
                    if has_attribute(&tokens[..at], |attribute| attribute == "macro_export") {
                        self.exported_macros.push(name.to_string());
                    }
                    3
                }
                [TokenTree::Ident(first), ..] => {
                    let path = path_of(&tokens[at..]);
                    self.words.insert(path[0].clone());
                    // Behind `::` or `.` it is a part of something else.
                    let begins = at == 0 || !(is(&tokens[at - 1], ':') && at > 1 && is(&tokens[at - 2], ':'));
                    let length = path.len() * 3 - 2;
                    if begins && path.len() > 1 {
                        let line = first.span().start().line;
                        self.paths.push(Written { line, module: module.clone(), path });
                    }
                    length
                }
                [TokenTree::Group(group), ..] => {
                    self.tokens(group.stream(), module);
                    1
                }
                _ => 1,
            };
        }
    }

    /// A `use` declaration, or a part of one behind a prefix.
    fn use_tree(&mut self, tokens: &[TokenTree], module: &Path, prefix: &Path, is_public: bool) {
        for part in tokens.split(|token| is(token, ',')).filter(|part| !part.is_empty()) {
            let line = part[0].span().start().line;
            let path = [prefix.clone(), path_of(part)].concat();
            let rest = &part[(path.len() - prefix.len()) * 3 - usize::from(path.len() > prefix.len()) * 2..];
            match rest {
                [.., TokenTree::Group(group)] => {
                    let inner: Vec<_> = group.stream().into_iter().collect();
                    self.use_tree(&inner, module, &path, is_public);
                }
                _ => {
                    let path = if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
                        path[..path.len() - 1].to_vec()
                    } else {
                        path
                    };
                    let name = match rest {
                        [TokenTree::Ident(word), TokenTree::Ident(name)] if word == "as" => name.to_string(),
                        // All names of a module: which ones is not said.
                        [.., star] if is(star, '*') => "*".to_owned(),
                        _ => path.last().cloned().unwrap_or_default(),
                    };
                    self.uses.push(Use { name, import: Written { line, module: module.clone(), path }, is_public });
                }
            }
        }
    }
}

fn is(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

/// The names that tokens begin with, joined by `::`.
fn path_of(tokens: &[TokenTree]) -> Path {
    let mut path = Path::new();
    let mut rest = tokens;
    while let [TokenTree::Ident(name), after @ ..] = rest {
        path.push(name.to_string());
        match after {
            [one, other, after @ ..] if is(one, ':') && is(other, ':') => rest = after,
            _ => break,
        }
    }
    path
}

/// True for `(crate)`, `(super)` and `(in path)` behind `pub`; a type in parentheses may stand there as well.
fn is_restriction(group: &Group) -> bool {
    let tokens: Vec<_> = group.stream().into_iter().collect();
    group.delimiter() == Delimiter::Parenthesis
        && matches!(tokens.as_slice(), [TokenTree::Ident(word), rest @ ..] if rest.is_empty() || word == "in")
}

/// True when a declaration behind these tokens is public, if only within the crate.
fn is_public(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(word)] => word == "pub",
        [.., TokenTree::Ident(word), TokenTree::Group(group)] => word == "pub" && is_restriction(group),
        _ => false,
    }
}

/// True when an attribute that these tokens end with is one looked for.
fn has_attribute(before: &[TokenTree], looked_for: impl Fn(&str) -> bool) -> bool {
    let mut rest = before;
    while let [earlier @ .., hash, TokenTree::Group(group)] = rest {
        if !is(hash, '#') {
            return false;
        }
        if looked_for(&group.stream().to_string()) {
            return true;
        }
        rest = earlier;
    }
    false
}
