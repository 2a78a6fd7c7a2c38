//! From a circuit to counts: walking it, and branching where a measurement has two outcomes.
//!
//! Shots that agree on every outcome so far share one state. At a measurement (or reset) in the
//! live part, the number of shots that see a 1 is drawn at once, from the binomial distribution;
//! if both outcomes occur, one is followed and the other waits. So the work follows the number of
//! different histories, which is at most the number of shots and often a handful.
//!
//! A waiting branch keeps a copy of the state if there is memory for it, else it is recomputed from
//! the nearest branch point below that has one, or from the start. Which of the two happens never
//! changes a count: replayed outcomes draw no random numbers.

use thiserror::Error;

use super::binomial::binomial;
use super::circuit::{Action, Circuit, Pauli, Step};
use super::gate::{Controls, Gate, Kernel};
use super::kernels::project;
use super::matrices;
use super::memory::{Memory, TooLarge};
use super::observable::expectation;
use super::plan::Plan;
use super::random::Random;
use super::real::Real;
use super::register::Register;
use super::sample::Outcomes;
use super::state::State;
use super::sweep;
use super::tally::{Tally, TooManyOutcomes};

/// Why a circuit was not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RunError {
    /// Its state does not fit.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// Its answer does not fit.
    #[error(transparent)]
    TooManyOutcomes(#[from] TooManyOutcomes),
}

/// What the shots gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Bitstrings in increasing order and how often each came; they add up to the shots.
    pub counts: Vec<(String, u64)>,
    /// ⟨ψ|O|ψ⟩ on the final state, in the order of the circuit's observables. The final state is
    /// that before the collapse by measurements of the tail (see [`Plan`]); with mid-circuit
    /// measurements, resets or guards it is the mean over the shots' final states.
    pub expectations: Vec<f64>,
}

/// Runs `circuit` `shots` times (at least once).
///
/// `circuit_bytes` is what the circuit itself takes of `memory`, in all forms it is held in.
pub fn run(
    circuit: &Circuit,
    shots: u64,
    random: Random,
    memory: Memory,
    circuit_bytes: u64,
) -> Result<Answer, RunError> {
    run_in::<f64>(circuit, shots, random, memory, circuit_bytes)
}

/// As [`run`], in the precision of `T`.
pub fn run_in<T: Real>(
    circuit: &Circuit,
    shots: u64,
    mut random: Random,
    memory: Memory,
    circuit_bytes: u64,
) -> Result<Answer, RunError> {
    memory.check(circuit.qubits, circuit_bytes)?;
    let plan = Plan::of(circuit);
    let mut walker = Walker::<T>::new(circuit, &plan, shots, memory, circuit_bytes)?;
    let mut tally = Tally::new(circuit.output_bits);
    let mut sums = vec![0.0; circuit.observables.len()];
    while walker.walk(&mut random) {
        sweep::apply(&mut walker.state, plan.tail.iter().filter_map(Step::gate));
        for (sum, observable) in sums.iter_mut().zip(&circuit.observables) {
            *sum += walker.shots as f64 * expectation(&walker.state, observable);
        }
        for &(qubit, basis) in &plan.readout.bases {
            let kernel = matrices::into_z(qubit, basis);
            Gate { controls: Controls::default(), kernel }.apply(&mut walker.state);
        }
        walker.sample(&mut tally, &mut random)?;
    }
    let expectations = sums.into_iter().map(|sum| sum / shots as f64).collect();
    Ok(Answer { counts: tally.into_counts(), expectations })
}

/// The final state of a circuit of gates: what the tests compare. Other steps are passed over.
pub fn final_state(circuit: &Circuit) -> Result<State<f64>, TooLarge> {
    let mut state = State::zero(circuit.qubits)?;
    sweep::apply(&mut state, circuit.steps.iter().filter_map(Step::gate));
    Ok(state)
}

/// The same by the plain path, gate by gate: the oracle.
pub fn plain_final_state(circuit: &Circuit) -> Result<State<f64>, TooLarge> {
    let mut state = State::zero(circuit.qubits)?;
    for gate in circuit.steps.iter().filter_map(Step::gate) {
        gate.apply(&mut state);
    }
    Ok(state)
}

/// A point in the live part, just before a measurement or reset.
#[derive(Debug)]
struct Snapshot<T> {
    state: State<T>,
    bits: Register,
    step: usize,
    /// How many outcomes came before.
    event: usize,
}

/// Shots that saw a 1 where the branch followed saw a 0.
#[derive(Debug)]
struct Waiting<T> {
    shots: u64,
    /// The event at which they part.
    event: usize,
    snapshot: Option<Snapshot<T>>,
}

/// Walks the live part, one history after the other.
#[derive(Debug)]
struct Walker<'p, T> {
    circuit: &'p Circuit,
    plan: &'p Plan<'p>,
    memory: Memory,
    circuit_bytes: u64,
    state: State<T>,
    bits: Register,
    step: usize,
    event: usize,
    /// The shots that share the history.
    shots: u64,
    /// The outcomes of this history: those already seen, and those to be replayed.
    history: Vec<bool>,
    /// Branches to come, the deepest last.
    waiting: Vec<Waiting<T>>,
    /// How many more states fit into memory.
    spare: u64,
    started: bool,
}

impl<'p, T: Real> Walker<'p, T> {
    fn new(
        circuit: &'p Circuit,
        plan: &'p Plan<'p>,
        shots: u64,
        memory: Memory,
        circuit_bytes: u64,
    ) -> Result<Self, TooLarge> {
        let one_state = memory.state_bytes(circuit.qubits);
        let outcomes = 1u64.checked_shl(circuit.output_bits).map_or(shots, |all| all.min(shots));
        let answer = outcomes.saturating_mul(Tally::entry_bytes(circuit.output_bits));
        Ok(Self {
            circuit,
            plan,
            memory,
            circuit_bytes,
            state: State::zero(circuit.qubits)?,
            bits: Register::zero(circuit.clbits),
            step: 0,
            event: 0,
            shots,
            history: Vec::new(),
            waiting: Vec::new(),
            spare: memory.free(circuit_bytes, one_state).saturating_sub(answer) / one_state,
            started: false,
        })
    }

    /// Goes to the end of the live part along the next history; false if there is none.
    fn walk(&mut self, random: &mut Random) -> bool {
        if std::mem::replace(&mut self.started, true) && !self.resume() {
            return false;
        }
        while let Some(step) = self.plan.live.get(self.step) {
            self.take(step, random);
            self.step += 1;
        }
        true
    }

    fn take(&mut self, step: &Step, random: &mut Random) {
        if !self.bits.allows(step.guard) {
            return;
        }
        match step.action {
            Action::Gate(gate) => gate.apply(&mut self.state),
            Action::Classical(op) => self.bits.compute(op),
            Action::Measure { qubit, clbit, basis } => {
                let one = self.observe(qubit, basis, random);
                self.bits.set(clbit, one);
            }
            Action::Reset(qubit) => {
                if self.observe(qubit, Pauli::Z, random) {
                    let kernel = Kernel::Flip { bit: 1 << qubit };
                    Gate { controls: Controls::default(), kernel }.apply(&mut self.state);
                }
            }
        }
    }

    /// Measures a Pauli, which collapses the state, and says whether the outcome is 1.
    fn observe(&mut self, qubit: u32, basis: Pauli, random: &mut Random) -> bool {
        let weights = project::weights(&self.state, qubit, basis);
        if self.event == self.history.len() {
            let ones = binomial(random, self.shots, weights[1], weights[0]);
            if ones > 0 && ones < self.shots {
                let snapshot = self.snapshot();
                self.waiting.push(Waiting { shots: ones, event: self.event, snapshot });
                self.shots -= ones;
                self.history.push(false);
            } else {
                self.history.push(ones > 0);
            }
        }
        let one = self.history[self.event];
        self.event += 1;
        project::collapse(&mut self.state, qubit, basis, one, weights[usize::from(one)]);
        one
    }

    fn snapshot(&mut self) -> Option<Snapshot<T>> {
        if self.spare == 0 {
            return None;
        }
        let state = self.state.try_clone()?;
        self.spare -= 1;
        Some(Snapshot { state, bits: self.bits.clone(), step: self.step, event: self.event })
    }

    /// Goes back to where the deepest waiting branch parts, or as far below as there is a state.
    fn resume(&mut self) -> bool {
        let Some(branch) = self.waiting.pop() else { return false };
        self.shots = branch.shots;
        self.history.truncate(branch.event);
        self.history.push(true);
        if let Some(own) = branch.snapshot {
            (self.state, self.bits, self.step, self.event) = (own.state, own.bits, own.step, own.event);
            self.spare += 1;
        } else if let Some(below) = self.waiting.iter().rev().find_map(|branch| branch.snapshot.as_ref()) {
            self.state.copy_from(&below.state);
            self.bits.copy_from(&below.bits);
            (self.step, self.event) = (below.step, below.event);
        } else {
            self.state.clear();
            self.bits = Register::zero(self.circuit.clbits);
            (self.step, self.event) = (0, 0);
        }
        true
    }

    /// Draws the shots of this history from the final state and counts them.
    fn sample(&mut self, tally: &mut Tally, random: &mut Random) -> Result<(), TooManyOutcomes> {
        let readout = &self.plan.readout;
        let mut outcomes =
            Outcomes::draw(std::mem::take(&mut self.state), readout.measured, self.shots, random);
        let snapshots = self.waiting.iter().filter(|branch| branch.snapshot.is_some()).count() as u64;
        let held = if self.waiting.is_empty() {
            outcomes.shrink();
            T::AMPLITUDE_BYTES * outcomes.len() as u64
        } else {
            (1 + snapshots) * self.memory.state_bytes(self.circuit.qubits)
        };
        let free = self.memory.free(self.circuit_bytes, held);
        let mut bits = self.bits.clone();
        for (outcome, count) in outcomes.iter() {
            bits.copy_from(&self.bits);
            readout.read(outcome, &mut bits);
            tally.add(bits.bitstring(self.circuit.output_bits), count, free)?;
        }
        self.state = outcomes.into_state();
        Ok(())
    }
}
