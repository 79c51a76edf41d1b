// Requests to the app that served the page. Answers that have not changed cost 304 and no body.

const PERIOD = 10_000, LATE = 30_000;
const kept = new Map(); // by path: the tag and the answer
let key = "";

class Refused extends Error {
  constructor(status, text) { super(text); this.status = status; }
}

async function ask(path, body) {
  const headers = { accept: "application/json" };
  if (key) headers["x-functions-key"] = key;
  const before = body ? undefined : kept.get(path);
  if (before) headers["if-none-match"] = before.tag;
  if (body) headers["content-type"] = "application/json";
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
    throw new Refused(response.status, answer?.error || `The app answered ${response.status}.`);
  }
  if (!body && response.headers.get("etag")) {
    kept.set(path, { tag: response.headers.get("etag"), answer });
  }
  return answer;
}

const get = (path) => ask(`../v1/${path}`);
const post = (path, body) => ask(`../v1/${path}`, body);
