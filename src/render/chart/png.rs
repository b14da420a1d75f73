//! A chart as PNG, for places that show no SVG. The font comes with quad: without one, letters would
//! silently be missing, and machines that serve often have none.

use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use resvg::{tiny_skia, usvg};

use super::palette::Palette;
use crate::model::chart::Chart;

/// Sharp on phones, whose pixels are two or three to one of ours.
const SCALE: f32 = 2.0;

/// Inter, cut to Latin, Greek and Cyrillic: `font/README.md`.
const FONT: &[u8] = include_bytes!("font/inter.otf");

/// The picture at twice its size, and a few ten kB.
///
/// # Errors
/// Where the SVG can't be read; that would be a mistake of ours.
pub fn png(chart: &Chart, palette: &Palette) -> anyhow::Result<Vec<u8>> {
    let svg = super::svg(chart, palette).into_string();
    let options = usvg::Options { fontdb: fonts(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(&svg, &options).context("reading a chart's SVG")?;
    let size = tree.size().to_int_size().scale_by(SCALE).context("a chart without size")?;
    let mut canvas = tiny_skia::Pixmap::new(size.width(), size.height()).context("a chart without size")?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut canvas.as_mut());
    packed(&canvas).context("packing a chart")
}

/// Fast rather than small: the usual packing takes longer than all of the drawing, and saves half of
/// some ten kB. A chart hides all that is behind it, so how transparent it is need not be said.
fn packed(canvas: &tiny_skia::Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let opaque: Vec<u8> =
        canvas.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut packed = Vec::new();
    let mut encoder = png::Encoder::new(&mut packed, canvas.width(), canvas.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Adaptive);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&opaque)?;
    writer.finish()?;
    Ok(packed)
}

/// Read once: it takes longer than drawing.
fn fonts() -> Arc<usvg::fontdb::Database> {
    static FONTS: OnceLock<Arc<usvg::fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut all = usvg::fontdb::Database::new();
        all.load_font_data(FONT.to_vec());
        let family = all.faces().find_map(|face| face.families.first().map(|(name, _)| name.clone()));
        all.set_sans_serif_family(family.unwrap_or_default());
        Arc::new(all)
    };
    Arc::clone(FONTS.get_or_init(load))
}
