//! A Slack message's text as a person typed it: `why is <https://x|x> slow &amp; red` becomes plain
//! words, and the mention of quad goes.

/// Plain text of Slack's `text`. `me` is quad's user id.
pub(super) fn plain(text: &str, me: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let Some(end) = rest[at..].find('>').map(|end| at + end) else {
            rest = &rest[at..];
            break;
        };
        let inside = &rest[at + 1..end];
        let (target, label) = inside.split_once('|').map_or((inside, ""), |(target, label)| (target, label));
        match target.chars().next() {
            // Asked in the middle of a sentence, too: "hey <@U1> why is it slow?"
            Some('@') if !me.is_empty() && target[1..] == *me => {}
            Some('@' | '#') => {
                let name = if label.is_empty() { &target[1..] } else { label.trim_start_matches(['@', '#']) };
                out.push_str(&target[..1]);
                out.push_str(name);
            }
            Some('!') => {
                out.push_str(if label.is_empty() { target.split('^').next().unwrap_or("!") } else { label })
            }
            // `web.example.com` is sent as a link to http://web.example.com: the words are what was typed.
            _ if !label.is_empty() => out.push_str(label),
            _ => out.push_str(target.strip_prefix("mailto:").unwrap_or(target)),
        }
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    let out = out.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    out.trim().trim_start_matches([',', ':']).trim_start().to_owned()
}

/// Whether Slack's `text` names this user.
pub(super) fn mentions(text: &str, user: &str) -> bool {
    !user.is_empty() && [">", "|"].iter().any(|end| text.contains(&format!("<@{user}{end}")))
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn words_are_what_was_typed() {
        for (text, typed) in [
            ("<@U0QUAD> why is it slow?", "why is it slow?"),
            ("<@U0QUAD|quad>: status", "status"),
            ("hey <@U0QUAD>, help", "hey , help"),
            ("ask <@U2|alice> in <#C1|ops>", "ask @alice in #ops"),
            ("is <http://web.example.com|web.example.com> up", "is web.example.com up"),
            ("<https://x.y/?a=1&amp;b=2>", "https://x.y/?a=1&b=2"),
            ("p95 &gt; 500 &amp;&amp; errors &lt; 1", "p95 > 500 && errors < 1"),
            ("&amp;lt;", "&lt;"),
            ("<!channel> all <!subteam^S1|@sre> a<b", "!channel all @sre a<b"),
            ("<", "<"),
        ] {
            assert_eq!(plain(text, "U0QUAD"), typed);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,80}|[<>@#!|&;a-z ]{0,40}") {
            let _ = plain(&text, "U0QUAD");
        }
    }
}
