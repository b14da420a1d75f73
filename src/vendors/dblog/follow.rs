//! A log that grows while it is read: what comes is read, and where it is rotated, its successor is read after it.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file that is read as it grows. Where there is nothing more for now, reading says [`io::ErrorKind::WouldBlock`].
pub struct Growing {
    path: PathBuf,
    file: File,
    at: u64,
}

impl Growing {
    /// The log at `path`, from its beginning.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: File::open(path)?, at: 0 })
    }

    /// Goes on with what took its place: another file under its name, or the same one that was emptied
    /// (`copytruncate`). The old one has been read to its end.
    fn succeeded(&mut self) -> io::Result<bool> {
        let own = self.file.metadata()?;
        if own.len() < self.at {
            self.file.seek(SeekFrom::Start(0))?;
            self.at = 0;
            return Ok(true);
        }
        // Between two names there may be none for a moment, and an empty successor may still be waited for: the
        // server goes on with the old one until it is told.
        let Ok(there) = std::fs::metadata(&self.path) else { return Ok(false) };
        if is_same(&own, &there) || there.len() == 0 {
            return Ok(false);
        }
        (self.file, self.at) = (File::open(&self.path)?, 0);
        Ok(true)
    }
}

fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

impl Read for Growing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let got = self.file.read(buffer)?;
            self.at += got as u64;
            if got > 0 || buffer.is_empty() {
                return Ok(got);
            }
            if !self.succeeded()? {
                return Err(io::ErrorKind::WouldBlock.into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn rest(log: &mut Growing) -> String {
        let (mut text, mut buffer) = (String::new(), [0; 7]);
        loop {
            match log.read(&mut buffer) {
                Ok(got) => text.push_str(std::str::from_utf8(&buffer[..got]).expect("text")),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                    return text;
                }
            }
        }
    }

    #[test]
    fn what_comes_is_read_across_rotations_and_nothing_twice() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, old) = (folder.path().join("slow.log"), folder.path().join("slow.log.1"));
        let append = |path: &Path, text: &str| {
            let mut file = File::options().append(true).create(true).open(path).expect("opens");
            file.write_all(text.as_bytes()).expect("writes");
        };
        append(&path, "first line\n");
        let mut log = Growing::open(&path).expect("opens");
        assert_eq!(rest(&mut log), "first line\n");
        append(&path, "second\n");
        assert_eq!(rest(&mut log), "second\n");

        // Renamed: the server writes on into the old one until it opens the new one.
        std::fs::rename(&path, &old).expect("renames");
        append(&old, "third\n");
        assert_eq!(rest(&mut log), "third\n");
        append(&path, "");
        append(&old, "fourth\n");
        assert_eq!(rest(&mut log), "fourth\n");
        append(&old, "fifth\n");
        append(&path, "sixth\n");
        assert_eq!(rest(&mut log), "fifth\nsixth\n");

        // Copied and emptied.
        File::options().write(true).truncate(true).open(&path).expect("empties");
        append(&path, "7\n");
        assert_eq!(rest(&mut log), "7\n");
    }
}
