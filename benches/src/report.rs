//! The outcome: rows, as a table for people and as JSON for whatever compares runs.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

/// One measured value.
#[derive(Serialize)]
pub struct Row {
    /// Stable between runs and versions.
    name: String,
    value: f64,
    unit: &'static str,
    /// The same measured on the yardstick, in the same unit.
    yardstick: Option<f64>,
    /// Value over yardstick.
    ratio: Option<f64>,
    /// What the value should reach or not exceed, in its own unit.
    goal: Option<f64>,
    /// Whether it does.
    met: Option<bool>,
}

impl Row {
    /// A value on its own, without a goal.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, yardstick: None, ratio: None, goal: None, met: None }
    }

    /// Beside the yardstick's value.
    pub fn beside(self, yardstick: f64) -> Self {
        Self { yardstick: Some(yardstick), ratio: Some(self.value / yardstick), ..self }
    }

    /// The value should be at least this.
    pub fn at_least(self, goal: f64) -> Self {
        Self { goal: Some(goal), met: Some(self.value >= goal), ..self }
    }

    /// The value should be at most this.
    pub fn at_most(self, goal: f64) -> Self {
        Self { goal: Some(goal), met: Some(self.value <= goal), ..self }
    }

    /// The value should be at least this share of the yardstick.
    pub fn at_least_of_yardstick(self, share: f64) -> Self {
        let goal = self.yardstick.unwrap_or_default() * share;
        self.at_least(goal)
    }

    /// The value should be at most this multiple of the yardstick.
    pub fn at_most_of_yardstick(self, times: f64) -> Self {
        let goal = self.yardstick.unwrap_or_default() * times;
        self.at_most(goal)
    }
}

/// Shows the rows of a benchmark, and leaves them as JSON: in `json`, else under its name in the target folder.
pub fn finish(
    name: &str,
    about: &str,
    yardstick: &str,
    rows: &[Row],
    json: Option<&Path>,
    target: &Path,
) -> Result<()> {
    let kind = if cfg!(debug_assertions) { "dev build: no result" } else { "release build" };
    print(&format!("{name}: {about}; {kind}"), yardstick, rows);
    let file = json.map_or_else(|| target.join(format!("bench/{name}.json")), Path::to_owned);
    write(&file, rows)?;
    eprintln!("\nthe same as JSON: {}", file.display());
    Ok(())
}

/// The rows as an aligned table, under the words.
fn print(title: &str, yardstick: &str, rows: &[Row]) {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(["ROW", "VALUE", "UNIT", yardstick, "RATIO", "GOAL", "MET"]);
    for number in [1, 3, 4, 5] {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for row in rows {
        table.add_row([
            row.name.clone(),
            significant(row.value),
            row.unit.to_owned(),
            row.yardstick.map_or_else(dash, significant),
            row.ratio.map_or_else(dash, |ratio| format!("{ratio:.2}")),
            row.goal.map_or_else(dash, significant),
            row.met.map_or_else(dash, |met| if met { "yes" } else { "no" }.to_owned()),
        ]);
    }
    println!("{title}\n\n{table}");
}

/// Writes the rows as a JSON array, replacing what an earlier run left.
fn write(file: &Path, rows: &[Row]) -> Result<()> {
    let cannot = || format!("cannot write {}", file.display());
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(cannot)?;
    }
    fs::write(file, serde_json::to_string_pretty(rows)? + "\n").with_context(cannot)
}

fn dash() -> String {
    "-".to_owned()
}

/// Three significant digits, or the whole number if it has more.
fn significant(value: f64) -> String {
    match value.abs() {
        0.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_in_json_has_every_key_and_null_where_there_is_nothing() {
        let rows = [Row::new("size", 2.5, "MiB"), Row::new("p50", 30.0, "µs").beside(20.0)];
        let expected = serde_json::json!([
            { "name": "size", "value": 2.5, "unit": "MiB", "yardstick": null, "ratio": null, "goal": null, "met": null },
            { "name": "p50", "value": 30.0, "unit": "µs", "yardstick": 20.0, "ratio": 1.5, "goal": null, "met": null },
        ]);
        assert_eq!(serde_json::to_value(&rows).ok(), Some(expected));
    }

    #[test]
    fn numbers_are_shown_with_the_digits_that_mean_something() {
        assert_eq!(
            [0.031, 9.99, 45.67, 123.4, 12345.6].map(significant),
            ["0.03", "9.99", "45.7", "123", "12346"]
        );
    }
}
