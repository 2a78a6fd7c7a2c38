//! What `top` shows, as lines; pure.

use std::time::Duration;

use super::lines::{Line, Tone, columns};
use crate::http::console::{Breaker, Device, Driver, Event, Generation, Pool, Rows, Second, View};

/// Seconds that the figures are about.
const LAST_MINUTE: usize = 60;
/// Heights of a bar in eighths of a line.
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A part of the screen below a title.
struct Section {
    title: Line,
    rows: Vec<Line>,
}

/// The host in so many columns and lines; `lost` says why there is nothing newer.
pub(super) fn draw(view: &View, lost: Option<&str>, width: usize, height: usize) -> Vec<Line> {
    let mut lines = head(view, lost, width);
    let sections = [drivers(view), devices(&view.devices), breakers(&view.breakers), events(&view.events)];
    // Each section has its title and an empty line before it.
    let room = height.saturating_sub(lines.len() + 2 * sections.len());
    let rows = shares(room, sections.each_ref().map(|section| section.rows.len()));
    for (section, share) in sections.into_iter().zip(rows) {
        let hidden = section.rows.len() - share;
        let more = if hidden > 0 { format!("  {hidden} more") } else { String::new() };
        lines.push(Line::default());
        lines.push(section.title.and(Tone::Faint, more));
        lines.extend(section.rows.into_iter().take(share));
    }
    lines
}

/// Deals lines out: who needs few gets all of them, the others share what is left.
fn shares<const N: usize>(room: usize, wanted: [usize; N]) -> [usize; N] {
    let mut order: Vec<usize> = (0..N).collect();
    order.sort_by_key(|index| wanted[*index]);
    let (mut left, mut given) = (room, [0; N]);
    for (dealt, index) in order.into_iter().enumerate() {
        given[index] = wanted[index].min(left / (N - dealt));
        left -= given[index];
    }
    given
}

fn head(view: &View, lost: Option<&str>, width: usize) -> Vec<Line> {
    let title = Line::new(Tone::Bold, format!("Driver Manager {}  ", view.version));
    let title = match (lost, view.ready) {
        (Some(why), _) => {
            title.and(Tone::Bad, format!("✕ No contact: {}", why.lines().next().unwrap_or_default()))
        }
        (None, true) => title.and(Tone::Good, "● Ready"),
        (None, false) => title.and(Tone::Bad, format!("✕ Not ready: {}", view.reason)),
    };
    let up = humantime::format_duration(Duration::from_secs(view.uptime_s as u64)).to_string();
    let title = title.and(Tone::Faint, format!("  up {up}"));
    let mut lines = vec![title, figures(view)];
    lines.extend(view.notes.iter().map(|note| Line::new(Tone::Warn, format!("▲ {note}"))));
    lines.push(bars(view, width));
    lines
}

fn figures(view: &View) -> Line {
    let since = view.second.saturating_sub(LAST_MINUTE as u64);
    let recent: Vec<&Second> = view.traffic.iter().filter(|one| one.second >= since).collect();
    let failed: u32 = recent.iter().map(|one| one.failed).sum();
    let total: u32 = recent.iter().map(|one| requests(one)).sum();
    let rate = f64::from(total) / (view.second.clamp(1, LAST_MINUTE as u64) as f64);
    let line = Line::new(Tone::Faint, "last minute  ").and(Tone::Bold, format!("{rate:.1} requests/s"));
    if total == 0 {
        return line;
    }
    let of_all = f64::from(total);
    let mean = |latency: fn(&Second) -> f64| {
        recent.iter().map(|one| latency(one) * f64::from(requests(one))).sum::<f64>() / of_all
    };
    let tone = if failed > 0 { Tone::Bad } else { Tone::Plain };
    line.and(tone, format!("  failed {:.2} %", f64::from(failed) / of_all * 100.0)).and(
        Tone::Plain,
        format!(
            "  median {:.2} ms  95th {:.2} ms  in flight {}",
            mean(|one| one.p50_ms),
            mean(|one| one.p95_ms),
            view.in_flight
        ),
    )
}

fn requests(second: &Second) -> u32 {
    second.answered + second.refused + second.failed
}

/// Requests a second, the newest at the right.
fn bars(view: &View, width: usize) -> Line {
    let label = "requests/s   ";
    let places = width.saturating_sub(label.len()).clamp(1, LAST_MINUTE);
    let mut counts = vec![0; places];
    for one in &view.traffic {
        let ago = view.second.saturating_sub(one.second) as usize;
        if (1..=places).contains(&ago) {
            counts[places - ago] = requests(one);
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let eighths = |count: u32| if count == 0 { 0 } else { (count * 8 / most).max(1) as usize };
    let drawn: String = counts.into_iter().map(|count| BARS[eighths(count)]).collect();
    Line::new(Tone::Faint, label).and(Tone::Busy, drawn)
}

/// A state by shape and word.
fn state(name: &str) -> Line {
    let (shape, tone) = match name {
        "ACTIVE" | "ONLINE" | "closed" => ('●', Tone::Good),
        "DISCOVERED" | "REGISTERED" | "VALIDATED" | "DRAINING" | "CALIBRATING" => ('◐', Tone::Busy),
        "half_open" | "MAINTENANCE" => ('▲', Tone::Warn),
        "ERROR" | "QUARANTINED" | "open" => ('✕', Tone::Bad),
        _ => ('○', Tone::Faint),
    };
    Line::new(tone, format!("{shape} {}", name.to_lowercase().replace('_', " ")))
}

fn plain(text: impl AsRef<str>) -> Line {
    Line::new(Tone::Plain, text)
}

fn title(name: &str, facts: &str, left_out: usize) -> Line {
    let more = if left_out > 0 { format!(", {left_out} not told of") } else { String::new() };
    Line::new(Tone::Bold, name).and(Tone::Faint, format!("  {facts}{more}"))
}

fn drivers(view: &View) -> Section {
    let serving = |driver: &Driver| {
        driver.generations.iter().find(|one| one.state == "ACTIVE" && one.canary_share == 0.0).cloned()
    };
    let pool = |driver: &Driver| view.pools.rows.iter().find(|pool| pool.driver == driver.name);
    let row = |driver: &Driver| {
        let mut cells = vec![state(&driver.state), plain(&driver.name)];
        if let Some(one) = serving(driver) {
            cells.push(plain(format!("#{}", one.generation)));
            cells.push(Line::new(Tone::Faint, format!("{} {}", one.version, one.runtime)));
            cells.push(plain(format!("in flight {}", one.in_flight)));
            cells.push(pool(driver).map(connections).unwrap_or_default());
            cells.push(Line::new(Tone::Warn, others(&driver.generations)));
        }
        cells
    };
    let mut lines = columns(view.drivers.rows.iter().map(row).collect()).into_iter();
    let mut rows = Vec::new();
    for driver in &view.drivers.rows {
        rows.extend(lines.next());
        if !driver.reason.is_empty() {
            let tone = if serving(driver).is_some() { Tone::Warn } else { Tone::Bad };
            rows.push(Line::new(tone, format!("  {}: {}", driver.reason_code, driver.reason)));
        }
    }
    let count = view.drivers.rows.len().to_string();
    Section { title: title("DRIVERS", &count, view.drivers.left_out), rows }
}

fn connections(pool: &Pool) -> Line {
    plain(format!("pool {} busy, {} idle of {}", pool.active, pool.idle, pool.size))
}

/// Generations beside the one in service.
fn others(generations: &[Generation]) -> String {
    let told = generations.iter().filter_map(|one| match one.state.as_str() {
        "DRAINING" => Some(format!("#{} draining", one.generation)),
        _ if one.canary_share > 0.0 => {
            Some(format!("#{} on trial, {:.0} %", one.generation, one.canary_share * 100.0))
        }
        _ => None,
    });
    told.collect::<Vec<_>>().join(", ")
}

fn devices(devices: &Rows<Device>) -> Section {
    let row = |device: &Device| {
        let wait = device.wait_s.map(|wait| format!("wait {wait:.0} s")).unwrap_or_default();
        vec![
            state(&device.status),
            plain(&device.id),
            Line::new(Tone::Faint, &device.driver),
            plain(format!("queue {}", device.queue)),
            plain(wait),
        ]
    };
    let online = devices.rows.iter().filter(|device| device.status == "ONLINE").count();
    let facts = format!("{online} of {} online", devices.rows.len());
    Section {
        title: title("DEVICES", &facts, devices.left_out),
        rows: columns(devices.rows.iter().map(row).collect()),
    }
}

/// Those that are closed are only counted.
fn breakers(breakers: &Rows<Breaker>) -> Section {
    let row = |breaker: &Breaker| {
        let before = if breaker.device.is_empty() { &breaker.driver } else { &breaker.device };
        let next = match breaker.remaining_s {
            left if left > 0.0 => format!("next try in {:.0} s", left.ceil()),
            _ if breaker.held => "held by an operator".to_owned(),
            _ => String::new(),
        };
        vec![
            state(&breaker.state),
            plain(before),
            plain(format!("{} of {} failed", breaker.failures, breaker.calls)),
            plain(next),
        ]
    };
    let told: Vec<_> =
        breakers.rows.iter().filter(|breaker| breaker.state != "closed" || breaker.held).collect();
    let closed = breakers.rows.len() - told.len();
    Section {
        title: title("BREAKERS", &format!("{closed} closed"), breakers.left_out),
        rows: columns(told.into_iter().map(row).collect()),
    }
}

fn events(events: &[Event]) -> Section {
    let row = |event: &Event| {
        let whom = match event.generation {
            0 => event.driver.clone(),
            generation => format!("{} #{generation}", event.driver),
        };
        vec![
            Line::new(Tone::Faint, event.time.get(11..19).unwrap_or_default()),
            plain(&event.kind),
            plain(whom),
            Line::new(Tone::Faint, &event.message),
        ]
    };
    Section {
        title: title("EVENTS", "newest first, UTC", 0),
        rows: columns(events.iter().map(row).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_needs_few_lines_gets_all_of_them() {
        assert_eq!(shares(20, [2, 100, 0, 50]), [2, 9, 0, 9]);
        assert_eq!(shares(usize::MAX, [2, 100, 0, 50]), [2, 100, 0, 50]);
        assert_eq!(shares(0, [2, 100, 0, 50]), [0; 4]);
    }
}
