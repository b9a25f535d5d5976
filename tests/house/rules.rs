//! Rules of imports, and the imports that break them.

use super::circles::{self, Graph};
use super::names::{self, Import, Names};
use super::plans::{self, Plan};
use super::sources::Crate;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Formatter, Result};

/// A rule of the house; `plans.rs` says them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A file imports from a floor above it.
    Floor,
    /// A wing imports from one before it.
    Wing,
    /// A file names a file inside another one's folder.
    Private,
    /// A file is imported, directly or through others, by what it imports.
    Circle,
}

/// An import that breaks a rule, wherever a file has it.
#[derive(Debug)]
pub struct Finding {
    pub rule: Rule,
    /// The crate.
    of: String,
    from: String,
    to: String,
    /// Lines with what is imported there.
    imports: Vec<(usize, String)>,
    /// The reason.
    because: String,
}

impl Finding {
    /// The rule, and the two files.
    fn entry(&self) -> String {
        let rule = format!("{:?}", self.rule).to_lowercase();
        format!("{rule} {of}/{from} -> {of}/{to}", of = self.of, from = self.from, to = self.to)
    }
}

impl Display for Finding {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        writeln!(out, "{}: {}", self.entry(), self.because)?;
        for (line, path) in &self.imports {
            writeln!(out, "    crates/{}/src/{}:{line} imports {path}", self.of, self.from)?;
        }
        Ok(())
    }
}

/// Imports of a crate that break a rule.
pub fn findings(of: &Crate) -> Vec<Finding> {
    let sources = names::sources(of);
    let names = Names::new(&sources);
    let imports = names.imports();
    let mut found = Found::default();
    for import in &imports {
        if let Some(plan) = plans::of(&of.name) {
            found.place(import, plan);
        }
        found.private(import, of);
    }
    found.circles(&imports);
    found.into_findings(&of.name)
}

/// A broken rule, between two files.
type Key<'a> = (Rule, &'a str, &'a str);

/// The reason a rule is broken, with the imports that break it.
type Broken = (String, BTreeSet<(usize, String)>);

#[derive(Default)]
struct Found<'a>(BTreeMap<Key<'a>, Broken>);

impl<'a> Found<'a> {
    fn add(&mut self, rule: Rule, import: &Import<'a>, to: &'a str, because: impl FnOnce() -> String) {
        let (_, imports) = self.0.entry((rule, import.from, to)).or_insert_with(|| (because(), BTreeSet::new()));
        imports.insert((import.line, format!("crate::{}", import.path.join("::"))));
    }

    /// Floors and wings. What is named counts as what is meant: a name from above looks up, wherever its thing is.
    fn place(&mut self, import: &Import<'a>, plan: &Plan) {
        let Some(from) = plan.place(import.from) else { return };
        for to in BTreeSet::from([import.named, import.to]) {
            let Some(place) = plan.place(to) else { continue };
            if place.floor < from.floor {
                self.add(Rule::Floor, import, to, || format!("{} stands above {}", place.name, from.name));
            } else if place.floor == from.floor && place.wing < from.wing {
                self.add(Rule::Wing, import, to, || format!("{} may not look at {}", from.name, place.name));
            }
        }
    }

    fn private(&mut self, import: &Import<'a>, of: &Crate) {
        let module = import.named.strip_suffix("/mod.rs").unwrap_or(import.named);
        let Some((folder, _)) = module.rsplit_once('/') else { return };
        let is_inside =
            [&format!("{folder}/"), &format!("{folder}.rs")].iter().any(|own| import.from.starts_with(*own));
        let is_open = plans::of(&of.name).is_some_and(|plan| plan.is_open(folder));
        if !is_inside && !is_open {
            self.add(Rule::Private, import, import.named, || format!("{folder} is private but for its front"));
        }
    }

    /// Circles of the imports that no other rule forbids: where a floor looks up there is always one.
    fn circles(&mut self, imports: &[Import<'a>]) {
        let allowed = |import: &&Import<'a>| {
            let broken = |rule| self.0.contains_key(&(rule, import.from, import.to));
            !import.is_passed_on && !broken(Rule::Floor) && !broken(Rule::Wing)
        };
        let allowed: Vec<_> = imports.iter().filter(allowed).collect();
        let mut graph = Graph::new();
        for import in &allowed {
            graph.entry(import.from).or_default().insert(import.to);
        }
        let graph = circles::core(&graph);
        for import in allowed.into_iter().filter(|import| graph.contains_key(import.to)) {
            if let Some(back) = circles::way(&graph, import.to, import.from) {
                self.add(Rule::Circle, import, import.to, || format!("{} goes back to it", back.join(" → ")));
            }
        }
    }

    fn into_findings(self, of: &str) -> Vec<Finding> {
        let finding = |((rule, from, to), (because, imports)): (Key<'_>, Broken)| Finding {
            rule,
            of: of.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
            imports: imports.into_iter().collect(),
            because,
        };
        self.0.into_iter().map(finding).collect()
    }
}
