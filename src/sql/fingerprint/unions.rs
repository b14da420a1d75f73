//! The same `select` many times over, joined by `union`, is one.

use memchr::memmem;

/// `select a union select a union select a` becomes `select a /*repeat union*/`.
pub(super) fn collapse(out: &mut Vec<u8>) {
    let Some((at, joint)) = next_joint(out, 0) else { return };
    let first = out[..at].to_vec();
    let mut end = at;
    loop {
        let start = end + joint.len();
        if !out[start.min(out.len())..].starts_with(&first) || !out[end..].starts_with(joint) {
            break;
        }
        let after = start + first.len();
        if after < out.len() && !out[after..].starts_with(b" union ") {
            break;
        }
        end = after;
    }
    if end > at {
        let rest = out.split_off(end);
        out.truncate(at);
        out.extend_from_slice(b" /*repeat");
        out.extend_from_slice(joint.trim_ascii_end());
        out.extend_from_slice(b"*/");
        out.extend_from_slice(&rest);
    }
}

/// Where the next ` union ` or ` union all ` stands.
fn next_joint(out: &[u8], from: usize) -> Option<(usize, &'static [u8])> {
    let at = from + memmem::find(&out[from..], b" union ")?;
    let all = out[at..].starts_with(b" union all ");
    Some((at, if all { b" union all " } else { b" union " }))
}
