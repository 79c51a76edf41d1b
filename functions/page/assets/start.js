// Routing, refreshing, and what is said aloud.

let needed = 0, told = null, answeredAt = 0, answers = null, health = null, at = "", timer = 0, spokeAt = 0;
const main = document.getElementById("main"), stale = document.getElementById("stale");

function place() {
  const [name, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { name: VIEWS[name] ? name : "overview", query: new URLSearchParams(query || "") };
}

/** Say something to a screen reader, once a minute at most; the answer to an act always. */
function say(text) { document.getElementById("voice").textContent = text; }

/** Show the answers. What a person has in hand stays: focus, typed text, scroll place. */
function render() {
  const { name, query } = place();
  const active = document.activeElement, id = active?.id;
  const cursor = active?.selectionStart;
  const scroll = window.scrollY;
  main.replaceChildren(make("h1", {}, VIEWS[name].title), ...VIEWS[name].show(answers, query, health).filter(Boolean));
  window.scrollTo(0, scroll);
  const again = id && main.querySelector(`#${CSS.escape(id)}`);
  if (again) { again.focus(); if (cursor !== undefined) again.setSelectionRange?.(cursor, cursor); }
  document.title = `${VIEWS[name].title} - Forestall`;
  for (const each of document.querySelectorAll("nav a")) {
    if (each.hash === `#/${name}`) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  if (name === "overview" && needed !== told && Date.now() - spokeAt > 60_000) {
    if (told !== null) { say(`${count(needed, "thing needs", "things need")} you.`); }
    told = needed; spokeAt = Date.now();
  }
}

function showAge() {
  const late = answeredAt > 0 && Date.now() - answeredAt > LATE;
  const clock = new Date(answeredAt).toISOString().slice(11, 19);
  stale.hidden = !late;
  stale.textContent = late ? `Not updated since ${clock} UTC. Acts are locked until it is.` : "";
  document.body.classList.toggle("stale", late);
  for (const each of document.querySelectorAll("[data-act], #pause-all")) each.disabled = late;
}

async function refresh() {
  clearTimeout(timer);
  const { name, query } = place();
  const here = location.hash;
  const reads = VIEWS[name].reads;
  try {
    const found = await Promise.all([get("health"),
      ...(typeof reads === "function" ? reads(query) : reads).map(get)]);
    if (here !== location.hash) return;
    const [known, ...rest] = found;
    const changed = at !== here || !answers || known !== health || rest.some((each, n) => each !== answers[n]);
    answers = rest; health = known; at = here; answeredAt = Date.now();
    document.getElementById("mode").textContent = `${health.mode} mode, version ${health.version}`;
    document.getElementById("fresh").textContent = "";
    document.getElementById("pause-all").hidden = !mayOperate();
    // An open box keeps the page behind it as it is until it is closed.
    if (changed && !document.querySelector("dialog[open]")) render();
  } catch (fault) { refused(fault); }
  showAge();
  timer = setTimeout(refresh, PERIOD);
}

function refused(fault) {
  if (fault instanceof Refused && fault.status === 401) {
    if (me) { document.getElementById("sign-in").hidden = false; signedInAs(null); }
    if (!document.querySelector("dialog[open]")) document.getElementById("key").showModal();
    return;
  }
  const text = fault instanceof Refused ? fault.message : "The app cannot be reached.";
  document.getElementById("fresh").textContent = text;
  if (!answers || at !== location.hash) {
    main.replaceChildren(make("h1", {}, VIEWS[place().name].title), make("p", { class: "bad" }, text));
  }
}

function rowsOnPaper(most) { MOST_ROWS = most; if (answers) render(); }
window.addEventListener("beforeprint", () => rowsOnPaper(Infinity));
window.addEventListener("afterprint", () => rowsOnPaper(FEW_ROWS));
document.getElementById("act-form").addEventListener("submit", submitAct);
document.getElementById("act-close").addEventListener("click", () => box.close());
box.addEventListener("close", () => { opener?.isConnected ? opener.focus() : main.focus(); render(); });
document.getElementById("pause-all").addEventListener("click", pauseAll);
document.getElementById("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  key = document.getElementById("key-text").value.trim();
  document.getElementById("key-text").value = "";
  document.getElementById("key").close();
  signedInAs(null);
  refresh();
});
window.addEventListener("hashchange", () => { refresh(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
setInterval(showAge, 1000);
findOutWho().catch(() => null).then(refresh);
