//! The known word nearest to the one that was written.

/// The known word a user most likely meant, if one is near enough to be worth a question.
///
/// Near is: one letter in three wrong, missing, added or swapped with its neighbour, whatever the case; or one
/// word beginning with the other.
#[must_use]
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = written.to_lowercase();
    let length = lower.chars().count();
    known
        .into_iter()
        .filter_map(|word| {
            let candidate = word.to_lowercase();
            let distance = strsim::damerau_levenshtein(&lower, &candidate);
            let allowed = length.max(candidate.chars().count()) / 3;
            let begins = length >= 3 && (candidate.starts_with(&lower) || lower.starts_with(&candidate));
            (distance <= allowed || begins).then_some((distance, word))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// The words of a list as a person would say them: `a`, `a or b`, `a, b or c`.
pub(crate) fn one_of<'k>(known: impl IntoIterator<Item = &'k str>) -> String {
    let words: Vec<&str> = known.into_iter().collect();
    match words.as_slice() {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
