//! Names of a crate: the file that a path leads to, through all that only pass its name on.

use super::imports::{self, Source, Use, Written};
use super::sources::Crate;
use std::collections::{BTreeMap, BTreeSet};

/// Names joined by `::`. A module's begin below the crate.
pub type Path = Vec<String>;

/// Times a name may be passed on: more than there are, and an end where two names pass on each other.
const STEPS: usize = 16;

/// A crate's modules and names.
pub struct Names<'a> {
    sources: &'a BTreeMap<&'a str, Source>,
    /// The file of each module.
    modules: BTreeMap<&'a Path, &'a str>,
    /// By module the names that `use` declarations bring into it.
    bound: BTreeMap<&'a Path, BTreeMap<&'a str, &'a Written>>,
    /// The file of each macro that is called by the crate's name.
    macros: BTreeMap<&'a str, &'a str>,
}

/// An import of another file of the crate.
pub struct Import<'a> {
    pub from: &'a str,
    pub line: usize,
    /// The path below the crate.
    pub path: Path,
    /// The file that the path names.
    pub named: &'a str,
    /// The file that has the thing: another one if `named` only passes it on.
    pub to: &'a str,
    /// True for a name that is passed on and not used here.
    pub is_passed_on: bool,
}

/// Reads the sources of a crate.
pub fn sources(of: &Crate) -> BTreeMap<&str, Source> {
    // `main.rs` is a crate of its own, which imports this one.
    let files = of.files.iter().filter(|(path, _)| *path != "main.rs");
    files.map(|(path, text)| (path.as_str(), imports::read(text, module_of(path)))).collect()
}

impl<'a> Names<'a> {
    pub fn new(sources: &'a BTreeMap<&'a str, Source>) -> Self {
        let mut names = Self { sources, modules: BTreeMap::new(), bound: BTreeMap::new(), macros: BTreeMap::new() };
        for (file, source) in sources {
            names.modules.extend(source.modules.iter().map(|module| (module, *file)));
            names.macros.extend(source.exported_macros.iter().map(|name| (name.as_str(), *file)));
            for one in &source.uses {
                names.bound.entry(&one.import.module).or_default().insert(&one.name, &one.import);
            }
        }
        names
    }

    /// All imports of other files.
    pub fn imports(&self) -> Vec<Import<'a>> {
        self.sources.iter().flat_map(|(file, source)| self.imports_of(file, source)).collect()
    }

    fn imports_of(&self, file: &'a str, source: &'a Source) -> Vec<Import<'a>> {
        let declared = source.uses.iter().filter_map(|one| self.import(file, &one.import, is_passed_on(one, source)));
        let (whole, begun): (Vec<_>, Vec<_>) = source.paths.iter().partition(|path| path.is_whole());
        let mut found: Vec<_> = declared.collect();
        found.extend(whole.into_iter().filter_map(|path| self.import(file, path, false)));
        // A path that goes on from an imported name is told only where it leads to another file than the name did.
        let known: BTreeSet<_> = found.iter().map(|import| import.to).collect();
        let more = begun.into_iter().filter_map(|path| self.import(file, path, false));
        found.extend(more.filter(|import| !known.contains(import.to)));
        found
    }

    fn import(&self, from: &'a str, written: &Written, is_passed_on: bool) -> Option<Import<'a>> {
        let path = self.below_the_crate(written, STEPS)?;
        let (named, to) = self.files(&path, STEPS);
        (to != from).then_some(Import { from, line: written.line, path, named, to, is_passed_on })
    }

    /// The path below the crate; none for a path into another crate, or of a type or variable.
    fn below_the_crate(&self, written: &Written, steps: usize) -> Option<Path> {
        let (first, rest) = written.path.split_first()?;
        if first == "crate" {
            return Some(rest.to_vec());
        }
        if first == "self" || first == "super" {
            let ups = written.path.iter().filter(|name| *name == "super").count();
            let module = &written.module[..written.module.len().checked_sub(ups)?];
            let below = &written.path[ups + usize::from(first == "self")..];
            return Some([module, below].concat());
        }
        let child = [written.module.as_slice(), &written.path[..1]].concat();
        if self.modules.contains_key(&child) {
            return Some([child.as_slice(), rest].concat());
        }
        let bound = self.bound.get(&written.module)?.get(first.as_str())?;
        let path = self.below_the_crate(bound, steps.checked_sub(1)?)?;
        Some([path.as_slice(), rest].concat())
    }

    /// The file that a path names, and the one that has the thing.
    fn files(&self, path: &Path, steps: usize) -> (&'a str, &'a str) {
        let known = (0..=path.len()).rev().find(|length| self.modules.contains_key(&path[..*length].to_vec()));
        let length = known.unwrap_or_default();
        let module = path[..length].to_vec();
        let named = self.modules.get(&module).copied().unwrap_or("lib.rs");
        let Some(name) = path.get(length) else { return (named, named) };
        let passed_on = || {
            let bound = self.bound.get(&module)?.get(name.as_str())?;
            let further = self.below_the_crate(bound, STEPS)?;
            let further = [further.as_slice(), &path[length + 1..]].concat();
            Some(self.files(&further, steps.checked_sub(1)?).1)
        };
        let exported = || self.macros.get(name.as_str()).copied().filter(|_| module.is_empty());
        (named, passed_on().or_else(exported).unwrap_or(named))
    }
}

fn is_passed_on(one: &Use, source: &Source) -> bool {
    one.is_public && !source.words.contains(&one.name)
}

/// The module that a file is.
fn module_of(path: &str) -> Path {
    let path = path.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if path == "lib" { Path::new() } else { path.split('/').map(str::to_owned).collect() }
}
