// The console: asks for the host's state once a second and shows it. Text goes in as text, never as markup.

const EVERY = 1000; // ms between two looks
const PATIENCE = 5000; // ms until a look is given up
const LAST_MINUTE = 60; // seconds that the figures are about

const byId = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

/** An SVG element with attributes. */
function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** An HTML element with a class and contents. */
function html(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** A state by shape and word. */
function state(kind, word) {
  const shape = svg("svg", { "aria-hidden": "true" }, svg("use", { href: `#${kind}` }));
  return html("span", `state ${kind}`, shape, word);
}

const KINDS = {
  ACTIVE: "good", ONLINE: "good", closed: "good",
  DISCOVERED: "busy", REGISTERED: "busy", VALIDATED: "busy", DRAINING: "busy", CALIBRATING: "busy",
  half_open: "warn", MAINTENANCE: "warn",
  ERROR: "bad", QUARANTINED: "bad", open: "bad",
  DEACTIVATED: "off", OFFLINE: "off",
};
const word = (text) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase().replace("_", " ");
const shown = (name) => state(KINDS[name] ?? "off", word(name));

/** A cell; on a phone its label stands before it. */
function cell(className, label, ...children) {
  const element = html("td", className, ...children);
  if (label) element.dataset.label = label;
  return element;
}

const number = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const plural = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

function span(seconds) {
  const [d, h, m, s] = [seconds / 86400, (seconds / 3600) % 24, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  if (d) return `${d} d ${h} h`;
  if (h) return `${h} h ${m} min`;
  if (m) return s ? `${m} min ${s} s` : `${m} min`;
  return `${s} s`;
}

// --- tables -----------------------------------------------------------------------------------------------

/** Fills a section's table; what stays the same is left alone, so that a selection survives. */
function fill(id, rows, leftOut, summary) {
  const body = document.querySelector(`#${id} tbody`);
  rows.forEach((row, index) => {
    const old = body.rows[index];
    if (!old) body.append(row);
    else if (!old.isEqualNode(row)) old.replaceWith(row);
  });
  while (body.rows.length > rows.length) body.lastElementChild.remove();
  const rest = leftOut ? `, ${leftOut} more not shown` : "";
  document.querySelector(`#${id} .count`).textContent = summary + rest;
}

function pool(one) {
  if (!one) return html("span", "faint", "none");
  const drawn = Math.min(one.size, 12); // squares; a large pool is drawn to scale
  const upTo = (count) => Math.round((count / one.size) * drawn);
  const [active, idle] = [upTo(one.active), upTo(one.active + one.idle)];
  const squares = Array.from({ length: drawn }, (_, index) => {
    const part = index < active ? "active" : index < idle ? "idle" : "free";
    return svg("rect", { class: `part-${part}`, x: index * 8 + 0.5, y: 1.5, width: 6, height: 7, rx: 1.5 });
  });
  const text = `${one.active} busy, ${one.idle} idle of ${one.size}`;
  return html("span", "pool", svg("svg", { width: drawn * 8, "aria-hidden": "true" }, ...squares), text);
}

function drivers(view) {
  const pools = new Map(view.pools.rows.map((one) => [one.driver, one]));
  const rows = view.drivers.rows.flatMap((driver) => {
    const serving = driver.generations.find((one) => one.state === "ACTIVE" && !one.canary_share);
    const name = cell("name", "", driver.name);
    const generation = cell(serving ? "" : "none", "Generation", serving ? `#${serving.generation}` : "–");
    for (const one of driver.generations) {
      if (one.canary_share) generation.append(html("span", "chip", `#${one.generation} on trial, ${Math.round(one.canary_share * 100)} %`));
      else if (one.state === "DRAINING") generation.append(html("span", "chip", `#${one.generation} draining, ${one.in_flight} left`));
      else if (one.rollback_target) generation.append(html("span", "chip", `↩ #${one.generation}`));
    }
    const row = html("tr", "",
      cell("", "", shown(driver.state)), name, generation,
      cell(serving ? "" : "none", "Version", serving ? `${serving.version} ` : "–", html("span", "faint", serving?.runtime ?? "")),
      cell(serving ? "" : "none", "Trust", serving?.trust ?? "–"),
      cell(serving ? "number" : "number none", "In flight", String(serving?.in_flight ?? "–")),
      cell(serving ? "" : "none", "", pool(pools.get(driver.name))));
    row.dataset.driver = driver.name;
    if (!driver.reason) return [row];
    const why = cell(serving ? "warn" : "bad", "", html("code", "", driver.reason_code), ` ${driver.reason}`);
    why.colSpan = 7;
    return [row, html("tr", "why", why)];
  });
  fill("drivers", rows, view.drivers.left_out, String(view.drivers.rows.length));
}

function devices(view) {
  const wanted = byId("filter").value.trim().toLowerCase();
  const all = view.devices.rows;
  const found = all.filter((one) => `${one.id} ${one.driver} ${one.provider} ${one.status}`.toLowerCase().includes(wanted));
  const rows = found.map((one) => html("tr", "",
    cell("", "", shown(one.status)), cell("name", "", one.id), cell("", "Driver", one.driver),
    cell("number", "Queue", String(one.queue)),
    cell(one.wait_s === null ? "number none" : "number", "Wait", one.wait_s === null ? "–" : span(one.wait_s))));
  const online = all.filter((one) => one.status === "ONLINE").length;
  fill("devices", rows, view.devices.left_out, `${online} of ${all.length} online`);
}

function breakers(view) {
  const rows = view.breakers.rows.map((one) => {
    const held = one.held ? [html("span", "chip", "held")] : [];
    return html("tr", "",
      cell("", "", shown(one.state), ...held),
      cell("name", "", one.device || one.driver, html("span", "chip", one.device ? "device" : "driver")),
      cell("number", "Failures", `${one.failures} / ${one.calls}`),
      cell("number", "Opened", `${one.opened}×`),
      cell(one.remaining_s ? "number" : "number none", "Next try", one.remaining_s ? `in ${Math.ceil(one.remaining_s)} s` : "–"));
  });
  const open = view.breakers.rows.filter((one) => one.state !== "closed").length;
  fill("breakers", rows, view.breakers.left_out, rows.length ? (open ? `${open} not closed` : `all ${rows.length} closed`) : "");
}

// --- events -----------------------------------------------------------------------------------------------

let newest = null; // the number of the newest event shown

function tone(kind) {
  if (/refused|quarantined|failed|cut/.test(kind)) return "bad";
  if (/rolled|drain|unloaded|canary/.test(kind)) return "warn";
  return kind === "activated" ? "good" : "off";
}

function events(view) {
  const latest = view.events[0]?.sequence ?? 0;
  if (latest === newest) return;
  byId("log").replaceChildren(...view.events.map((event) => {
    const time = html("time", "", event.time.slice(11, 19));
    time.dateTime = event.time;
    const whom = event.driver + (event.generation ? ` #${event.generation}` : "");
    return html("li", "", time, html("span", `kind ${tone(event.kind)}`, word(event.kind)), html("span", "name", whom),
      html("span", "text", event.message));
  }));
  // Read out only what happens while somebody listens, and only the last of it.
  const last = view.events[0];
  if (newest !== null && last) byId("news").textContent = `${last.driver}: ${last.message}`;
  newest = latest;
}

// --- figures and plots ------------------------------------------------------------------------------------

/** The seconds that are over, oldest first; null where nobody asked. A young host shows a minute at least. */
function history(view) {
  const length = Math.min(view.history_s, Math.max(LAST_MINUTE, view.second));
  const seconds = new Array(length).fill(null);
  for (const one of view.traffic) {
    const index = length - (view.second - one.second);
    if (index >= 0 && index < seconds.length) seconds[index] = one;
  }
  return seconds;
}

function figures(view, seconds) {
  const recent = seconds.slice(-LAST_MINUTE).filter(Boolean);
  const sum = (key) => recent.reduce((total, one) => total + one[key], 0);
  const [answered, refused, failed] = ["answered", "refused", "failed"].map(sum);
  const total = answered + refused + failed;
  const lasted = Math.max(1, Math.min(LAST_MINUTE, view.second));
  const share = (count) => (total ? number((count / total) * 100) : "–");
  const mean = (key) => {
    const weighed = recent.reduce((all, one) => all + one[key] * (one.answered + one.refused + one.failed), 0);
    return total ? number(weighed / total) : "–";
  };
  byId("rate").textContent = number(total / lasted);
  byId("failed").textContent = share(failed);
  byId("failed").closest("div").className = failed ? "alarm" : "";
  byId("refused").textContent = share(refused);
  byId("p50").textContent = mean("p50_ms");
  byId("p95").textContent = mean("p95_ms");
  byId("in-flight").textContent = String(view.in_flight);
}

const PLOT = { left: 40, right: 2, top: 8, bottom: 18, height: 150 };

/** Lines and labels behind a plot. */
function frame(width, marks, seconds) {
  const floor = PLOT.height - PLOT.bottom;
  const lines = marks.flatMap(([y, label]) => [
    svg("line", { class: "grid", x1: PLOT.left, x2: width, y1: y, y2: y }),
    svg("text", { x: PLOT.left - 8, y: y + 4, "text-anchor": "end" }, label),
  ]);
  const ago = svg("text", { x: PLOT.left, y: floor + 15 }, `${span(seconds)} ago`);
  return [...lines, ago, svg("text", { x: width, y: floor + 15, "text-anchor": "end" }, "now")];
}

function ratePlot(plot, seconds) {
  const width = plot.clientWidth || 600;
  const [room, floor] = [PLOT.height - PLOT.top - PLOT.bottom, PLOT.height - PLOT.bottom];
  const total = (one) => one.answered + one.refused + one.failed;
  const peak = Math.max(4, ...seconds.filter(Boolean).map(total));
  const unit = 10 ** Math.floor(Math.log10(peak));
  const most = [1, 2, 4, 6, 8, 10].map((step) => step * unit).find((step) => step >= peak);
  const step = (width - PLOT.left - PLOT.right) / seconds.length;
  const bars = { answered: "", refused: "", failed: "" };
  seconds.forEach((one, index) => {
    if (!one) return;
    let y = floor;
    for (const part of Object.keys(bars)) {
      const height = (one[part] / most) * room;
      if (!height) continue;
      y -= height;
      bars[part] += `M${(PLOT.left + index * step).toFixed(2)} ${y.toFixed(2)}h${Math.max(step * 0.82, 0.6).toFixed(2)}v${height.toFixed(2)}h${-Math.max(step * 0.82, 0.6).toFixed(2)}z`;
    }
  });
  const marks = [0, most / 2, most].map((value) => [floor - (value / most) * room, String(value)]);
  plot.replaceChildren(...frame(width, marks, seconds.length), ...Object.entries(bars).map(([part, d]) => svg("path", { class: part, d })));
  const last = seconds.at(-1);
  plot.setAttribute("aria-label", `Requests a second: now ${last ? total(last) : 0}, at most ${seconds.some(Boolean) ? peak : 0}`);
}

function latencyPlot(plot, seconds) {
  const width = plot.clientWidth || 600;
  const [room, floor] = [PLOT.height - PLOT.top - PLOT.bottom, PLOT.height - PLOT.bottom];
  const seen = seconds.filter(Boolean);
  const least = Math.min(1, ...seen.map((one) => one.p50_ms));
  const worst = Math.max(10, ...seen.map((one) => one.p99_ms));
  const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(worst))];
  const y = (ms) => floor - ((Math.log10(ms) - low) / (high - low)) * room;
  const step = (width - PLOT.left - PLOT.right) / seconds.length;
  const marks = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)).map((ms) => [y(ms), String(+ms.toPrecision(1))]);
  const curves = ["p99", "p95", "p50"].map((which) => {
    let [d, pen] = ["", "M"];
    seconds.forEach((one, index) => {
      if (one) d += `${pen}${(PLOT.left + (index + 0.5) * step).toFixed(2)} ${y(one[`${which}_ms`]).toFixed(2)}`;
      pen = one ? "L" : "M";
    });
    return svg("path", { class: `curve ${which}`, d, "stroke-linecap": "round" });
  });
  plot.replaceChildren(...frame(width, marks, seconds.length), ...curves);
  const last = seen.at(-1);
  plot.setAttribute("aria-label", last ? `Latency: median ${number(last.p50_ms)} ms, 99th ${number(last.p99_ms)} ms` : "Latency: no requests");
}

// --- the host ---------------------------------------------------------------------------------------------

/** Says something of the host itself; only when it changes, since it is read out. */
function host(kind, words, reason) {
  const banner = byId("host");
  banner.className = `banner ${kind}`;
  if (byId("host-state").textContent !== words) {
    const shape = state(kind, words);
    shape.id = "host-state";
    byId("host-state").replaceWith(shape);
  }
  if (byId("host-reason").textContent !== reason) byId("host-reason").textContent = reason;
}

let shownView = null;

function show(view) {
  shownView = view;
  document.body.classList.remove("stale");
  host(view.ready ? "good" : "bad", view.ready ? "Ready" : "Not ready", view.reason);
  byId("version").textContent = view.version;
  byId("host-facts").textContent = `up ${span(view.uptime_s)} · ${plural(view.devices.rows.length + view.devices.left_out, "device")}`;
  document.title = `${view.ready ? "" : "✕ "}Driver Manager`;
  byId("notes").replaceChildren(...view.notes.map((note) => html("li", "", `Note: ${note}`)));
  const seconds = history(view);
  figures(view, seconds);
  ratePlot(byId("rate-plot"), seconds);
  latencyPlot(byId("latency-plot"), seconds);
  drivers(view);
  devices(view);
  breakers(view);
  events(view);
}

let paused = false;

async function look() {
  if (!paused && !document.hidden) {
    try {
      const answer = await fetch("/console/state", { signal: AbortSignal.timeout(PATIENCE) });
      if (!answer.ok) throw new Error(`the host answers ${answer.status}`);
      show(await answer.json());
    } catch {
      document.body.classList.add("stale");
      host("bad", "No contact", "What is below is how it was before. Trying again …");
    }
  }
  setTimeout(look, EVERY);
}

function pause() {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  byId("pause").textContent = paused ? "Paused" : "Pause";
}

byId("pause").addEventListener("click", pause);
byId("filter").addEventListener("input", () => shownView && devices(shownView));
document.addEventListener("keydown", (press) => {
  if (press.target.matches("input") || press.ctrlKey || press.metaKey || press.altKey) return;
  if (press.key === "p") pause();
  if (press.key === "/") {
    press.preventDefault();
    byId("filter").focus();
  }
});
window.addEventListener("resize", () => shownView && show(shownView));
look();
