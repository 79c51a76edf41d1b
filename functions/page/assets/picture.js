// What the jobs say: states with a sign and a word, waves, and the picture of lanes.

const STATES = {
  planned: ["○", "waits", ""], deferred: ["○", "waits", ""],
  admitted: ["◔", "starts", "busy"], redeploying: ["◑", "moves", "busy"],
  verifying: ["◕", "is verified", "busy"], parked: ["‖", "is parked", "bad"],
  succeeded: ["●", "is done", "good"], skipped: ["·", "was skipped", "dim"],
  missed: ["!", "was missed", "bad"], cancelled: ["–", "was cancelled", "dim"],
  failed: ["✕", "failed", "bad"],
};
const WAITING = ["planned", "deferred"], MOVING = ["admitted", "redeploying", "verifying"];
const OPEN = [...WAITING, ...MOVING, "parked"];

const sign = (state) => (STATES[state] || ["?", state, ""])[0];
const tone = (state) => (STATES[state] || ["?", state, ""])[2];
const inStates = (jobs, states) => jobs.filter((job) => states.includes(job.state));

/** Jobs by the day on which their self-service phase starts, the newest first. */
function waves(jobs) {
  const found = new Map();
  for (const job of jobs) {
    const day = job.wave.slice(0, 10);
    if (!found.has(day)) found.set(day, []);
    found.get(day).push(job);
  }
  return [...found].sort(([a], [b]) => (a < b ? 1 : -1));
}

/** A bar of three parts. Its figures stand beside it as text. */
function bar(jobs) {
  const name = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(name, "svg");
  svg.setAttribute("class", "bar");
  svg.setAttribute("viewBox", "0 0 100 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const parts = [["back", jobs.length], ["good", inStates(jobs, ["succeeded"]).length],
    ["busy", inStates(jobs, MOVING).length],
    ["bad", inStates(jobs, ["failed", "missed", "parked"]).length]];
  let x = 0;
  for (const [tint, n] of parts) {
    const rect = document.createElementNS(name, "rect");
    const width = (100 * n) / Math.max(1, jobs.length);
    rect.setAttribute("class", tint);
    rect.setAttribute("x", tint === "back" ? 0 : x);
    rect.setAttribute("width", width);
    rect.setAttribute("height", 10);
    svg.append(rect);
    if (tint !== "back") x += width;
  }
  return svg;
}

/** One line for each placement: its lanes, each with a sign for each machine. */
function lanes(jobs, most) {
  const scopes = new Map();
  for (const job of jobs) {
    const isAlone = job.scope.startsWith("vm:");
    const scope = isAlone ? "standalone machines" : job.scope;
    if (!scopes.has(scope)) scopes.set(scope, new Map());
    const lane = isAlone ? job.machine.split("/")[4] || "" : job.lane || "no lane";
    const found = scopes.get(scope);
    if (!found.has(lane)) found.set(lane, []);
    found.get(lane).push(job);
  }
  const busy = (found) => [...found.values()].flat().some((job) => OPEN.includes(job.state));
  const all = [...scopes].sort(([, a], [, b]) => busy(b) - busy(a));
  const shown = all.slice(0, most).map(([scope, found]) => make("div", { class: "panel" },
    make("b", {}, shortScope(scope)),
    make("ul", { class: "lanes" }, [...found].sort().map(([lane, those]) => make("li", {},
      make("b", {}, `${lane} `),
      make("span", { class: "glyphs", "aria-hidden": "true" },
        those.slice(0, 40).map((job) => make("span", { class: tone(job.state) }, sign(job.state))),
        those.length > 40 ? ` +${those.length - 40}` : ""),
      make("span", { class: "unseen" }, words(those)))))));
  return { shown, left: all.length - shown.length };
}

/** "3 done, 1 moves" for a list of jobs. */
function words(jobs) {
  const counts = new Map();
  for (const job of jobs) {
    const word = (STATES[job.state] || ["", job.state])[1];
    counts.set(word, (counts.get(word) || 0) + 1);
  }
  return [...counts].map(([word, n]) => `${n} ${word}`).join(", ");
}
