//! Cache-blocked sweeps: many fused gates for each time that the state passes through the cache.
//!
//! A state larger than [`BLOCK`] is cut into blocks: some qubits are *resident*, each block holds all their
//! values for one value of the others. A block is gathered into a buffer that fits the cache, gets all gates
//! whose targets are resident, and is scattered back. Controls and diagonal gates may be on any
//! qubit: in a block, the others are constants. Gates that have to wait for a later sweep let those
//! overtake them that commute.
//!
//! Qubits that no gate has changed yet are |0⟩: blocks in which one of them is 1 hold zeros and are passed over.

use super::fuse::{Fused, fuse};
use super::gate::Gate;
use super::local::Local;
use super::real::Real;
use super::state::State;
use super::wide::LANE_QUBITS;

/// Qubits of a block: 2¹³ amplitudes are 128 KiB in double precision, well within a second-level cache.
const BLOCK: u32 = 13;

/// The lowest qubits are always resident: what is gathered are runs of this length.
const RUN: u32 = 6;

/// Gates planned at a time, which bounds what plans take in memory.
pub const WINDOW: usize = 2048;

/// From this many qubits on there are enough lanes for the fast loops.
pub const SMALLEST: u32 = LANE_QUBITS + 2;

/// Applies `gates` to `state`.
pub fn apply<T: Real>(state: &mut State<T>, mut gates: impl Iterator<Item = Gate>) {
    let qubits = state.dim().trailing_zeros();
    if qubits < SMALLEST {
        for gate in gates {
            gate.apply(state);
        }
        return;
    }
    loop {
        let window: Vec<Gate> = gates.by_ref().take(WINDOW).collect();
        if window.is_empty() {
            return;
        }
        let fused = fuse(qubits, window.iter());
        if qubits <= BLOCK {
            whole(state, &fused);
        } else {
            let mut left: Vec<&Fused> = fused.iter().collect();
            while !left.is_empty() {
                let (now, resident) = next_sweep(&mut left, qubits);
                sweep(state, &now, resident);
            }
        }
    }
}

/// A state that is one block: its leading part, as far as qubits have changed, is all there is.
fn whole<T: Real>(state: &mut State<T>, fused: &[Fused]) {
    let qubits = state.dim().trailing_zeros();
    for gate in fused {
        state.touched |= gate.targets();
        let used = (state.touched | gate.conditions()).checked_ilog2().map_or(0, |top| top + 1).max(SMALLEST);
        let used = used.min(qubits);
        let local = Local::<T>::of(gate, used, |mask| mask);
        local.apply(&mut state.re[..1 << used], &mut state.im[..1 << used], 0);
    }
}

/// Takes the gates of the next sweep out of `left` and says which qubits are resident.
fn next_sweep<'f>(left: &mut Vec<&'f Fused>, qubits: u32) -> (Vec<&'f Fused>, usize) {
    let mut resident = (1usize << RUN) - 1;
    // Qubits that a gate left behind changes, and those that one reads.
    let (mut changed, mut read) = (0, 0);
    let mut now = Vec::new();
    left.retain(|gate| {
        let (targets, conditions) = (gate.targets(), gate.conditions());
        let free = targets & (changed | read) == 0 && conditions & changed == 0;
        if free && (resident | targets).count_ones() <= BLOCK {
            resident |= targets;
            now.push(*gate);
            return false;
        }
        changed |= targets;
        read |= conditions;
        true
    });
    // Room that is left makes blocks larger and fewer.
    for qubit in 0..qubits {
        if resident.count_ones() < BLOCK {
            resident |= 1 << qubit;
        }
    }
    (now, resident)
}

fn sweep<T: Real>(state: &mut State<T>, gates: &[&Fused], resident: usize) {
    let dim = state.dim();
    let locals: Vec<Local<T>> =
        gates.iter().map(|gate| Local::of(gate, BLOCK, |mask| compress(mask, resident))).collect();
    let places: Vec<usize> = (0..1usize << (BLOCK - RUN)).map(|run| deposit(run << RUN, resident)).collect();
    let (mut re, mut im) = (vec![T::default(); 1 << BLOCK], vec![T::default(); 1 << BLOCK]);
    let run = 1 << RUN;
    let mut base = 0;
    loop {
        if base & !state.touched == 0 {
            for (part, place) in places.iter().enumerate() {
                let (from, to) = (base | place, part * run);
                re[to..to + run].copy_from_slice(&state.re[from..from + run]);
                im[to..to + run].copy_from_slice(&state.im[from..from + run]);
            }
            for local in &locals {
                local.apply(&mut re, &mut im, base);
            }
            for (part, place) in places.iter().enumerate() {
                let (to, from) = (base | place, part * run);
                state.re[to..to + run].copy_from_slice(&re[from..from + run]);
                state.im[to..to + run].copy_from_slice(&im[from..from + run]);
            }
        }
        base = (base | resident).wrapping_add(1) & !resident;
        if base == 0 || base >= dim {
            break;
        }
    }
    state.touched |= gates.iter().fold(0, |all, gate| all | gate.targets());
}

/// The bits of `value` at the places of `mask`, put side by side.
pub fn compress(value: usize, mask: usize) -> usize {
    let (mut rest, mut result, mut at) = (mask, 0, 0);
    while rest != 0 {
        result |= (value >> rest.trailing_zeros() & 1) << at;
        rest &= rest - 1;
        at += 1;
    }
    result
}

/// The inverse of [`compress`].
pub fn deposit(value: usize, mask: usize) -> usize {
    let (mut rest, mut result, mut value) = (mask, 0, value);
    while rest != 0 {
        if value & 1 == 1 {
            result |= rest & rest.wrapping_neg();
        }
        value >>= 1;
        rest &= rest - 1;
    }
    result
}
