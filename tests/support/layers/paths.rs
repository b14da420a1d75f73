//! Finds every path that a source file names: in `use` trees, expressions, types, attributes and
//! inside macro calls alike, because it reads tokens instead of syntax.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One source file, read.
#[derive(Debug, Default)]
pub(crate) struct Source {
    /// `src/alert/mod.rs`.
    pub(crate) name: String,
    /// `["alert"]`; empty for lib.rs and main.rs.
    pub(crate) module_path: Vec<String>,
    /// Has `//!`.
    pub(crate) documented: bool,
    /// All paths; `super::` and `self::` are resolved to `crate::`.
    pub(crate) paths: Vec<Found>,
    /// Keywords that matter for purity.
    pub(crate) words: Vec<Found>,
    /// Files that its `mod` lines stand for.
    pub(crate) declares: Vec<Declared>,
    /// What would blind this reader, so it is refused.
    pub(crate) refused: Vec<Found>,
    aliases: BTreeMap<String, Vec<String>>,
}

/// A path or word.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// `["crate", "model", "alert"]`.
    pub(crate) segments: Vec<String>,
    /// Line in its file.
    pub(crate) line: usize,
    /// Stands below `#[cfg(test)]`.
    pub(crate) test: bool,
}

/// A file that a `mod` line stands for.
#[derive(Debug)]
pub(crate) struct Declared {
    /// Relative to the root.
    pub(crate) file: String,
    /// Declared below `#[cfg(test)]`.
    pub(crate) test: bool,
}

impl Source {
    /// Reads `text` as the file `name`.
    pub(crate) fn read(name: &str, text: &str) -> Self {
        let mut source = Self { name: name.to_owned(), ..Self::default() };
        let inner = name.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        if !source.is_root() {
            source.module_path = inner.split('/').map(str::to_owned).collect();
        }
        source.documented = text.lines().find(|l| !l.trim().is_empty()).is_some_and(|l| l.starts_with("//!"));
        match text.parse::<TokenStream>() {
            Ok(tokens) => source.walk(tokens, &mut source.module_path.clone(), false),
            Err(error) => source.refuse(1, &format!("is not Rust: {error}")),
        }
        source.follow_aliases();
        source
    }

    /// lib.rs, main.rs: they belong to no module and see all.
    pub(crate) fn is_root(&self) -> bool {
        matches!(self.name.as_str(), "src/lib.rs" | "src/main.rs")
    }

    /// The module of the table that it belongs to.
    pub(crate) fn module(&self) -> String {
        let root = || self.name.trim_start_matches("src/").trim_end_matches(".rs").to_owned();
        self.module_path.first().cloned().unwrap_or_else(root)
    }

    fn refuse(&mut self, line: usize, why: &str) {
        self.refused.push(Found { segments: vec![why.to_owned()], line, test: false });
    }

    fn walk(&mut self, tokens: TokenStream, module: &mut Vec<String>, mut test: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let outer = test;
        // Set after #[cfg(test)]: the index of the token that ends what it applies to.
        let mut test_until = None;
        let mut at = 0;
        while at < tokens.len() {
            if test_until.is_some_and(|end| at > end) {
                (test, test_until) = (outer, None);
            }
            match &tokens[at] {
                TokenTree::Punct(p) if p.as_char() == '#' => {
                    if let Some(TokenTree::Group(attribute)) = tokens.get(at + 1) {
                        let text = attribute.stream().to_string().replace(' ', "");
                        if text == "cfg(test)" {
                            test = true;
                            test_until = Some(end_of_item(&tokens, at + 2));
                        }
                        if text.starts_with("path=") {
                            self.refuse(line(&tokens[at]), "#[path] hides where a module lives");
                        }
                    }
                    at += 1;
                }
                TokenTree::Ident(word) if word == "mod" => {
                    let named = match tokens.get(at + 1) {
                        Some(TokenTree::Ident(name)) => name.to_string(),
                        _ => String::new(),
                    };
                    match tokens.get(at + 2) {
                        Some(TokenTree::Punct(p)) if p.as_char() == ';' && !named.is_empty() => {
                            self.declare(module, &named, test);
                            at += 3;
                        }
                        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => {
                            module.push(named);
                            self.walk(body.stream(), module, test);
                            module.pop();
                            at += 3;
                        }
                        _ => at += 1,
                    }
                }
                TokenTree::Ident(word) if word == "use" => {
                    at = self.tree(&tokens, at + 1, &[], module, test);
                }
                TokenTree::Ident(word) => {
                    let text = word.to_string();
                    if matches!(text.as_str(), "async" | "await") {
                        self.words.push(Found { segments: vec![text], line: line(&tokens[at]), test });
                        at += 1;
                    } else if is_separator(&tokens, at + 1) {
                        at = self.tree(&tokens, at, &[], module, test);
                    } else {
                        at += 1;
                    }
                }
                TokenTree::Group(group) => {
                    self.walk(group.stream(), module, test);
                    at += 1;
                }
                _ => at += 1,
            }
        }
    }

    /// Reads a path or `use` tree that starts at `at`; returns where to read on.
    fn tree(
        &mut self,
        tokens: &[TokenTree],
        mut at: usize,
        before: &[String],
        module: &mut Vec<String>,
        test: bool,
    ) -> usize {
        let mut path = before.to_vec();
        let start = at;
        if is_separator(tokens, at) {
            at += 2;
        }
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(word)) => path.push(word.to_string()),
                Some(TokenTree::Punct(star)) if star.as_char() == '*' && at > start => path.push("*".into()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                    for branch in inner.split(|t| matches!(t, TokenTree::Punct(p) if p.as_char() == ',')) {
                        if !branch.is_empty() {
                            self.tree(branch, 0, &path, module, test);
                        }
                    }
                    return at + 1;
                }
                // `Vec::<T>::new`: the type is read by the caller, the path ends here.
                _ => break,
            }
            at += 1;
            if !is_separator(tokens, at) {
                break;
            }
            at += 2;
        }
        if path.is_empty() {
            return at + 1;
        }
        let line = tokens.get(start).map_or(1, line);
        let renamed = match (tokens.get(at), tokens.get(at + 1)) {
            (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(name))) if word == "as" => {
                Some(name.to_string())
            }
            _ => None,
        };
        let mut segments = self.resolve(path, module);
        if segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        let whole = segments == ["crate"] || segments == ["crate", "*"];
        if whole && !self.is_root() {
            self.refuse(line, "the whole crate is used under one name, which hides what is used");
        } else if !segments.is_empty() {
            if let Some(name) = renamed.filter(|name| name != "_") {
                self.aliases.insert(name, segments.clone());
            }
            self.paths.push(Found { segments, line, test });
        }
        at.max(start + 1)
    }

    /// `super::` and `self::` as seen from `module`; `quad::` in main.rs.
    fn resolve(&self, path: Vec<String>, module: &[String]) -> Vec<String> {
        let mut home = module.to_vec();
        let mut rest = path.as_slice();
        match rest.first().map(String::as_str) {
            Some("quad") if self.name == "src/main.rs" => {
                return std::iter::once("crate".to_owned()).chain(rest[1..].iter().cloned()).collect();
            }
            Some("self") => rest = &rest[1..],
            Some("super") => {
                while rest.first().is_some_and(|s| s == "super") {
                    home.pop();
                    rest = &rest[1..];
                }
            }
            _ => return path,
        }
        std::iter::once("crate".to_owned()).chain(home).chain(rest.iter().cloned()).collect()
    }

    fn declare(&mut self, module: &[String], named: &str, test: bool) {
        let folder = std::iter::once("src").chain(module.iter().map(String::as_str)).collect::<Vec<_>>();
        let folder = folder.join("/");
        for file in [format!("{folder}/{named}.rs"), format!("{folder}/{named}/mod.rs")] {
            self.declares.push(Declared { file, test });
        }
    }

    /// `use chrono::Utc as U; U::now()` is `chrono::Utc::now()`.
    fn follow_aliases(&mut self) {
        for path in &mut self.paths {
            if let Some(real) = self.aliases.get(&path.segments[0]) {
                path.segments.splice(..1, real.iter().cloned());
            }
        }
    }
}

/// `::` at `at`?
fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |t: Option<&TokenTree>| matches!(t, Some(TokenTree::Punct(p)) if p.as_char() == ':');
    colon(tokens.get(at)) && colon(tokens.get(at + 1))
}

/// The item that starts at `at` ends with its braces, or with a semicolon.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let mut braces_end = true;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token {
            TokenTree::Ident(word) if word == "use" || word == "const" || word == "static" => {
                braces_end = word == "const"
                    && matches!(tokens.get(index + 1), Some(TokenTree::Ident(next)) if next == "fn");
            }
            TokenTree::Punct(p) if p.as_char() == ';' => return index,
            TokenTree::Group(g) if braces_end && g.delimiter() == Delimiter::Brace => return index,
            _ => {}
        }
    }
    tokens.len()
}

fn line(token: &TokenTree) -> usize {
    token.span().start().line
}
