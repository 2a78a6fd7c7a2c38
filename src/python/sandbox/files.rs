//! Landlock: which files a worker may open, which port it may connect to, and that signals stay inside.

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible as _, NetPort, PathBeneath,
    PathFd, Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetError, RulesetStatus,
    Scope,
};

use super::policy::{Network, Policy};

/// The rules of the kernel that the sandbox needs whole: files with truncation and device requests, TCP ports,
/// signals and abstract sockets.
pub(super) const NEEDED: ABI = ABI::V6;

/// Whether the kernel has all of them.
///
/// # Errors
/// What it lacks.
pub(super) fn supported() -> Result<(), RulesetError> {
    handled(CompatLevel::HardRequirement).map(drop)
}

fn handled(level: CompatLevel) -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .set_compatibility(level)
        .handle_access(AccessFs::from_all(NEEDED))?
        .handle_access(AccessNet::from_all(NEEDED))?
        .scope(Scope::from_all(NEEDED))?
        .create()
}

/// Puts this thread, and all that it starts, under the policy; whether wholly.
///
/// # Errors
/// Without `best_effort`, if the kernel lacks a part.
pub(super) fn restrict(policy: &Policy) -> Result<bool, RulesetError> {
    let level = if policy.best_effort { CompatLevel::BestEffort } else { CompatLevel::HardRequirement };
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let program = AccessFs::ReadFile | AccessFs::Execute;
    let write = AccessFs::from_all(NEEDED)
        & !(program | AccessFs::ReadDir | AccessFs::MakeChar | AccessFs::MakeBlock)
        | read;
    let mut rules = handled(level)?;
    for (paths, access) in [(&policy.read, read), (&policy.execute, program), (&policy.write, write)] {
        for path in paths {
            rules = allow(rules, path, access)?;
        }
    }
    if let Network::Proxy { port } = policy.network {
        rules = rules.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
    }
    Ok(rules.restrict_self()?.ruleset == RulesetStatus::FullyEnforced)
}

fn allow(
    rules: RulesetCreated,
    path: &std::path::Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    // What is not there needs no rule; what cannot be opened now could not be opened later.
    let Ok(at) = PathFd::new(path) else { return Ok(rules) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(NEEDED) };
    rules.add_rule(PathBeneath::new(at, access))
}
