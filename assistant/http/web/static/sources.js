// Sources as they look before the server has rendered the finished turn; the same shapes as _sources.html.
import { el } from "./dom.js";

const LEGAL = { in_force: "현행", future: "시행 예정", superseded: "개정됨", repealed: "폐지", unknown: "확인 못 함" };

export function address(source) {
  const query = new URLSearchParams({ version: source.version_id, start: source.start, end: source.end });
  return `/documents/${encodeURIComponent(source.document_id)}?${query}#mark`;
}

export function place(locator) {
  const parts = [];
  if (locator.article) parts.push(locator.article_title ? `${locator.article}(${locator.article_title})` : locator.article);
  else if (locator.heading?.length) parts.push(locator.heading.at(-1));
  if (locator.page) parts.push(`${locator.page}쪽`);
  return parts.join(" · ");
}

// The picker knows the title of every collection.
function shelf(name) {
  const option = [...document.querySelectorAll("#collection option")].find((one) => one.value === name);
  return option?.textContent ?? (name?.startsWith("conversation-") ? "대화에 붙인 파일" : name);
}

const day = (value) => value.split("-").map(Number).map((part) => `${part}.`).join(" ");

export function sourceItem(source) {
  const where = place(source.locator ?? {});
  return el("li", { class: "source", "data-n": source.n },
    el(source.document_id ? "a" : "div", { class: "open", href: source.document_id ? address(source) : null },
      el("span", { class: "n" }, String(source.n)),
      el("span", { class: "what" }, el("b", {}, source.title), where ? " " : null, where ? el("span", { class: "where" }, where) : null)),
    !source.document_id ? null : el("p", { class: "facts" },
      el("span", { class: `legal ${source.legal_state}` }, LEGAL[source.legal_state] ?? LEGAL.unknown),
      source.effective_on ? el("span", {}, `시행 ${day(source.effective_on)}`) : null,
      el("span", {}, shelf(source.collection))),
    !source.document_id ? null : el("blockquote", {}, source.quote));
}

export function sourceLists(sources) {
  const groups = [["인용함", sources.filter((one) => one.cited)], ["찾았지만 쓰지 않음", sources.filter((one) => !one.cited)]];
  // Before anything is cited, what was found is neither used nor unused.
  const none = groups[0][1].length === 0;
  const parts = [];
  for (const [label, items] of groups) {
    if (!items.length) continue;
    parts.push(el("h3", { class: "group" }, none ? "찾은 문서 " : `${label} `, el("span", { class: "count" }, String(items.length))));
    parts.push(el("ul", { class: "source-list" }, ...items.map(sourceItem)));
  }
  return parts;
}
