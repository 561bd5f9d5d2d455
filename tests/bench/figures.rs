//! What was measured, said for people and for programs: the product, the floor of the same round, the ratio.

use serde::Serialize;

/// One measured claim.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// The product's figure: the median of the rounds.
    pub(crate) product: f64,
    /// The forwarder's, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) floor: Option<f64>,
    /// The median of the rounds' ratios.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ratio: Option<f64>,
    /// What is promised, of the ratio if there is one, else of the figure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) promised: Option<f64>,
    /// Whether the promise is a least and not a most.
    #[serde(skip)]
    pub(crate) at_least: bool,
    /// Whether it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) kept: Option<bool>,
    /// Each round: the product's figure and the floor's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) rounds: Vec<(f64, f64)>,
    /// What else is to be known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) note: String,
}

impl Figure {
    /// A figure of the product alone.
    pub(crate) fn plain(name: &str, unit: &'static str, product: f64) -> Self {
        Self {
            name: name.into(),
            unit,
            product,
            floor: None,
            ratio: None,
            promised: None,
            at_least: false,
            kept: None,
            rounds: Vec::new(),
            note: String::new(),
        }
    }

    /// A figure beside the floor's, of interleaved rounds.
    pub(crate) fn beside(name: &str, unit: &'static str, rounds: Vec<(f64, f64)>) -> Self {
        let of = |pick: fn(&(f64, f64)) -> f64| median(rounds.iter().map(pick).collect());
        let (product, floor) = (of(|round| round.0), of(|round| round.1));
        let ratio = of(|round| round.0 / round.1);
        Self { floor: Some(floor), ratio: Some(ratio), rounds, ..Self::plain(name, unit, product) }
    }

    /// Holds it against a promise: at most `promised`.
    pub(crate) fn at_most(mut self, promised: f64) -> Self {
        self.promised = Some(promised);
        self.kept = Some(self.ratio.unwrap_or(self.product) <= promised);
        self
    }

    /// Holds it against a promise: at least `promised`.
    pub(crate) fn at_least(mut self, promised: f64) -> Self {
        self.promised = Some(promised);
        self.at_least = true;
        self.kept = Some(self.ratio.unwrap_or(self.product) >= promised);
        self
    }

    /// Adds what else is to be known.
    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// One line for people.
    pub(crate) fn line(&self) -> String {
        let mut line = format!("{:<34} {:>10.3} {}", self.name, self.product, self.unit);
        if let (Some(floor), Some(ratio)) = (self.floor, self.ratio) {
            line += &format!(", forwarder {floor:.3}, ratio {ratio:.2}");
        }
        if let (Some(promised), Some(kept)) = (self.promised, self.kept) {
            let bound = if self.at_least { "at least" } else { "at most" };
            line += &format!(" ({bound} {promised}: {})", if kept { "kept" } else { "NOT KEPT" });
        }
        if !self.note.is_empty() {
            line += &format!("\n{:<34} {}", "", self.note);
        }
        line
    }
}

/// The middle value; the mean of the two middle ones of an even count.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.get(middle) {
        None => 0.0,
        Some(value) if values.len() % 2 == 1 => *value,
        Some(value) => f64::midpoint(*value, values[middle - 1]),
    }
}

/// The value that `share` of `values` do not exceed.
pub(crate) fn percentile(values: &[f32], share: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f32::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a count lies within it"
    )]
    let index = ((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1));
    values.get(index).map_or(0.0, |value| f64::from(*value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_ratios_is_not_the_ratio_of_medians() {
        let figure = Figure::beside("x", "ms", vec![(2.0, 1.0), (9.0, 3.0), (5.0, 5.0)]).at_most(2.0);
        assert_eq!((figure.product, figure.floor, figure.ratio), (5.0, Some(3.0), Some(2.0)));
        assert_eq!(figure.kept, Some(true));
        assert_eq!(figure.at_most(1.9).kept, Some(false));
        assert_eq!(median(vec![4.0, 1.0]), 2.5);
        assert_eq!(median(Vec::new()), 0.0);
    }

    #[test]
    fn a_percentile_is_a_value_that_was_seen() {
        assert_eq!(percentile(&[4.0, 1.0, 3.0, 2.0], 0.5), 3.0);
        assert_eq!(percentile(&[4.0, 1.0, 3.0, 2.0], 0.99), 4.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}
