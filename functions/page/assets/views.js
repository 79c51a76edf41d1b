// The pages. Each returns nodes for the answers that it asked for.

const FEW_ROWS = 500, MOST_SCOPES = 60, MOST_NEEDS = 50;
let MOST_ROWS = FEW_ROWS; // paper has all of them

const link = (id) => make("a", { href: `#/machine?id=${encodeURIComponent(id)}` }, shortName(id));
const stateOf = (job) => make("span", { class: tone(job.state) }, `${sign(job.state)} ${job.state}`);

const VIEWS = {
  overview: {
    title: "Overview",
    reads: ["jobs", "semaphores", "pauses", "plan?limit=5000", "scans", "targets"],
    show: ([list, locks, pauses, plan, scans, targets], _query, health) => [
      ...pauses.pauses.map((pause) => make("p", { class: "panel warn" },
        `Paused: ${pause.target}, by ${pause.by}: ${pause.reason}`
          + `${pause.until ? `, until ${time(pause.until)}` : ""} `,
        button("Resume…", () => resume(pause)))),
      cut(list, "jobs"), cut(locks, "semaphores"),
      make("h2", {}, "Needs you"), ...needs(list, locks, plan, outsideNeeds(scans, targets, health)),
      make("h2", {}, "Waves"), ...waveLines(list.jobs, plan),
      make("h2", {}, "Now, by placement"), ...lanePicture(list.jobs),
    ],
  },
  jobs: {
    title: "Jobs",
    reads: ["jobs"],
    show: ([list], query) => [cut(list, "jobs"), filters(list.jobs, query),
      ...rows(list.jobs, query)],
  },
  machine: {
    title: "Machine",
    reads: (query) => [`explain?machine=${encodeURIComponent(query.get("id") || "")}`],
    show: ([found], query) => machine(found, query.get("id") || ""),
  },
  locks: {
    title: "Locks",
    reads: ["semaphores"],
    show: ([list]) => {
      const used = list.semaphores.filter((each) =>
        each.holders.length || each.waiters.length || each.halts.length);
      const start = cut(list, "semaphores");
      if (!used.length) return [start, make("p", {}, "No lock is held, waited for or halted.")];
      return [start, table("Locks that are held, waited for or halted",
        ["Scope", "Lane", "Held by", "Waiting", "Halted"],
        used.slice(0, MOST_ROWS).map((each) => [
          make("span", { title: each.scope }, shortScope(each.scope)), each.lane || "-",
          each.holders.map((one) => `${one.job.slice(-8)} until ${one.expiresAt.slice(11, 16)}`)
            .join(", ") || "-",
          String(each.waiters.length),
          each.halts.length ? [make("span", { class: "bad" }, each.halts[0].reason), " ",
            button("Lift halt…", () => liftHalt(each))] : "-",
        ]), used.length), rest(used.length)];
    },
  },
  notices: {
    title: "Notices",
    reads: ["notices?days=30"],
    show: ([list]) => list.notices.length ? [table("Notices of the last 30 days",
      ["Came", "From", "Title", "Outcome", "Reason"],
      list.notices.slice(0, MOST_ROWS).map((each) => [time(each.at), each.source,
        each.title || "-", each.outcome, each.reason || "-"]), list.notices.length),
    list.next || list.notices.length > MOST_ROWS
      ? make("p", {}, "Older ones: forestall notices --days 30") : ""]
      : [make("p", {}, "No notice came in the last 30 days.")],
  },
};

/** What a list says that has more elements than the page reads. */
function cut(list, command) {
  return list.isCut ? make("p", { class: "panel warn" },
    `Only the first of them are read here. For all, type: forestall ${command}`) : "";
}

/** What follows a table that shows no more than MOST_ROWS of `n` rows. */
const rest = (n) => n > MOST_ROWS
  ? make("p", {}, `And ${n - MOST_ROWS} more: type forestall semaphores.`) : "";

function button(text, click) {
  return make("button", { type: "button", click, "data-act": true }, text);
}

function needs(list, locks, plan, outside) {
  const jobs = new Map(list.jobs.map((job) => [job.id, job]));
  const found = [...outside];
  for (const lock of locks.semaphores) {
    for (const halt of lock.halts) {
      const job = jobs.get(halt.job);
      found.push([make("span", { class: "bad" }, "✕ halted "), job ? link(job.machine) : halt.job,
        ` ${halt.reason}; halts ${shortScope(lock.scope)}, ${lock.waiters.length} wait `,
        button("Lift halt…", () => liftHalt(lock))]);
    }
  }
  for (const job of inStates(list.jobs, ["parked"])) {
    found.push([make("span", { class: "bad" }, "‖ parked "), link(job.machine), ` ${job.reason} `,
      button("Retry…", () => command(job, "retry", "Continue a parked job"))]);
  }
  for (const each of plan.infeasible) {
    found.push([make("span", { class: "warn" }, "! does not fit "), link(each.id),
      ` ${each.blocked_by.join("; ")}`,
      each.relax.length ? ` Ways out: ${each.relax.join("; ")}` : ""]);
  }
  for (const job of list.jobs.filter((one) => one.atRisk.length && OPEN.includes(one.state))) {
    found.push([make("span", { class: "warn" }, "! at risk "), link(job.machine),
      ` ${job.atRisk.join(", ")}: ${job.reason}`]);
  }
  for (const row of [...list.unreadable, ...locks.unreadable]) {
    found.push([make("span", { class: "bad" }, "✕ unreadable "), `${row.key}: ${row.reason}`]);
  }
  needed = found.length;
  if (!found.length) return [make("p", { class: "good" }, "Nothing.")];
  const more = found.length - MOST_NEEDS;
  return [...found.slice(0, MOST_NEEDS).map((line) => make("p", { class: "panel" }, line)),
    more > 0 ? make("p", {}, `And ${more} more: see Jobs.`) : ""].filter(Boolean);
}

function waveLines(jobs, plan) {
  const margins = new Map(plan.machines.map((each) => [each.job, each.margin_s]));
  const all = waves(jobs);
  if (!all.length) return [make("p", {}, "No wave is known.")];
  return all.slice(0, 12).map(([day, those]) => {
    const open = inStates(those, OPEN);
    const ends = those.map((job) => job.selfServiceEnd).filter(Boolean).sort();
    const known = open.map((job) => margins.get(job.id)).filter((each) => Number.isFinite(each));
    const least = known.reduce((one, other) => Math.min(one, other), Infinity);
    const spare = known.length ? `; the tightest machine has ${span(least)} to spare`
      + (plan.next ? `, of the ${plan.machines.length} that start first` : "") : "";
    return make("section", { class: "panel", "aria-label": `Wave of ${day}` },
      make("b", {}, `Wave of ${day}`), " phase closes ", time(ends[0]), bar(those),
      make("span", {}, [`${inStates(those, ["succeeded"]).length} of ${those.length} done`,
        `${inStates(those, MOVING).length} moving`, `${inStates(those, WAITING).length} waiting`,
        `${inStates(those, ["failed", "missed", "parked"]).length} need you`].join(", ") + spare),
      " ", make("a", { href: `#/jobs?wave=${day}` }, "jobs"));
  });
}

function lanePicture(jobs) {
  const current = waves(jobs)[0];
  if (!current) return [make("p", {}, "No machine is planned.")];
  const { shown, left } = lanes(current[1], MOST_SCOPES);
  const legend = "● done  ◔◑◕ moves  ○ waits  ✕ failed  ‖ parked  ! missed";
  return [make("p", { class: "dim", "aria-hidden": "true" }, legend), ...shown,
    left > 0 ? make("p", {}, `And ${left} more placements.`) : ""].filter(Boolean);
}

function chosen(jobs, query) {
  const text = (query.get("q") || "").toLowerCase();
  return jobs.filter((job) =>
    (!query.get("state") || job.state === query.get("state")) &&
    (!query.get("wave") || job.wave.startsWith(query.get("wave"))) &&
    (!text || `${job.machine} ${job.reason} ${job.lane} ${job.id}`.toLowerCase().includes(text)));
}

function filters(jobs, query) {
  const change = (name, value) => {
    const next = new URLSearchParams(query);
    if (value) next.set(name, value); else next.delete(name);
    history.replaceState(history.state, "", `#/jobs?${next}`);
    render();
  };
  const state = make("select", { id: "filter-state" }, ["", ...Object.keys(STATES)].map((name) =>
    make("option", { value: name, selected: name === (query.get("state") || "") },
      name || "every state")));
  state.addEventListener("change", () => change("state", state.value));
  const search = make("input", { id: "filter-text", type: "search", value: query.get("q") || "" });
  search.addEventListener("input", () => change("q", search.value));
  const n = chosen(jobs, query).length;
  return make("div", { class: "filters" }, make("label", {}, "State", state),
    make("label", {}, "Machine or reason", search),
    make("span", { role: "status" }, `${count(n, "job", "jobs")} of ${jobs.length}`),
    query.get("wave") ? make("a", { href: "#/jobs" }, `only the wave of ${query.get("wave")}`) : "");
}

function rows(jobs, query) {
  const found = chosen(jobs, query);
  const cells = found.slice(0, MOST_ROWS).map((job) => [stateOf(job), link(job.machine),
    time(OPEN.includes(job.state) ? job.due : job.finished), job.lane || "-",
    String(job.attempts), job.reason || "-"]);
  const left = found.length - cells.length;
  return [table("Jobs", ["State", "Machine", "Next or end", "Lane", "Attempts", "Reason"], cells,
    found.length),
  left > 0 ? make("p", {}, `And ${left} more: search to see fewer.`) : ""].filter(Boolean);
}

function machine(found, id) {
  const { job, plan, semaphores, auditTrail } = found;
  const why = job ? `${shortName(id)} ${(STATES[job.state] || ["", job.state])[1]}`
    + (job.reason ? `: ${job.reason}` : ".")
    : found.leftAlone ? `${shortName(id)} is left alone: ${found.leftAlone.reason}`
      : `${shortName(id)} has no job.`;
  const acts = !job ? [] : [
    WAITING.includes(job.state) && button("Go first…",
      () => command(job, "prioritize", "Start before the others that wait")),
    job.state === "parked" && button("Retry…",
      () => command(job, "retry", "Continue a parked job")),
    [...WAITING, "parked"].includes(job.state) && button("Cancel…",
      () => command(job, "cancel", "End the job: Azure then restarts the machine when it likes")),
    OPEN.includes(job.state) && button("Hold…", () => hold(`machine:${id}`, shortName(id))),
  ].filter(Boolean);
  const facts = !job ? [] : [["Wave", job.wave.slice(0, 10)], ["Phase closes", time(job.selfServiceEnd)],
    ["Next look", time(job.due)], ["Expected start", time(plan?.start)],
    ["Latest start", time(plan?.latest_start)], ["Certainty", plan?.certainty || "-"],
    ["Placement", `${shortScope(job.scope)} ${job.lane || ""}`], ["Attempts", String(job.attempts)],
    ["A redeploy harms", job.harms.join(", ") || "nothing that is known"],
    ["Started", time(job.started)], ["Ended", time(job.finished)], ["Job", job.id]];
  return [
    make("p", { class: `panel ${job ? tone(job.state) : ""}` }, why), make("p", {}, acts),
    facts.length ? table("Facts", ["What", "Value"], facts) : "",
    make("h2", {}, "Locks"),
    semaphores.length ? table("Locks of the machine", ["Scope", "Holders", "Waiting", "Halts"],
      semaphores.map((each) => [shortScope(each.scope), String(each.holders.length),
        String(each.waiters.length), each.halts.map((halt) => halt.reason).join("; ") || "-"]))
      : make("p", {}, "It needs no lock now."),
    make("h2", {}, "Trail"),
    auditTrail.length ? table("Trail", ["At", "Event", "By", "Detail"],
      auditTrail.slice(-MOST_ROWS).map((each) => [time(each.at), each.event, each.by,
        Object.entries(each.detail).map(([name, text]) => `${name}=${text}`).join(", ")]))
      : make("p", {}, "Nothing is on record."),
  ].filter(Boolean);
}
