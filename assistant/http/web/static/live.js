// An answer while it is being written: paragraphs, lists and chips, built from text nodes. The server renders the finished one.
import { el } from "./dom.js";
import { address, place } from "./sources.js";

const CHIP = /\s?\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]/g;
const ITEM = /^\s{0,6}(?:[-*•·○□ㅇ]|(\d{1,3})[.)])\s+/;

function chip(source) {
  const label = [`근거 ${source.n}: ${source.title}`, place(source.locator ?? {})].filter(Boolean).join(" ");
  return el("a", { class: "chip", href: address(source), "data-n": source.n, "aria-label": label }, String(source.n));
}

function inline(text, sources) {
  const parts = [];
  let done = 0;
  for (const match of text.matchAll(CHIP)) {
    const numbers = match[1].split(",").map(Number);
    if (!numbers.every((n) => sources.has(n))) continue;
    parts.push(text.slice(done, match.index).replaceAll("**", ""), ...numbers.map((n) => chip(sources.get(n))));
    done = match.index + match[0].length;
  }
  parts.push(text.slice(done).replaceAll("**", ""));
  return parts;
}

export function render(target, text, sources) {
  const blocks = [];
  let paragraph = null;
  for (const line of text.split("\n")) {
    const item = line.match(ITEM);
    if (!line.trim()) {
      paragraph = null;
    } else if (item) {
      paragraph = null;
      const tag = item[1] ? "OL" : "UL";
      if (blocks.at(-1)?.tagName !== tag) blocks.push(el(tag));
      blocks.at(-1).append(el("li", item[1] ? { value: item[1] } : {}, ...inline(line.slice(item[0].length), sources)));
    } else if (paragraph) {
      paragraph.append(el("br"), ...inline(line, sources));
    } else {
      blocks.push((paragraph = el("p", {}, ...inline(line.replace(/^\s{0,3}#{1,4}\s+/, ""), sources))));
    }
  }
  target.replaceChildren(...blocks);
}

export const spoken = (text) => text.replace(CHIP, "").trim();
