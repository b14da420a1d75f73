//! The only SQL on quad's own database.
