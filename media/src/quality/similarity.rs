//! How alike two recordings are: the peak of their normalised cross-correlation, and where it lies.

/// Samples a millisecond.
const SAMPLES_PER_MS: i64 = 8;
/// Delays looked for, either way: two seconds.
const DELAY_MAX: i64 = 2000 * SAMPLES_PER_MS;
/// Samples of one point of the envelope: 4 ms.
const POINT: usize = 32;
const POINT_SAMPLES: i64 = 32;
/// The best delays by the envelope that are then looked at closely, and how far around each.
const CANDIDATES: usize = 4;
const AROUND: i64 = 2 * POINT_SAMPLES;
/// Samples the coarse pass over a candidate compares at most: 2 s of voice settle the delay.
const CLOSE_LOOK: usize = 16_000;
/// Less of both than this says nothing.
const OVERLAP_MIN: usize = 800;

/// How a signal came out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// 0 for nothing in common, 1 for the same wave.
    pub similarity: f64,
    /// How much later it is; below zero if it is earlier.
    pub delay_ms: f64,
    /// How much louder it is.
    pub level_db: f64,
}

/// Compares what was `heard` with what was `said`, at 8000 samples a second; `None` if either is silent or short.
pub fn similarity(said: &[i16], heard: &[i16]) -> Option<Similarity> {
    let (said_envelope, heard_envelope) = (envelope(said), envelope(heard));
    let points = DELAY_MAX / POINT_SAMPLES;
    let mut coarse: Vec<(i64, f64)> = (-points..=points)
        .filter_map(|lag| {
            Some((lag, correlate(&said_envelope, &heard_envelope, lag, OVERLAP_MIN / POINT)?.0))
        })
        .collect();
    coarse.sort_by(|a, b| b.1.total_cmp(&a.1));

    let (said, heard) = (floats(said), floats(heard));
    let mut candidates: Vec<i64> = Vec::with_capacity(CANDIDATES);
    for (lag, _) in coarse {
        if candidates.iter().all(|other| (other - lag).abs() > 2) {
            candidates.push(lag);
        }
        if candidates.len() == CANDIDATES {
            break;
        }
    }
    let loud = loudest(&said);
    let (lag, _) = candidates
        .iter()
        .flat_map(|point| {
            let centre = point * POINT_SAMPLES;
            centre - AROUND..=centre + AROUND
        })
        .filter_map(|lag| Some((lag, close_look(&said, &heard, loud, lag)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let (similarity, gain) = correlate(&said, &heard, lag, OVERLAP_MIN)?;
    Some(Similarity {
        similarity: similarity.abs().min(1.0),
        delay_ms: lag as f64 / SAMPLES_PER_MS as f64,
        level_db: 20.0 * gain.abs().log10(),
    })
}

fn floats(pcm: &[i16]) -> Vec<f32> {
    pcm.iter().map(|sample| f32::from(*sample)).collect()
}

/// The loudness of each 4 ms, without its mean.
fn envelope(pcm: &[i16]) -> Vec<f32> {
    let mut points: Vec<f32> = pcm
        .chunks_exact(POINT)
        .map(|point| point.iter().map(|sample| f32::from(sample.unsigned_abs())).sum())
        .collect();
    let mean = points.iter().sum::<f32>() / points.len().max(1) as f32;
    points.iter_mut().for_each(|point| *point -= mean);
    points
}

/// Where the loudest stretch of `CLOSE_LOOK` samples begins.
fn loudest(said: &[f32]) -> usize {
    let energy = |from: &usize| -> f32 {
        said.get(*from..).unwrap_or_default().iter().take(CLOSE_LOOK).map(|sample| sample * sample).sum()
    };
    let last = said.len().saturating_sub(CLOSE_LOOK);
    (0..=last).step_by(CLOSE_LOOK / 4).max_by(|a, b| energy(a).total_cmp(&energy(b))).unwrap_or(0)
}

fn close_look(said: &[f32], heard: &[f32], from: usize, lag: i64) -> Option<f64> {
    let part = said.get(from..)?;
    let part = part.get(..CLOSE_LOOK.min(part.len()))?;
    let lag = lag + i64::try_from(from).ok()?;
    // Of two lags that fit alike, the one that compares more is truer.
    let (likeness, _) = correlate(part, heard, lag, OVERLAP_MIN)?;
    Some(likeness.abs())
}

/// Normalised correlation of `said` with `heard` so much later, and the gain that fits best; `None` where they
/// overlap in fewer than `least` or one is silent there.
fn correlate(said: &[f32], heard: &[f32], lag: i64, least: usize) -> Option<(f64, f64)> {
    let skip = |behind: i64| usize::try_from(behind.max(0)).unwrap_or(usize::MAX);
    let said = said.get(skip(-lag)..)?;
    let heard = heard.get(skip(lag)..)?;
    let overlap = said.len().min(heard.len());
    let (said, heard) = (said.get(..overlap)?, heard.get(..overlap)?);
    if overlap < least {
        return None;
    }
    let (mut product, mut before, mut after) = (0.0, 0.0, 0.0);
    // Eight sums side by side, which the compiler makes one of vectors.
    for (a, b) in said.chunks(512).zip(heard.chunks(512)) {
        let mut sums = [[0.0_f32; 8]; 3];
        for (a, b) in a.chunks(8).zip(b.chunks(8)) {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                let [products, befores, afters] = &mut sums;
                if let (Some(p), Some(x), Some(y)) =
                    (products.get_mut(n), befores.get_mut(n), afters.get_mut(n))
                {
                    *p += a * b;
                    *x += a * a;
                    *y += b * b;
                }
            }
        }
        let [p, x, y] = sums.map(|sum| f64::from(sum.iter().sum::<f32>()));
        product += p;
        before += x;
        after += y;
    }
    if before <= 0.0 || after <= 0.0 {
        return None;
    }
    Some((product / (before * after).sqrt(), (after / before).sqrt()))
}
