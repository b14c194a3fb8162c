// A line for each file. Lines are kept, not made anew: a button that has the focus must not lose it to a tick.
import { el } from "./dom.js";

const MOST = 200;
const NAMES = { unsent: "보내기 전", sending: "보내는 중", queued: "대기", processing: "처리 중", ready: "완료", failed: "실패", superseded: "이전 판" };
const lines = new Map();

export function amount(bytes) {
  if (bytes === null || bytes === undefined) return "";
  return bytes < 1048576 ? `${Math.max(1, Math.round(bytes / 1024)).toLocaleString()}KB` : `${(bytes / 1048576).toFixed(1)}MB`;
}

function what(entry) {
  if (entry.state === "sending") return entry.sent < 1 ? `${Math.round(entry.sent * 100)}% 보냄` : "서버가 받는 중";
  if (entry.state === "failed") return entry.reason_text || "읽지 못했습니다.";
  if (entry.state === "processing") {
    if (entry.stage === "embed" && entry.total) return `색인 중 ${entry.done}/${entry.total}`;
    return entry.stage === "index" || entry.stage === "embed" ? "색인 중" : "글자 읽는 중";
  }
  if (entry.state === "ready") return [entry.pages && `${entry.pages.toLocaleString()}쪽`, entry.chunks && `${entry.chunks.toLocaleString()}조각`].filter(Boolean).join(", ");
  return "";
}

function make(id) {
  const line = {
    name: el("span", { class: "name" }),
    state: el("span", { class: "state" }),
    what: el("span", { class: "what" }),
    act: el("span", { class: "act" }),
    bar: el("progress", { max: "1", value: "0", hidden: true }),
    shown: {},
  };
  line.node = el("li", { class: "line" }, line.name, line.state, line.act, line.what, line.bar);
  lines.set(id, line);
  return line;
}

function button(text, entry, act) {
  const node = el("button", { type: "button", class: "button small", "aria-label": `${entry.filename} ${text}` }, text);
  node.addEventListener("click", () => act(entry));
  return node;
}

function update(line, entry, acts) {
  const known = entry.state === "ready" && entry.duplicate;
  const link = entry.document_id && entry.state === "ready" ? `/documents/${entry.document_id}` : "";
  const action = entry.state === "unsent" || entry.state === "sending" ? "취소" : acts.canTryAgain(entry) ? "다시 시도" : "";
  const shown = { state: known ? "known" : entry.state, what: what(entry), link, action };
  if (shown.link !== line.shown.link || !line.name.firstChild) {
    const title = entry.folder ? `${entry.folder}/${entry.filename}` : entry.filename;
    line.name.replaceChildren(link ? el("a", { href: link }, title) : title, el("span", { class: "size" }, amount(entry.size)));
    line.name.title = title;
  }
  if (shown.state !== line.shown.state) {
    line.node.className = `line ${entry.state}`;
    line.state.className = `state ${shown.state}`;
    line.state.textContent = known ? "이미 있는 문서" : (NAMES[entry.state] ?? entry.state);
  }
  if (shown.what !== line.shown.what) line.what.textContent = shown.what;
  if (shown.action !== line.shown.action) line.act.replaceChildren(...(action ? [button(action, entry, action === "취소" ? acts.cancel : acts.again)] : []));
  const part = entry.state === "sending" ? entry.sent : entry.stage === "embed" && entry.state === "processing" && entry.total ? entry.done / entry.total : null;
  line.bar.hidden = part === null;
  if (part !== null) {
    line.bar.value = part;
    line.bar.setAttribute("aria-label", `${entry.filename} ${entry.state === "sending" ? "보내기" : "색인"}`);
  }
  line.shown = shown;
}

// Shows the entries in their order; of very many only those that matter, and returns how many were left out.
export function draw(list, entries, acts) {
  let rest = Math.max(0, entries.length - MOST);
  const left = rest;
  const seen = [];
  for (const entry of [...entries].reverse()) {
    const dispensable = entry.state === "ready" || entry.state === "superseded";
    if (rest > 0 && dispensable) rest -= 1;
    else seen.push(entry);
  }
  seen.reverse();
  const kept = new Set(seen.map((entry) => entry.id));
  for (const [id, line] of lines) {
    if (kept.has(id)) continue;
    line.node.remove();
    lines.delete(id);
  }
  seen.slice(0, 2 * MOST).forEach((entry, at) => {
    const line = lines.get(entry.id) ?? make(entry.id);
    update(line, entry, acts);
    if (list.children[at] !== line.node) list.insertBefore(line.node, list.children[at] ?? null);
  });
  return left - rest;
}
