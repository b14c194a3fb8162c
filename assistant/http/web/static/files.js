// Files attached in the conversation: chosen, dropped or pasted, sent one after the other, then followed until they are read.
import { $, Problem, announce, api, el } from "./dom.js";

const EVERY_MS = 1500;
const NAMES = { sending: "올리는 중", queued: "대기", processing: "처리 중", ready: "완료", failed: "실패" };
const list = $("#files");
const input = $("#attach");
const talk = $(".talk");
let waiting = Promise.resolve();
let timer = 0;
let conversation = () => "";
let opened = () => {};

const count = () => list.querySelectorAll(".file:not(.refused)").length;

function button(name) {
  const node = el("button", { type: "button", class: "square remove", "aria-label": `${name} 빼기`, title: "빼기" });
  node.append($("#icon-close").content.cloneNode(true));
  return node;
}

function card(name) {
  const node = el("li", { class: "file" },
    el("span", { class: "file-name" }, name), el("span", { class: "state" }), el("span", { class: "file-note" }), button(name));
  list.append(node);
  return node;
}

function show(node, file) {
  const before = node.dataset.state;
  node.dataset.state = file.state;
  if (file.document_id) node.dataset.id = file.document_id;
  const badge = $(".state", node);
  badge.className = `state ${file.state}`;
  badge.textContent = NAMES[file.state] ?? file.state;
  const pages = file.pages ? `${file.pages}쪽, ` : "";
  $(".file-note", node).textContent = file.state === "failed" ? file.reason_text : file.state === "ready" ? `${pages}${file.chunks}조각` : "";
  if (file.state === "ready" && $(".file-name", node).tagName !== "A") {
    $(".file-name", node).replaceWith(el("a", { class: "file-name", href: `/documents/${encodeURIComponent(file.document_id)}` }, file.name));
  }
  if (before && before !== file.state && before !== "sending" && (file.state === "ready" || file.state === "failed")) {
    announce(file.state === "ready" ? `${file.name} 읽기를 마쳤습니다.` : `${file.name} 읽기에 실패했습니다. ${file.reason_text}`);
  }
  tidy();
}

function refuse(node, name, reason) {
  node.classList.add("refused");
  node.dataset.state = "failed";
  $(".state", node).className = "state failed";
  $(".state", node).textContent = NAMES.failed;
  $(".file-note", node).textContent = reason;
  announce(`${name}: ${reason}`);
  tidy();
}

function tidy() {
  const reading = list.querySelector('[data-state="queued"], [data-state="processing"], [data-state="sending"]');
  $("#files-box").hidden = !list.children.length;
  $("#files-reading").hidden = !reading;
}

async function poll() {
  clearTimeout(timer);
  if (!list.querySelector('[data-state="queued"], [data-state="processing"]')) return;
  try {
    const { items } = await api("GET", `/api/v1/conversations/${conversation()}/files`);
    for (const file of items) {
      const node = [...list.children].find((one) => one.dataset.id === file.document_id);
      if (node) show(node, file);
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // asked again at the next round
  }
  timer = setTimeout(poll, EVERY_MS);
}

async function send(file, node) {
  const body = new FormData();
  body.append("file", file, file.name);
  const id = conversation();
  try {
    const answer = await api("POST", id ? `/api/v1/conversations/${id}/files` : "/api/v1/conversations/files", body);
    const same = [...list.children].find((one) => one !== node && one.dataset.id === answer.file.document_id);
    if (same) node.remove(); // the same content is attached already
    if (!id) opened(answer.conversation_id);
    show(same ?? node, answer.file);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    refuse(node, file.name, error.message);
  }
}

export function attach(chosen) {
  const most = Number(list.dataset.most);
  const largest = Number(list.dataset.bytes);
  for (const file of chosen) {
    const node = card(file.name);
    if (count() > most) refuse(node, file.name, `한 대화에는 파일을 ${most}개까지 붙일 수 있습니다.`);
    else if (file.size > largest) refuse(node, file.name, `파일이 ${Math.floor(largest / 1048576)}MB보다 큽니다.`);
    else if (!file.size) refuse(node, file.name, "빈 파일입니다.");
    else {
      show(node, { state: "sending", name: file.name });
      // One after the other: the first one opens the conversation that the others belong to.
      waiting = waiting.then(() => send(file, node)).then(poll);
    }
  }
}

async function remove(node) {
  const name = $(".file-name", node).textContent;
  if (node.dataset.id && !node.classList.contains("refused")) {
    try {
      await api("DELETE", `/api/v1/conversations/${conversation()}/files/${node.dataset.id}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      $(".file-note", node).textContent = error.message;
      return;
    }
  }
  node.remove();
  announce(`${name}을(를) 뺐습니다.`);
  tidy();
  input.focus();
}

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
let depth = 0;
function over(inside) {
  depth = inside ? depth + 1 : Math.max(0, depth - 1);
  talk.classList.toggle("dropping", depth > 0);
}

export function start(hooks) {
  ({ conversation, opened } = hooks);
  input.addEventListener("change", () => {
    attach([...input.files]);
    input.value = "";
  });
  list.addEventListener("click", (event) => {
    const pressed = event.target.closest(".remove");
    if (!pressed) return;
    event.preventDefault();
    remove(pressed.closest(".file"));
  });
  talk.addEventListener("dragenter", (event) => carriesFiles(event) && over(true));
  talk.addEventListener("dragleave", (event) => carriesFiles(event) && over(false));
  talk.addEventListener("dragover", (event) => carriesFiles(event) && event.preventDefault());
  talk.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    talk.classList.remove("dropping");
    attach([...event.dataTransfer.files]);
  });
  $("#question").addEventListener("paste", (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (!pasted.length) return;
    event.preventDefault();
    attach(pasted);
  });
  tidy();
  poll();
}
