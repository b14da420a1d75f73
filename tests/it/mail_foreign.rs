//! Mails that others wrote: what is new in a reply is found, reports of programs are never answered, and
//! what is broken is read or refused.

use std::path::{Path, PathBuf};

use quad::mailtext::auto::{Head, forbids};
use quad::mailtext::{html, quote};
use quad::vendors::mail::letter::{self, Letter};

use crate::support::shared::shared;

/// Share of replies whose new text must be found exactly. It only rises.
const FLOOR: f64 = 0.9;

/// The new text of the replies whose collections say or show it; read by a person once.
const REPLIES: [(&str, &str); 22] = [
    ("reply_email_reply_parser/email_1_3.txt", "Oh thanks.\n\nHaving the function would be great."),
    ("reply_email_reply_parser/email_1_4.txt", "Awesome! I haven't had another problem with it."),
    ("reply_email_reply_parser/email_1_7.txt", ":+1:"),
    ("reply_email_reply_parser/email_2_1.txt", "Outlook with a reply"),
    ("reply_email_reply_parser/email_2_3.txt", "Outlook with a reply directly above line"),
    (
        "reply_email_reply_parser/email_bullets.txt",
        "test 2 this should list second\n\nand have spaces\n\nand retain this formatting\n\n\n   - how about bullets\n   - and another",
    ),
    ("reply_email_reply_parser/email_iPhone.txt", "Here is another email"),
    ("reply_email_reply_parser/email_multi_word_sent_from_my_mobile_device.txt", "Here is another email"),
    (
        "reply_email_reply_parser/email_one_is_not_on.txt",
        "Thank, this is really helpful.\n\nOne outstanding question I had:\n\nLocally (on development), when I run...",
    ),
    (
        "reply_email_reply_parser/greedy_on.txt",
        "On your remote host you can run:\n\n     telnet 127.0.0.1 52698\n\nThis should connect to TextMate (on your Mac, via the tunnel). If that\nfails, the tunnel is not working.",
    ),
    ("reply_talon/OLK_SRC_BODY_SECTION.html", "Reply"),
    ("reply_talon/html_replies/hotmail.html", "Hi. I am fine."),
    ("reply_talon/html_replies/mail_ru.html", "Hi. I am fine."),
    ("reply_talon/html_replies/ms_outlook_2003.html", "Hi. I am fine."),
    ("reply_talon/html_replies/ms_outlook_2007.html", "Hi. I am fine."),
    ("reply_talon/html_replies/ms_outlook_2010.html", "Hi. I am fine."),
    ("reply_talon/html_replies/thunderbird.html", "Hi. I am fine."),
    ("reply_talon/html_replies/yandex_ru.html", "Hi. I am fine."),
    ("reply_talon/standard_replies/apple_mail.eml", "Hello"),
    ("reply_talon/standard_replies/comcast.eml", "Hello"),
    ("reply_talon/standard_replies/gmail.eml", "Hello"),
    ("reply_talon/standard_replies/hotmail.eml", "Hello"),
];

fn new_text(path: &Path) -> String {
    let bytes = std::fs::read(path).expect("reads");
    let text = String::from_utf8_lossy(&bytes);
    match path.extension().and_then(|ext| ext.to_str()) {
        Some("html") => quote::new_text(&html::text(&text)),
        Some("eml") => letter::text(&bytes),
        _ => quote::new_text(&text),
    }
}

#[test]
fn the_new_text_of_foreign_replies_is_found() {
    let Some(data) = shared("data/email") else { return };
    let mut missed = Vec::new();
    for (name, wanted) in REPLIES {
        let found = new_text(&data.join(name));
        if found != wanted {
            missed.push(format!("{name}: {found:?} instead of {wanted:?}"));
        }
    }
    let share = 1.0 - missed.len() as f64 / REPLIES.len() as f64;
    println!("new text found in {:.0} % of {} foreign replies", share * 100.0, REPLIES.len());
    assert!(share >= FLOOR, "{share:.2} of the replies, must be {FLOOR}:\n{}", missed.join("\n"));
    eprintln!("{}", missed.join("\n"));
}

#[test]
fn reports_of_foreign_programs_are_never_answered() {
    let Some(data) = shared("data/email/mox") else { return };
    for name in ["dmarc-reports/xs4all.eml", "tlsreports/microsoft.eml"] {
        let bytes = std::fs::read(data.join(name)).expect("reads");
        let letter = Letter::read(&bytes).expect("is a mail");
        let head = Head {
            headers: &letter.headers,
            from: &letter.from,
            message_id: Some(&letter.message_id),
            own: "quad@example.com",
        };
        let text = letter::text(&bytes);
        assert!(forbids(&head).is_some() || text.is_empty(), "{name} would be answered: {text}");
    }
}

#[test]
fn foreign_and_broken_mails_are_read_or_refused() {
    let Some(data) = shared("data/email") else { return };
    let mut all = Vec::new();
    files(&data, &mut all);
    let mails: Vec<&PathBuf> =
        all.iter().filter(|path| path.extension().is_some_and(|ext| ext == "eml")).collect();
    let mut read = 0;
    for path in &mails {
        let bytes = std::fs::read(path).expect("reads");
        letter::text(&bytes);
        let letter = Letter::read(&bytes);
        assert_eq!(letter.is_ok(), names_one_sender(&bytes), "{}: {letter:?}", path.display());
        read += usize::from(letter.is_ok());
    }
    println!("{read} of {} foreign mails name one sender and are read, the others refused", mails.len());
    assert!(mails.len() > 30 && read > 15, "{read} of {}", mails.len());
}

/// Whether the head has one From with one address, as a person would see it.
fn names_one_sender(mail: &[u8]) -> bool {
    let text = String::from_utf8_lossy(mail).to_lowercase();
    let head = text.lines().take_while(|line| !line.trim().is_empty());
    let senders: Vec<&str> = head.filter_map(|line| line.strip_prefix("from:")).collect();
    matches!(senders[..], [one] if one.matches('@').count() == 1)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, found),
            path => found.push(path),
        }
    }
}
