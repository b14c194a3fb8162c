// Shows what personal data a question holds before it is sent. The server protects it in any case; this lets people see.
import { $, Problem, api, el } from "./dom.js";

const PATIENCE_MS = 1500;
const card = $("#privacy");

function count(entities) {
  const kinds = new Map();
  for (const one of entities) kinds.set(one.label, (kinds.get(one.label) ?? 0) + 1);
  return [...kinds].map(([label, n]) => `${label} ${n}건`).join(", ");
}

// The server counts characters, JavaScript UTF-16 units: cut by characters.
function marked(text, entities) {
  const characters = [...text];
  const parts = [];
  let done = 0;
  for (const { start, end } of entities) {
    parts.push(characters.slice(done, start).join(""), el("mark", {}, characters.slice(start, end).join("")));
    done = end;
  }
  return [...parts, characters.slice(done).join("")];
}

function choose(text, entities) {
  return new Promise((resolve) => {
    const go = el("button", { type: "button", class: "button small primary" }, "가리고 보내기");
    const edit = el("button", { type: "button", class: "button small" }, "수정");
    const finish = (answer) => {
      card.hidden = true;
      card.replaceChildren();
      resolve(answer);
    };
    go.addEventListener("click", () => finish(true));
    edit.addEventListener("click", () => finish(false));
    card.replaceChildren(
      el("p", {}, el("b", {}, "개인정보가 들어 있습니다: "), count(entities)),
      el("p", { class: "text" }, ...marked(text, entities)),
      el("p", { class: "muted small" }, "보내면 표시된 부분은 가명으로 바꾸어 처리합니다. 모델과 기록에는 남지 않고, 이 화면에만 원래대로 보입니다."),
      el("div", { class: "buttons" }, go, edit));
    card.hidden = false;
    go.focus();
  });
}

// Returns whether to send. A slow or failing look does not keep anybody from asking.
export async function check(text) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), PATIENCE_MS);
  let found;
  try {
    found = await api("POST", "/api/v1/redact", { text }, abort.signal);
  } catch (error) {
    if (error instanceof Problem || error.name === "AbortError") return true;
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return found.entities.length ? choose(text, found.entities) : true;
}
