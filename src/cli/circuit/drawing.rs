//! A circuit as text: a line a qubit, time from left to right.
//!
//! Operations on different qubits stand in one column where nothing orders them. A drawing is for people:
//! it is cut into blocks that fit the terminal, and ends after as much as anybody reads.

use std::fmt::Write as _;

use eigen_circuit::program::{ClassicalOp, Operation, Pauli, Program, Step};

/// Qubits drawn; the others are counted.
const MAX_QUBITS: u32 = 64;
/// Columns drawn; the steps after them are counted.
const MAX_COLUMNS: usize = 400;
const NARROWEST: usize = 40;

/// The drawing, in blocks of at most `width` characters a line where the labels allow it.
pub(super) fn draw(program: &Program, width: usize) -> String {
    let qubits = program.qubits.min(MAX_QUBITS) as usize;
    let (columns, left_out) = layout(program, qubits);
    let names: Vec<String> = (0..qubits).map(|qubit| format!("q{qubit}")).collect();
    let margin = names.iter().map(String::len).max().unwrap_or(0) + 2;
    let mut text = String::new();
    for block in blocks(&columns, width.max(NARROWEST).saturating_sub(margin)) {
        for (qubit, name) in names.iter().enumerate() {
            let line: String = block.iter().map(|column| column.wire(qubit)).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{name:>0$}: {line}", margin - 2);
            let below: String = block.iter().map(|column| column.gap(qubit)).collect();
            if qubit + 1 < qubits {
                let _ = writeln!(text, "{:margin$}{}", "", below.trim_end());
            }
        }
        text.push('\n');
    }
    if program.qubits as usize > qubits {
        let _ = writeln!(text, "… {} more qubits", program.qubits as usize - qubits);
    }
    if left_out > 0 {
        let _ = writeln!(text, "… {left_out} more operations");
    }
    text
}

/// What stands at one time.
struct Column {
    /// A label a qubit; empty where the wire just goes on.
    labels: Vec<String>,
    /// Whether a line goes from each qubit to the next.
    joined: Vec<bool>,
    width: usize,
}

impl Column {
    fn new(qubits: usize) -> Self {
        Self { labels: vec![String::new(); qubits], joined: vec![false; qubits], width: 1 }
    }

    fn put(&mut self, qubit: usize, label: String) {
        self.width = self.width.max(label.chars().count());
        self.labels[qubit] = label;
    }

    fn wire(&self, qubit: usize) -> String {
        let label = self.labels[qubit].as_str();
        let crossing = label.is_empty() && qubit > 0 && self.joined[qubit - 1] && self.joined[qubit];
        let label = if crossing { "┼" } else { label };
        let before = (self.width - label.chars().count()) / 2;
        format!("─{}{label}{}─", "─".repeat(before), "─".repeat(self.width - before - label.chars().count()))
    }

    fn gap(&self, qubit: usize) -> String {
        let middle = 1 + (self.width - 1) / 2;
        let line = if self.joined[qubit] { '│' } else { ' ' };
        format!("{:middle$}{line}{:2$}", "", "", self.width + 2 - middle - 1)
    }
}

/// Columns, and how many operations are not in them.
fn layout(program: &Program, qubits: usize) -> (Vec<Column>, usize) {
    let mut columns: Vec<Column> = Vec::new();
    let mut free = vec![0; qubits];
    let mut controls: Vec<(u32, bool)> = Vec::new();
    let mut left_out = 0;
    for step in &program.steps {
        if let Operation::Control { qubit, active_on } = step.operation {
            controls.push((qubit, active_on));
            continue;
        }
        let labels = labels(step, &std::mem::take(&mut controls), qubits);
        let Some(first) = labels.iter().map(|(qubit, _)| *qubit).min() else { continue };
        let last = labels.iter().map(|(qubit, _)| *qubit).max().unwrap_or(first);
        let at = free[first..=last].iter().copied().max().unwrap_or(0);
        if at >= MAX_COLUMNS {
            left_out += 1;
            continue;
        }
        while columns.len() <= at {
            columns.push(Column::new(qubits));
        }
        for (qubit, label) in labels {
            columns[at].put(qubit, label);
        }
        if step.operation != Operation::Barrier {
            (first..last).for_each(|qubit| columns[at].joined[qubit] = true);
        }
        free[first..=last].fill(at + 1);
    }
    (columns, left_out)
}

/// What to write on which drawn qubit.
fn labels(step: &Step, controls: &[(u32, bool)], qubits: usize) -> Vec<(usize, String)> {
    let guard =
        step.guard.map_or_else(String::new, |guard| format!("?c{}={}", guard.clbit, u8::from(guard.value)));
    let mut labels: Vec<(usize, String)> = match step.operation {
        Operation::Barrier => (0..qubits).map(|qubit| (qubit, "░".to_owned())).collect(),
        Operation::Classical(operation) => vec![(0, format!("[{}]", classical(operation)))],
        operation => {
            operation.qubits().zip(names(&operation)).map(|(qubit, name)| (qubit as usize, name)).collect()
        }
    };
    if let Some((_, label)) = labels.last_mut() {
        label.push_str(&guard);
    }
    let dots = controls
        .iter()
        .map(|&(qubit, active_on)| (qubit as usize, if active_on { "●" } else { "○" }.to_owned()));
    labels.extend(dots);
    labels.retain(|(qubit, _)| *qubit < qubits);
    labels
}

/// The labels of an operation's qubits, in their order.
fn names(operation: &Operation) -> Vec<String> {
    let dot = || "●".to_owned();
    let angles: Vec<String> = operation.angles().map(|angle| format!("{angle:.4}")).collect();
    let angles: Vec<&str> =
        angles.iter().map(|angle| angle.trim_end_matches('0').trim_end_matches('.')).collect();
    let with = |name: &str| {
        if angles.is_empty() { name.to_owned() } else { format!("{name}({})", angles.join(",")) }
    };
    match operation {
        Operation::Cx(..) => vec![dot(), "X".to_owned()],
        Operation::Cy(..) => vec![dot(), "Y".to_owned()],
        Operation::Cz(..) => vec![dot(), dot()],
        Operation::Ch(..) => vec![dot(), "H".to_owned()],
        Operation::Csx(..) => vec![dot(), "SX".to_owned()],
        Operation::Swap(..) => vec!["×".to_owned(), "×".to_owned()],
        Operation::Cp { .. } => vec![dot(), with("P")],
        Operation::Crx { .. } => vec![dot(), with("RX")],
        Operation::Cry { .. } => vec![dot(), with("RY")],
        Operation::Crz { .. } => vec![dot(), with("RZ")],
        Operation::Cu { .. } => vec![dot(), with("U")],
        Operation::Ccx(..) => vec![dot(), dot(), "X".to_owned()],
        Operation::Ccz(..) => vec![dot(), dot(), dot()],
        Operation::Cswap(..) => vec![dot(), "×".to_owned(), "×".to_owned()],
        Operation::Measure { clbit, basis: Pauli::Z, .. } => vec![format!("M→c{clbit}")],
        Operation::Measure { clbit, basis, .. } => vec![format!("M{basis:?}→c{clbit}")],
        Operation::Reset(_) => vec!["|0⟩".to_owned()],
        other => vec![with(&other.name().as_str().to_uppercase()); other.qubits().count()],
    }
}

fn classical(operation: ClassicalOp) -> String {
    match operation {
        ClassicalOp::Set { dst, value } => format!("c{dst}={}", u8::from(value)),
        ClassicalOp::Copy { dst, src } => format!("c{dst}=c{src}"),
        ClassicalOp::Not { dst, src } => format!("c{dst}=¬c{src}"),
        ClassicalOp::And { dst, a, b } => format!("c{dst}=c{a}∧c{b}"),
        ClassicalOp::Or { dst, a, b } => format!("c{dst}=c{a}∨c{b}"),
        ClassicalOp::Xor { dst, a, b } => format!("c{dst}=c{a}⊕c{b}"),
    }
}

/// Runs of columns that fit into a line.
fn blocks(columns: &[Column], width: usize) -> Vec<&[Column]> {
    let mut blocks = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (index, column) in columns.iter().enumerate() {
        if index > start && used + column.width + 2 > width {
            blocks.push(&columns[start..index]);
            (start, used) = (index, 0);
        }
        used += column.width + 2;
    }
    if start < columns.len() || columns.is_empty() {
        blocks.push(&columns[start..]);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use eigen_circuit::program::Guard;

    use super::*;

    fn program(qubits: u32, steps: Vec<Step>) -> Program {
        Program { qubits, clbits: 3, output_bits: 3, steps, observables: Vec::new() }
    }

    #[test]
    fn a_line_goes_through_the_qubits_between_and_what_is_independent_shares_a_column() {
        let steps = vec![
            Operation::H(0).into(),
            Operation::X(1).into(),
            Operation::Cx(0, 2).into(),
            Step { operation: Operation::Z(2), guard: Some(Guard { clbit: 1, value: true }) },
        ];
        let drawing = draw(&program(3, steps), 80);
        let wanted =
            ["q0: ─H──●─────────", "        │", "q1: ─X──┼─────────", "        │", "q2: ────X──Z?c1=1─"];
        assert_eq!(drawing.trim_end().lines().map(str::trim_end).collect::<Vec<_>>(), wanted, "{drawing}");
    }

    #[test]
    fn long_circuits_are_cut_into_blocks_and_longer_ones_end() {
        let steps = vec![Operation::H(0).into(); MAX_COLUMNS + 7];
        let drawing = draw(&program(1, steps), 60);
        assert!(drawing.lines().all(|line| line.chars().count() <= 60), "{drawing}");
        assert!(drawing.ends_with("… 7 more operations\n"), "{drawing}");
    }

    #[test]
    fn more_qubits_than_fit_are_counted() {
        let drawing = draw(&program(70, vec![Operation::Ccx(0, 69, 1).into(), Operation::X(68).into()]), 80);
        assert!(drawing.ends_with("… 6 more qubits\n"), "{drawing}");
    }
}
