//! One thing that a database wrote into its log.

/// One entry. Texts are as logged and may hold literals: they never leave the process.
///
/// What an entry does not say is `None`; that is not zero: a log without `Rows_examined` has no
/// rows examined in its digest either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What sort of entry.
    pub kind: Kind<'a>,
    /// When it was logged, in microseconds since 1970, as the log's clock and zone have it.
    pub at_us: Option<i64>,
    /// How long it ran, in nanoseconds. Of an event: how long the session, the checkpoint or the vacuum
    /// took.
    pub query_time_ns: Option<u64>,
    /// How long it waited for locks, in nanoseconds.
    pub lock_time_ns: Option<u64>,
    /// Rows given to the client.
    pub rows_sent: Option<u64>,
    /// Rows looked at.
    pub rows_examined: Option<u64>,
    /// Rows changed.
    pub rows_affected: Option<u64>,
    /// Bytes given to the client.
    pub bytes_sent: Option<u64>,
    /// How it was carried out, where the log says so.
    pub flags: Flags,
    /// Who ran it.
    pub user: &'a [u8],
    /// From where.
    pub host: &'a [u8],
    /// In which database.
    pub database: &'a [u8],
    /// Which connection or transaction, as the log names it: entries of one session follow one another.
    pub session: &'a [u8],
    /// The program that ran it (`application_name`).
    pub application: &'a [u8],
    /// The statement in which an event arose, where the log says so.
    pub statement: &'a [u8],
    /// The log was cut inside this entry; what is there is its start.
    pub cut: bool,
}

/// What sort of entry it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A statement that ran.
    Statement(&'a [u8]),
    /// A command of the protocol, e.g. `Quit`, `Prepare`, `Ping`.
    Command(&'a [u8]),
    /// A statement's plan (`auto_explain`, MariaDB's `# explain:`): the statement, and the plan as
    /// logged.
    Plan(&'a [u8], &'a [u8]),
    /// Something else that matters for the health of the database, with its text.
    Event(Event, &'a [u8]),
}

impl Default for Kind<'_> {
    fn default() -> Self {
        Self::Statement(b"")
    }
}

/// What besides statements is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// A statement failed (ERROR).
    Error,
    /// A connection ended (FATAL).
    Fatal,
    /// The server is in danger (PANIC).
    Panic,
    /// A warning.
    Warning,
    /// A connection was opened.
    Connection,
    /// A connection was closed.
    Disconnection,
    /// A temporary file was written; `bytes_sent` is its size.
    TemporaryFile,
    /// A statement waits for a lock, longer than `deadlock_timeout`; `lock_time_ns` says how long so
    /// far.
    LockWait,
    /// A lock that was waited for was got; `lock_time_ns` says after how long.
    LockAcquired,
    /// A deadlock was found, and a statement failed for it. It is no `Error` besides.
    Deadlock,
    /// A checkpoint.
    Checkpoint,
    /// A vacuum or an analyze that ran by itself.
    Autovacuum,
    /// A statement was parsed or bound, before it ran.
    Preparation,
    /// A statement was cancelled (by its timeout or by a person). It is no `Error` besides.
    Cancelled,
}

/// How a statement was carried out, one bit each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags(pub u16);

impl Flags {
    /// A table was read from end to end.
    pub const FULL_SCAN: Self = Self(1);
    /// Tables were joined without an index.
    pub const FULL_JOIN: Self = Self(1 << 1);
    /// A temporary table was made.
    pub const TMP_TABLE: Self = Self(1 << 2);
    /// A temporary table went to disk.
    pub const TMP_TABLE_ON_DISK: Self = Self(1 << 3);
    /// Rows were sorted without an index.
    pub const FILESORT: Self = Self(1 << 4);
    /// Sorting went to disk.
    pub const FILESORT_ON_DISK: Self = Self(1 << 5);
    /// The answer came from the query cache.
    pub const QUERY_CACHE_HIT: Self = Self(1 << 6);
    /// No index was used (`log_queries_not_using_indexes`).
    pub const NO_INDEX: Self = Self(1 << 7);

    /// All of them with the names that they have in JSON.
    pub const NAMED: [(Self, &'static str); 8] = [
        (Self::FULL_SCAN, "full_scan"),
        (Self::FULL_JOIN, "full_join"),
        (Self::TMP_TABLE, "tmp_table"),
        (Self::TMP_TABLE_ON_DISK, "tmp_table_on_disk"),
        (Self::FILESORT, "filesort"),
        (Self::FILESORT_ON_DISK, "filesort_on_disk"),
        (Self::QUERY_CACHE_HIT, "query_cache_hit"),
        (Self::NO_INDEX, "no_index"),
    ];

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both together.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Event {
    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Fatal => "fatal",
            Self::Panic => "panic",
            Self::Warning => "warning",
            Self::Connection => "connection",
            Self::Disconnection => "disconnection",
            Self::TemporaryFile => "temporary_file",
            Self::LockWait => "lock_wait",
            Self::LockAcquired => "lock_acquired",
            Self::Deadlock => "deadlock",
            Self::Checkpoint => "checkpoint",
            Self::Autovacuum => "autovacuum",
            Self::Preparation => "preparation",
            Self::Cancelled => "cancelled",
        }
    }

    /// What people call many of them.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Error => "errors",
            Self::Fatal => "connections ended by an error",
            Self::Panic => "panics of the server",
            Self::Warning => "warnings",
            Self::Connection => "connections opened",
            Self::Disconnection => "connections closed",
            Self::TemporaryFile => "temporary files",
            Self::LockWait => "waits for a lock",
            Self::LockAcquired => "locks got after waiting",
            Self::Deadlock => "deadlocks",
            Self::Checkpoint => "checkpoints",
            Self::Autovacuum => "vacuums and analyzes by themselves",
            Self::Preparation => "parse and bind steps",
            Self::Cancelled => "cancelled statements",
        }
    }
}
