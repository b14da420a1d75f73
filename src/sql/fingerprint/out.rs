//! What a fingerprint is written into: room is made ahead, so that writing is a store and no call.

/// Text that grows at its end. `bytes` is longer than what was written, and keeps its length from statement
/// to statement.
pub(super) struct Out<'a> {
    bytes: &'a mut Vec<u8>,
    length: usize,
}

impl<'a> Out<'a> {
    pub(super) fn new(bytes: &'a mut Vec<u8>) -> Self {
        Self { bytes, length: 0 }
    }

    #[inline(always)]
    pub(super) fn len(&self) -> usize {
        self.length
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }

    pub(super) fn written(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    #[inline(always)]
    pub(super) fn last(&self) -> Option<u8> {
        self.bytes[..self.length].last().copied()
    }

    #[inline(always)]
    pub(super) fn push(&mut self, byte: u8) {
        if self.length >= self.bytes.len() {
            self.grow(1);
        }
        self.bytes[self.length] = byte;
        self.length += 1;
    }

    /// Writes a blank, or nothing, without a branch on it.
    #[inline(always)]
    pub(super) fn blank_if(&mut self, due: bool) {
        if self.length >= self.bytes.len() {
            self.grow(1);
        }
        self.bytes[self.length] = b' ';
        self.length += usize::from(due);
    }

    /// Writes the first `length` of eight bytes.
    #[inline(always)]
    pub(super) fn eight(&mut self, eight: u64, length: usize) {
        if self.length + 8 > self.bytes.len() {
            self.grow(8);
        }
        self.bytes[self.length..self.length + 8].copy_from_slice(&eight.to_le_bytes());
        self.length += length;
    }

    pub(super) fn extend(&mut self, more: &[u8]) {
        if self.length + more.len() > self.bytes.len() {
            self.grow(more.len());
        }
        self.bytes[self.length..self.length + more.len()].copy_from_slice(more);
        self.length += more.len();
    }

    /// Writes a text in lower case, as far as it is ASCII.
    pub(super) fn lower(&mut self, text: &[u8]) {
        let start = self.length;
        self.extend(text);
        self.bytes[start..self.length].make_ascii_lowercase();
    }

    #[inline(always)]
    pub(super) fn truncate(&mut self, length: usize) {
        self.length = self.length.min(length);
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) {
        let length = (self.length + more).next_power_of_two().max(4_096);
        self.bytes.resize(length, 0);
    }
}
