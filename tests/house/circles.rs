//! Circles of files that import each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Files with those they import.
pub type Graph<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Imports that may lie on a circle: without files that import nothing, or that nothing imports, until none is left.
pub fn core<'a>(graph: &Graph<'a>) -> Graph<'a> {
    let imported: BTreeSet<_> = graph.values().flatten().copied().collect();
    let is_inside = |file: &&str| imported.contains(file) && graph.contains_key(file);
    let inside = graph.iter().filter(|(file, _)| is_inside(file));
    let inside = inside.map(|(file, next)| (*file, next.iter().copied().filter(is_inside).collect::<BTreeSet<_>>()));
    let inside: Graph<'a> = inside.filter(|(_, next)| !next.is_empty()).collect();
    if inside == *graph { inside } else { core(&inside) }
}

/// The shortest way from a file to another along imports, both included.
pub fn way<'a>(graph: &Graph<'a>, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
    let mut ways = VecDeque::from([vec![from]]);
    let mut seen = BTreeSet::from([from]);
    while let Some(way) = ways.pop_front() {
        let last = *way.last()?;
        if last == to {
            return Some(way);
        }
        let next = graph.get(last).into_iter().flatten().filter(|next| seen.insert(**next));
        ways.extend(next.map(|next| [way.as_slice(), &[*next]].concat()));
    }
    None
}

#[test]
fn a_way_is_the_shortest_and_only_circles_are_left_without_their_ends() {
    let graph = Graph::from([
        ("a", BTreeSet::from(["b", "d"])),
        ("b", BTreeSet::from(["c"])),
        ("c", BTreeSet::from(["a", "d"])),
    ]);
    assert_eq!(way(&graph, "b", "a"), Some(vec!["b", "c", "a"]));
    assert_eq!(way(&graph, "a", "d"), Some(vec!["a", "d"]));
    assert_eq!(way(&graph, "d", "a"), None);
    let graph =
        Graph::from([("a", BTreeSet::from(["b"])), ("b", BTreeSet::from(["a", "c"])), ("x", BTreeSet::from(["a"]))]);
    assert_eq!(core(&graph), Graph::from([("a", BTreeSet::from(["b"])), ("b", BTreeSet::from(["a"]))]));
    assert_eq!(core(&Graph::from([("x", BTreeSet::from(["a"])), ("a", BTreeSet::from(["b"]))])), Graph::new());
}
