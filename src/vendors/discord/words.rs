//! A Discord message's text as a person typed it: mentions, emoji and times become plain words, and
//! the mention of quad goes.

/// Plain text of `content`. `me` is quad's user id.
pub(super) fn plain(content: &str, me: &str) -> String {
    let mut out = String::with_capacity(content.len());
    let mut rest = content;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let token = rest[at..].find('>').map(|end| &rest[at + 1..at + end]);
        match token.and_then(|token| Some((token, words(token, me)?))) {
            Some((token, words)) => {
                out.push_str(&words);
                rest = &rest[at + token.len() + 2..];
            }
            None => {
                out.push('<');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    // `@quad: status`
    let was_called = content.trim_start().starts_with("<@");
    let out = if was_called { out.trim().trim_start_matches([',', ':']) } else { &out };
    out.trim().to_owned()
}

/// What stands between `<` and `>`, where it is Discord's own.
fn words(token: &str, me: &str) -> Option<String> {
    let is_id = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(id) = token.strip_prefix("@!").or(token.strip_prefix('@')).filter(|id| is_id(id)) {
        return Some(if id == me { String::new() } else { format!("@{id}") });
    }
    if let Some(id) = token.strip_prefix("@&").filter(|id| is_id(id)) {
        return Some(format!("@{id}"));
    }
    if let Some(id) = token.strip_prefix('#').filter(|id| is_id(id)) {
        return Some(format!("#{id}"));
    }
    // `:fire:12`, `a:party:12`
    let emoji = token.strip_prefix("a:").or(token.strip_prefix(':'))?;
    let (name, id) = emoji.rsplit_once(':')?;
    is_id(id).then(|| format!(":{name}:"))
}

/// Whether `content` mentions `me`.
pub(super) fn mentions(content: &str, me: &str) -> bool {
    !me.is_empty() && (content.contains(&format!("<@{me}>")) || content.contains(&format!("<@!{me}>")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_was_typed() {
        for (content, typed) in [
            ("<@900> why is it slow?", "why is it slow?"),
            ("<@!900>: status", "status"),
            ("hey <@900>, help", "hey , help"),
            ("ask <@2> in <#3> or <@&4>", "ask @2 in #3 or @4"),
            ("<:fire:12> <a:party:13> a<b", ":fire: :party: a<b"),
            ("p95 > 500 && <x>", "p95 > 500 && <x>"),
            ("<", "<"),
        ] {
            assert_eq!(plain(content, "900"), typed);
        }
        assert!(mentions("hi <@!900>", "900") && !mentions("hi <@9001>", "900") && !mentions("<@>", ""));
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,80}|[<>@#!&:a-z0-9 ]{0,40}") {
            let _ = plain(&text, "900");
        }
    }
}
