//! Writes one table of TPC-H to standard output, as `COPY table FROM stdin (DELIMITER '|')` takes it:
//! the workload that advice is measured on is made where it is needed, and is the same everywhere.
//!
//!     cargo run --example tpch -- lineitem 0.3

use std::fmt::Display;
use std::io::{BufWriter, Write as _, stdout};
use std::process::ExitCode;

use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let table = args.next().unwrap_or_default();
    let Some(scale) = args.next().and_then(|scale| scale.parse::<f64>().ok()) else {
        eprintln!("usage: tpch TABLE SCALE, as in: tpch lineitem 0.3");
        return ExitCode::from(2);
    };
    let written = match &*table {
        "region" => write(RegionGenerator::new(scale, 1, 1).iter()),
        "nation" => write(NationGenerator::new(scale, 1, 1).iter()),
        "supplier" => write(SupplierGenerator::new(scale, 1, 1).iter()),
        "part" => write(PartGenerator::new(scale, 1, 1).iter()),
        "partsupp" => write(PartSuppGenerator::new(scale, 1, 1).iter()),
        "customer" => write(CustomerGenerator::new(scale, 1, 1).iter()),
        "orders" => write(OrderGenerator::new(scale, 1, 1).iter()),
        "lineitem" => write(LineItemGenerator::new(scale, 1, 1).iter()),
        _ => {
            eprintln!("TPC-H has no table {table:?}");
            return ExitCode::from(2);
        }
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tpch: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A row a line, without the separator that TPC-H puts at the end of each.
fn write(rows: impl Iterator<Item = impl Display>) -> std::io::Result<()> {
    use std::fmt::Write as _;
    let mut out = BufWriter::with_capacity(1 << 20, stdout().lock());
    let mut line = String::new();
    for row in rows {
        line.clear();
        write!(line, "{row}").map_err(std::io::Error::other)?;
        out.write_all(line.trim_end_matches('|').as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.flush()
}
