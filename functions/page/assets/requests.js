// Requests to the app that served the page. Answers that have not changed cost 304 and no body.

const PERIOD = 10_000, LATE = 30_000;
// The app makes the plan anew at each request, which takes seconds for a large fleet.
const PLAN_PERIOD = 60_000;
// By path: the name of the list in the answer. These come in pages.
const LISTS = { jobs: "jobs", semaphores: "semaphores" };
const MOST_PAGES = 50;
const kept = new Map(); // by path: the tag and the answer
const whole = new Map(); // by list: its pages, their paths, and one answer made of them
let plan = null; // the last plan: its path, when it came, and the answer
let key = "";
let me = null; // who signed in, with rights; null: nobody, and a function key is needed

class Refused extends Error {
  constructor(status, text, type) { super(text); this.status = status; this.type = type; }
}

const address = (path) => `../v1/${me ? "signed-in/" : ""}${path}`;

/** Who signed in; null where nobody did. The link to sign in is shown where there is a sign-in. */
async function findOutWho() {
  const link = document.getElementById("sign-in");
  try { signedInAs(await ask("../v1/signed-in/me")); } catch (fault) {
    if (!(fault instanceof Refused)) throw fault;
    link.hidden = fault.status !== 401 || fault.type !== "sign-in-needed";
  }
}

/** From now on requests are of this caller; null: of a function key. */
function signedInAs(caller) {
  me = caller;
  kept.clear(); whole.clear(); plan = null;
  document.getElementById("act-who").hidden = Boolean(me);
  document.getElementById("act-by").required = !me;
}

const mayOperate = () => !me || me.rights.includes("operate");

async function ask(path, body) {
  const headers = { accept: "application/json" };
  if (key) headers["x-functions-key"] = key;
  const before = body ? undefined : kept.get(path);
  if (before) headers["if-none-match"] = before.tag;
  if (body) { headers["content-type"] = "application/json"; headers["x-forestall-act"] = "1"; }
  const response = await fetch(path, {
    method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body),
    redirect: "manual", credentials: "same-origin", cache: "no-store",
  });
  if (response.status === 304) return before.answer;
  if (response.type === "opaqueredirect") throw new Refused(401, "You are signed out.");
  const text = await response.text();
  let answer = null;
  try { answer = JSON.parse(text); } catch { /* a proxy's page: the status says enough */ }
  if (!response.ok || answer === null) {
    throw new Refused(response.status, answer?.error || `The app answered ${response.status}.`,
      answer?.type);
  }
  if (!body && response.headers.get("etag")) {
    kept.set(path, { tag: response.headers.get("etag"), answer });
  }
  return answer;
}

async function get(path) {
  if (LISTS[path]) return getPages(path, LISTS[path]);
  if (path.startsWith("plan?")) return getPlan(path);
  return ask(address(path));
}

/** All pages of a list as one answer: the same object as before while no page has changed. */
async function getPages(path, list) {
  const pages = [], paths = [];
  let after = null;
  do {
    const more = after === null ? "" : `?after=${encodeURIComponent(after)}`;
    paths.push(address(path + more));
    pages.push(await ask(paths.at(-1)));
    after = pages.at(-1).next;
  } while (after && pages.length < MOST_PAGES);
  const before = whole.get(path);
  const same = before && before.pages.length === pages.length
    && pages.every((page, n) => page === before.pages[n]);
  if (same) return before.answer;
  for (const old of before?.paths || []) if (!paths.includes(old)) kept.delete(old);
  const answer = { [list]: pages.flatMap((page) => page[list]),
    unreadable: pages.flatMap((page) => page.unreadable), isCut: Boolean(after) };
  whole.set(path, { pages, paths, answer });
  return answer;
}

async function getPlan(path) {
  if (plan?.path === path && Date.now() - plan.at < PLAN_PERIOD) return plan.answer;
  const answer = await ask(address(path));
  plan = { path, at: Date.now(), answer };
  return answer;
}

/** After an act: every answer may be another one now. */
function forget() { kept.clear(); plan = null; }

const post = (path, body) => ask(address(path), body);
