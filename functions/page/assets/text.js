"use strict";
// Elements from data. Text from outside becomes text nodes and attribute values, never markup.

/** An element with attributes and children; a child that is no node becomes text. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "click") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === "") continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

/** The short name of a machine: `web_3` for an instance of a scale set. */
function shortName(id) {
  const parts = String(id).split("/");
  const inSet = parts.at(-4) === "virtualmachinescalesets";
  return inSet ? `${parts.at(-3)}_${parts.at(-1)}` : parts.at(-1);
}

/** The short name of a scope: `avset:web` for `avset:/subscriptions/.../web`. */
function shortScope(scope) {
  const kind = scope.split(":")[0];
  return scope.includes("/subscriptions/") ? `${kind}:${scope.split("/").at(-1)}` : scope;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const two = (n) => String(n).padStart(2, "0");

/** An instant in UTC as people read it, with the viewer's own time as its title. */
function time(text) {
  if (!text) return make("span", { class: "dim" }, "-");
  const at = new Date(text);
  const day = `${WEEKDAYS[at.getUTCDay()]} ${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
  const shown = `${day} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())} UTC`;
  const title = `${at.toLocaleString()} your time`;
  return make("time", { datetime: at.toISOString(), title }, shown);
}

/** A span of seconds in two units. */
function span(seconds) {
  const all = Math.abs(Math.round(seconds));
  const parts = [[Math.floor(all / 86400), "days"], [Math.floor(all / 3600) % 24, "h"],
    [Math.floor(all / 60) % 60, "min"], [all % 60, "s"]];
  const first = parts.findIndex(([n]) => n > 0);
  const shown = first < 0 ? [[0, "s"]] : parts.slice(first, first + 2).filter(([n]) => n > 0);
  return (seconds < 0 ? "-" : "") + shown.map(([n, unit]) => `${n} ${unit}`).join(" ");
}

const count = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** A table with a caption. `rows` are lists of cells; on a phone each row is a card. */
function table(caption, heads, rows, total = rows.length) {
  const body = rows.map((cells, n) => make("tr", { "aria-rowindex": n + 2 },
    cells.map((cell, column) => make("td", { "data-name": heads[column] }, cell))));
  return make("div", { class: "scroll" },
    make("table", { class: "cards", "aria-rowcount": total + 1 },
      make("caption", { class: "unseen" }, caption),
      make("thead", {}, make("tr", { "aria-rowindex": 1 },
        heads.map((head) => make("th", { scope: "col" }, head)))),
      make("tbody", {}, body)));
}
