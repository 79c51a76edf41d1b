// The health: scans, messages and stored state, each with what to do.

VIEWS.health = {
  title: "Health",
  reads: ["scans", "targets"],
  show: ([scans, targets], _query, health) => [
    make("p", { class: `panel ${health.held ? "bad" : "good"}` }, health.held
      ? `✕ Nothing starts: ${health.held}. Type forestall go-on, after docs/runbook.md.`
      : `● The app works, in ${health.mode} mode.`),
    make("h2", {}, "Scans"),
    scans.scans.length ? table("Scans of subscriptions",
      ["Subscription", "Last complete", "Machines", "Not readable", "Result"],
      scans.scans.slice(0, MOST_ROWS).map((each) => [each.subscription, time(each.lastCompleteAt),
        String(each.machines), String(each.unreadable), each.failingSince
          ? make("span", { class: "bad" }, `✕ fails since ${each.failingSince.slice(0, 16)} UTC: `
            + `${each.failure || "no reason"}`)
          : make("span", { class: "good" }, "● works")]), scans.scans.length)
      : make("p", { class: "warn" }, "! No subscription is watched yet."),
    make("h2", {}, "Messages"),
    targets.targets.length ? table("Targets of messages",
      ["Target", "Kind", "State", "Waiting", "Last accepted", "Reason"],
      targets.targets.map((each) => [each.name, each.kind, make("span", { class: each.condition
        === "broken" ? "bad" : each.condition === "failing" ? "warn" : "" },
      `${{ broken: "✕", failing: "!", works: "●" }[each.condition] || "○"} ${each.condition}`),
      String(each.waiting), time(each.accepted), each.reason || "-"]))
      : make("p", {}, "No target is set: docs/messages.md."),
  ],
};

/** What needs a person outside the jobs: scans, targets, stored state. */
function outsideNeeds(scans, targets, health) {
  const found = [];
  if (health.held) found.push([make("span", { class: "bad" }, "✕ held "), health.held]);
  for (const each of scans.scans.filter((one) => one.failingSince)) {
    found.push([make("span", { class: "bad" }, "✕ not scanned "),
      `subscription ${each.subscription}: ${each.failure || "no reason"} `,
      make("a", { href: "#/health" }, "health")]);
  }
  for (const each of targets.targets.filter((one) => one.condition === "broken")) {
    found.push([make("span", { class: "bad" }, "✕ broken "),
      `messages to ${each.name}: ${each.reason} `, make("a", { href: "#/health" }, "health")]);
  }
  return found;
}
