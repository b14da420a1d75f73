//! Which files are meant, and how each is opened.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

/// One log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFile {
    /// Standard input.
    Stdin,
    /// A file.
    Path(PathBuf),
}

/// The logs that are meant: a folder means the files in it, the oldest first; `-` is standard input.
///
/// # Errors
/// Where one isn't there or can't be read.
pub fn files(named: &[PathBuf]) -> anyhow::Result<Vec<LogFile>> {
    let mut all = Vec::new();
    for path in named {
        if path == Path::new("-") {
            all.push(LogFile::Stdin);
            continue;
        }
        let about = std::fs::metadata(path).with_context(|| format!("{} can't be read", path.display()))?;
        if !about.is_dir() {
            all.push(LogFile::Path(path.clone()));
            continue;
        }
        let mut inside = Vec::new();
        for entry in std::fs::read_dir(path).with_context(|| format!("{} can't be listed", path.display()))? {
            let entry = entry?;
            let about = entry.metadata()?;
            if about.is_file() && about.len() > 0 {
                inside.push((about.modified()?, entry.path()));
            }
        }
        ensure!(!inside.is_empty(), "{} holds no files that are not empty", path.display());
        inside.sort();
        all.extend(inside.into_iter().map(|(_, path)| LogFile::Path(path)));
    }
    Ok(all)
}

impl LogFile {
    /// What people call it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "standard input".to_owned(),
            Self::Path(path) => path.display().to_string(),
        }
    }

    /// How many bytes it has on disk, where that is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::Stdin => None,
            Self::Path(path) => {
                std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|about| about.len())
            }
        }
    }

    /// Opens it for reading; packed ones are unpacked on the way. `watch` sees how many bytes were
    /// taken from it, packed as they are.
    ///
    /// # Errors
    /// Where it can't be read, or is packed in a way that is not known.
    pub fn open<'a>(&self, watch: impl FnMut(u64) + Send + 'a) -> anyhow::Result<Box<dyn Read + Send + 'a>> {
        let cannot = || format!("{} can't be read", self.name());
        match self {
            Self::Stdin => unpacked(Watched { inner: io::stdin(), watch }),
            Self::Path(path) => {
                let mut file = File::open(path).with_context(cannot)?;
                // A folder opens and can't be read; a pipe can't be rewound and need not be.
                let _ = file.seek(SeekFrom::Start(0));
                unpacked(Watched { inner: file, watch })
            }
        }
        .with_context(cannot)
    }
}

/// Tells how much was read.
struct Watched<R, W> {
    inner: R,
    watch: W,
}

impl<R: Read, W: FnMut(u64)> Read for Watched<R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        (self.watch)(read as u64);
        Ok(read)
    }
}

/// Unpacks what its first bytes say is packed.
fn unpacked<'a>(mut source: impl Read + Send + 'a) -> anyhow::Result<Box<dyn Read + Send + 'a>> {
    let mut start = Vec::with_capacity(6);
    source.by_ref().take(6).read_to_end(&mut start)?;
    let packing = Packing::of(&start);
    let whole = Cursor::new(start).chain(source);
    Ok(match packing {
        Packing::None => Box::new(whole),
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(whole)),
        Packing::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(whole)),
        Packing::Zstandard => Box::new(Frames { source: Some(BufReader::new(whole)), frame: None }),
        Packing::Unknown(what) => anyhow::bail!(
            "it is packed with {what}, which quad can't unpack; pipe it in: {what} -dc FILE | quad slowlog -"
        ),
    })
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Bzip2,
    Zstandard,
    Unknown(&'static str),
}

impl Packing {
    fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => Self::Bzip2,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstandard,
            [0xfd, b'7', b'z', b'X', b'Z', ..] => Self::Unknown("xz"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Unknown("lz4"),
            _ => Self::None,
        }
    }
}

/// Zstandard, frame by frame: `zstd` of several files one after the other is a file, too.
struct Frames<R: BufRead> {
    source: Option<R>,
    frame: Option<ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>>,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let read = frame.read(buffer)?;
                if read > 0 || buffer.is_empty() {
                    return Ok(read);
                }
            }
            if let Some(frame) = self.frame.take() {
                self.source = Some(frame.into_inner());
            }
            let Some(mut source) = self.source.take() else { return Ok(0) };
            if source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            let frame = ruzstd::decoding::StreamingDecoder::new(source)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
            self.frame = Some(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(packed: Vec<u8>) -> String {
        let mut text = String::new();
        unpacked(Cursor::new(packed)).expect("it is known").read_to_string(&mut text).expect("it is whole");
        text
    }

    #[test]
    fn packed_logs_are_unpacked_even_in_several_parts() {
        let gzip = |text: &str| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(text.as_bytes()).expect("memory");
            packer.finish().expect("memory")
        };
        let bzip2 = |text: &str| {
            let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            packer.write_all(text.as_bytes()).expect("memory");
            packer.finish().expect("memory")
        };
        let zstandard = |text: &str| {
            ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)
        };
        assert_eq!(read([gzip("one "), gzip("two")].concat()), "one two");
        assert_eq!(read([bzip2("one "), bzip2("two")].concat()), "one two");
        assert_eq!(read([zstandard("one "), zstandard("two")].concat()), "one two");
        assert_eq!(read(b"plain".to_vec()), "plain");
        assert_eq!(read(Vec::new()), "");
    }

    #[test]
    fn what_cannot_be_unpacked_says_what_to_do() {
        let error = unpacked(Cursor::new(b"\xfd7zXZ\0rest".to_vec())).err().expect("xz is not known");
        assert!(error.to_string().contains("xz -dc"), "{error}");
    }
}
