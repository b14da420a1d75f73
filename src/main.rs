//! The command line only; everything else is the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    // A service of the sample shop is a process of the same binary.
    if let Some(code) = quad::demo::service::if_asked() {
        return code;
    }
    quad::cli::run()
}
