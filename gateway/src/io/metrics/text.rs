//! OpenMetrics made into Prometheus text 0.0.4, for clients that do not ask for better.

/// The same samples without what 0.0.4 does not know: units, exemplars, the end mark. There a counter's family
/// bears the name of its samples, `_total` included.
pub(super) fn plain(open_metrics: &str) -> String {
    let mut text = String::with_capacity(open_metrics.len());
    let mut help: Option<(&str, &str)> = None;
    for line in open_metrics.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            help = rest.split_once(' ');
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let Some((name, kind)) = rest.split_once(' ') else { continue };
            let suffix = if kind == "counter" { "_total" } else { "" };
            if let Some((_, help)) = help.take().filter(|(of, _)| *of == name) {
                push(&mut text, &["# HELP ", name, suffix, " ", help]);
            }
            push(&mut text, &["# TYPE ", name, suffix, " ", kind]);
        } else if !line.starts_with('#') {
            push(&mut text, &[without_exemplar(line)]);
        }
    }
    text
}

fn push(text: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| text.push_str(part));
    text.push('\n');
}

/// An exemplar follows ` # {` outside quotes; a label's value may hold the same characters.
fn without_exemplar(line: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in line.char_indices() {
        match c {
            '"' if !escaped => quoted = !quoted,
            '#' if !quoted => return line.get(..at).unwrap_or(line).trim_end(),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_keeps_its_total_and_an_exemplar_falls_away() {
        let open = "# HELP a_calls Calls.\n# TYPE a_calls counter\na_calls_total{trunk=\"x # {\\\"\"} 3\n\
                    # HELP a_delay Delay.\n# TYPE a_delay histogram\n# UNIT a_delay seconds\n\
                    a_delay_bucket{le=\"1.0\"} 2 # {call_id=\"01J\"} 0.5\n# EOF\n";
        let plain = plain(open);
        let expected = "# HELP a_calls_total Calls.\n# TYPE a_calls_total counter\n\
                        a_calls_total{trunk=\"x # {\\\"\"} 3\n\
                        # HELP a_delay Delay.\n# TYPE a_delay histogram\na_delay_bucket{le=\"1.0\"} 2\n";
        assert_eq!(plain, expected);
    }
}
