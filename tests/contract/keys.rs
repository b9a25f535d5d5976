//! Keys of texts in the sources: which the code asks for, and with which values.

use crate::house::sources;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::BTreeSet;
use thidua_http::texts::{Language, catalogue};

/// Types whose `new` takes keys, with their positions among its arguments. Besides these, every function with an argument
/// `key: &'static str`.
const TAKERS: &[(&str, &[usize])] =
    &[("Violation", &[1]), ("Problem", &[1]), ("Message", &[0]), ("FindingText", &[0, 1])];

/// Those of them that ask for texts of refusals.
const REFUSALS: &[&str] = &["Violation", "Problem"];

/// Crates whose sources say something to a caller.
const CRATES: &[&str] = &["domain", "persistence", "sample", "http"];

/// A function that asks for texts.
#[derive(Debug, Default)]
pub struct Function {
    /// File and name.
    pub place: String,
    /// Keys of refusals: a code, and behind a dot the variant.
    pub refusals: BTreeSet<String>,
    /// Keys of other texts.
    pub phrases: BTreeSet<String>,
    /// Names of the values that it gives.
    pub values: BTreeSet<String>,
}

impl Function {
    /// All keys.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.refusals.iter().chain(&self.phrases)
    }
}

/// The functions of the product that ask for texts.
pub fn of_the_product() -> Vec<Function> {
    let crates = sources::crates().into_iter().filter(|one| CRATES.contains(&one.name.as_str()));
    let files = crates.flat_map(|one| {
        one.files.into_iter().map(move |(path, text)| (format!("{}/{path}", one.name), text)).collect::<Vec<_>>()
    });
    let mut found = of(&files.collect::<Vec<_>>());
    found.push(of_the_page());
    found
}

/// Scripts of the page: they ask for words of their own (`word("log_in")`), and for those of the frame that stand in the
/// catalogue, which they find by what the frame says.
fn of_the_page() -> Function {
    let folder = sources::root().join("crates/http/page");
    let files =
        std::fs::read_dir(&folder).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    let mut phrases = BTreeSet::new();
    for text in files {
        let asked = text.split("word(\"").skip(1).filter_map(|rest| rest.split_once("\")"));
        phrases.extend(asked.map(|(name, _)| format!("phrase.page.word.{name}")));
    }
    assert!(phrases.len() > 10, "{phrases:?}");
    let frame = catalogue(Language::English).entries().map(|(key, _)| key.to_owned());
    phrases.extend(frame.filter(|key| key.starts_with("phrase.page.frame.")));
    Function { place: "http/page".to_owned(), phrases, ..Function::default() }
}

/// The functions of sources, by path, that ask for texts.
pub fn of(files: &[(String, String)]) -> Vec<Function> {
    let parsed: Vec<_> = files
        .iter()
        .map(|(path, text)| (path, text.parse::<TokenStream>().unwrap_or_else(|error| panic!("{path}: {error}"))))
        .collect();
    let mut takers = Vec::new();
    parsed.iter().for_each(|(_, tokens)| functions(tokens, &mut |name, head, _| takers.extend(taker(name, head))));
    let mut found = Vec::new();
    for (path, tokens) in &parsed {
        functions(tokens, &mut |name, head, body| {
            let mut function = Function { place: format!("{path} {name}"), ..Function::default() };
            let is_passed_on = taker(name, head).is_some();
            Reader { takers: &takers, body, is_passed_on }.read(body, &mut function);
            if function.keys().next().is_some() || !function.values.is_empty() {
                found.push(function);
            }
        });
    }
    found
}

/// Visits every function with its name, its parameters and its body.
fn functions(tokens: &TokenStream, visitor: &mut dyn FnMut(&str, &Group, &TokenStream)) {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at..] {
            [TokenTree::Ident(word), TokenTree::Ident(name), rest @ ..] if word == "fn" => {
                let end = rest.iter().position(|token| is(token, ';')).unwrap_or(rest.len());
                let group = |wanted| move |token: &TokenTree| group_of(token, wanted);
                let head = rest[..end].iter().find_map(group(Delimiter::Parenthesis));
                let body = rest.iter().position(|token| group_of(token, Delimiter::Brace).is_some());
                if let (Some(head), Some(body)) = (head, body.filter(|body| *body < end)) {
                    let stream =
                        group_of(&rest[body], Delimiter::Brace).map(|group| group.stream()).unwrap_or_default();
                    visitor(&name.to_string(), &head, &stream);
                    at += 2 + body;
                } else {
                    at += 2;
                }
            }
            [TokenTree::Group(group), ..] => {
                functions(&group.stream(), visitor);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// A function that is given a key, with the key's position.
fn taker(name: &str, head: &Group) -> Option<(String, usize)> {
    let position = arguments(head).iter().position(|argument| is_key(argument))?;
    Some((name.to_owned(), position))
}

/// True for `key: &'static str`. Keys of rows and the like have other types.
fn is_key(argument: &[TokenTree]) -> bool {
    argument.iter().map(ToString::to_string).collect::<String>() == "key:&'staticstr"
}

/// True for a text of the form of a key; another function of the same name may take other texts.
fn has_the_form_of_a_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.'))
}

/// A reader of one function.
struct Reader<'a> {
    takers: &'a [(String, usize)],
    body: &'a TokenStream,
    /// True when the function is given its key.
    is_passed_on: bool,
}

impl Reader<'_> {
    fn read(&self, tokens: &TokenStream, found: &mut Function) {
        let tokens: Vec<_> = tokens.clone().into_iter().collect();
        for at in 0..tokens.len() {
            match &tokens[at..] {
                [dot, TokenTree::Ident(name), TokenTree::Group(call), ..] if is(dot, '.') && name == "with" => {
                    found.values.extend(arguments(call).first().and_then(|argument| literal(argument)));
                }
                // The one text that the rendering itself asks for.
                [dot, TokenTree::Ident(name), TokenTree::Group(call), ..] if is(dot, '.') && name == "text" => {
                    let key = arguments(call).first().and_then(|argument| literal(argument));
                    found.phrases.extend(key.filter(|key| key.starts_with("phrase.")));
                }
                [TokenTree::Ident(of), one, two, TokenTree::Ident(new), TokenTree::Group(call), ..]
                    if is(one, ':') && is(two, ':') && new == "new" =>
                {
                    let of = if of == "Self" { "Problem".to_owned() } else { of.to_string() };
                    if let Some((_, positions)) = TAKERS.iter().find(|(name, _)| *name == of) {
                        let arguments = arguments(call);
                        let keys = positions.iter().filter_map(|position| arguments.get(*position));
                        let kind =
                            if REFUSALS.contains(&of.as_str()) { &mut found.refusals } else { &mut found.phrases };
                        kind.extend(keys.flat_map(|argument| self.keys(argument)));
                    }
                }
                [TokenTree::Ident(name), TokenTree::Group(call), ..] if call.delimiter() == Delimiter::Parenthesis => {
                    let known = self.takers.iter().filter(|(taker, _)| name == taker.as_str() && taker != "new");
                    let keys = known.filter_map(|(_, position)| literal(arguments(call).get(*position)?));
                    found.refusals.extend(keys.filter(|key| has_the_form_of_a_key(key)));
                }
                _ => {}
            }
            if let TokenTree::Group(group) = &tokens[at] {
                self.read(&group.stream(), found);
            }
        }
    }

    /// The keys that an argument can be: as it stands, chosen in place, or by the name `key`.
    fn keys(&self, argument: &[TokenTree]) -> Vec<String> {
        match argument {
            [TokenTree::Literal(_)] => literal(argument).into_iter().collect(),
            [TokenTree::Ident(name)] if name == "key" && self.is_passed_on => Vec::new(),
            [TokenTree::Ident(name)] if name == "key" => {
                let chosen = chosen_by_name(self.body);
                assert!(!chosen.is_empty(), "a key from nowhere: {}", self.body);
                chosen
            }
            _ => results(argument),
        }
    }
}

/// The literals that a `let key = …;` chooses from.
fn chosen_by_name(tokens: &TokenStream) -> Vec<String> {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        if let [TokenTree::Ident(word), TokenTree::Ident(name), rest @ ..] = &tokens[at..]
            && word == "let"
            && name == "key"
        {
            let end = rest.iter().position(|token| is(token, ';')).unwrap_or(rest.len());
            found.extend(results(&rest[..end]));
        }
        if let TokenTree::Group(group) = &tokens[at] {
            found.extend(chosen_by_name(&group.stream()));
        }
    }
    found
}

/// The literals that arms of a `match` end in.
fn results(tokens: &[TokenTree]) -> Vec<String> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        match &tokens[at..] {
            [one, two, TokenTree::Literal(_), ..] if is(one, '=') && is(two, '>') => {
                found.extend(literal(&tokens[at + 2..at + 3]));
            }
            [TokenTree::Group(group), ..] => found.extend(results(&group.stream().into_iter().collect::<Vec<_>>())),
            _ => {}
        }
    }
    found
}

/// The text of a string literal that stands alone.
fn literal(argument: &[TokenTree]) -> Option<String> {
    let [TokenTree::Literal(literal)] = argument else { return None };
    Some(literal.to_string().strip_prefix('"')?.strip_suffix('"')?.to_owned())
}

/// The arguments of a call, or the parameters of a function.
fn arguments(call: &Group) -> Vec<Vec<TokenTree>> {
    let tokens: Vec<_> = call.stream().into_iter().collect();
    tokens.split(|token| is(token, ',')).map(<[TokenTree]>::to_vec).collect()
}

fn group_of(token: &TokenTree, delimiter: Delimiter) -> Option<Group> {
    match token {
        TokenTree::Group(group) if group.delimiter() == delimiter => Some(group.clone()),
        _ => None,
    }
}

fn is(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}
