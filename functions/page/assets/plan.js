// The plan: a table with every fact, and a drawing of it for the eye alone.

const MOST_GROUPS = 40, MOST_BARS = 2000, ROW = 22, LEFT = 150, WIDE = 1000;

VIEWS.plan = {
  title: "Plan",
  reads: ["plan?limit=5000"],
  show: ([found], query) => {
    const starts = found.machines;
    const groups = [...new Set(starts.map((each) => each.group || "no group"))].sort();
    const of = query.get("group");
    const chosen = of ? starts.filter((each) => (each.group || "no group") === of) : starts;
    return [
      make("p", {}, `A forecast, made ${found.generated_at.slice(0, 16).replace("T", " ")} UTC`
        + ` by policy ${found.policy}. The rules are checked again right before each call.`),
      make("p", {}, ["", ...groups].map((name) => [make("a", { href: name
        ? `#/plan?group=${encodeURIComponent(name)}` : "#/plan",
      "aria-current": (of || "") === name ? "true" : null }, name || "all groups"), " "]).flat()),
      ...(starts.length ? [timeline(chosen, found.generated_at), startTable(chosen)]
        : [make("p", {}, "No machine is planned.")]),
      found.next ? make("p", { class: "panel warn" },
        `Only the first ${count(starts.length, "machine", "machines")}: type forestall plan.`) : "",
      make("h2", {}, "Does not fit"),
      ...(found.infeasible.length ? found.infeasible.slice(0, MOST_NEEDS).map((each) =>
        make("p", { class: "panel" }, make("span", { class: "warn" }, "! "), link(each.id),
          ` ${each.blocked_by.join("; ")}`,
          each.relax.length ? `. Ways out: ${each.relax.join("; ")}` : ""))
        : [make("p", { class: "good" }, "Nothing.")]),
    ];
  },
};

function startTable(starts) {
  const shown = starts.slice(0, MOST_ROWS);
  return make("div", {}, table("Starts", ["Start", "Latest start", "Machine", "Group", "Placement",
    "Certainty", "Reason"], shown.map((each) => [time(each.start), time(each.latest_start),
    link(each.id), each.group || "-", `${shortScope(each.placement)} ${each.lane || ""}`,
    each.certainty, each.reason || "-"]), starts.length),
  starts.length > shown.length
    ? make("p", {}, `And ${starts.length - shown.length} more: choose a group.`) : "");
}

function shape(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

/** One row for each group, one bar for each machine, and lines for now and the deadlines. */
function timeline(starts, made) {
  const timed = starts.filter((each) => each.start && each.expected_end).slice(0, MOST_BARS);
  const from = Date.parse(made);
  const ends = starts.map((each) => Date.parse(each.deadline || each.expected_end || made));
  const to = ends.reduce((one, other) => Math.max(one, other), from + 86_400_000);
  const x = (at) => LEFT + (WIDE - LEFT) * Math.min(1, Math.max(0, (at - from) / (to - from)));
  const groups = [...new Set(timed.map((each) => each.group || "no group"))].sort();
  const rows = groups.slice(0, MOST_GROUPS);
  const height = (rows.length + 1) * ROW + 6;
  const svg = shape("svg", { class: "plan", viewBox: `0 0 ${WIDE} ${height}`, "aria-hidden": "true" });
  const day = 86_400_000, every = Math.max(1, Math.ceil((to - from) / day / 10)) * day;
  for (let at = Math.ceil(from / day) * day; at <= to; at += every) {
    svg.append(shape("line", { class: "tick", x1: x(at), x2: x(at), y1: 14, y2: height }));
    const date = new Date(at);
    if (x(at) > WIDE - 50) continue; // the last line has no room for its date
    svg.append(shape("text", { x: x(at) + 2, y: 12 },
      `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}`));
  }
  rows.forEach((name, n) => {
    const y = (n + 1) * ROW;
    svg.append(shape("text", { x: 0, y: y + 12 }, name.length > 20 ? `${name.slice(0, 19)}…` : name));
    for (const each of timed.filter((one) => (one.group || "no group") === name)) {
      const left = x(Date.parse(each.start));
      // Certainty by height and outline, and not by colour alone.
      const tall = each.certainty === "fixed" ? 16 : 10;
      svg.append(shape("rect", { class: each.certainty, x: left, y: y + 8 - tall / 2, height: tall,
        width: Math.max(2, x(Date.parse(each.expected_end)) - left) }));
    }
  });
  for (const at of [...new Set(starts.map((each) => each.deadline).filter(Boolean))].slice(0, 20)) {
    const place = x(Date.parse(at));
    svg.append(shape("line", { class: "deadline", x1: place, x2: place, y1: 14, y2: height }));
  }
  return svg;
}
