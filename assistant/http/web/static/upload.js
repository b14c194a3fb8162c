// Handing files in: three requests at a time, a line for each file, one question to the server for the state of all.
import { $, Problem, api } from "./dom.js";
import { dropped, picked } from "./upload-files.js";
import { draw } from "./upload-lines.js";

document.documentElement.classList.add("js");
const AT_ONCE = 3;
const EVERY_MS = 2000;
const HIDDEN_MS = 10000;
const SAY_MS = 5000;
const form = $("#upload");
const entries = new Map(); // id -> what is known of the file; the server knows it by the same id
let order = []; // ids, newest batch first
let counts = { total: 0, open: 0, failed: 0 };
const ownPage = location.pathname === "/uploads";
let active = false; // whether anything went on since the page was opened
let left = ""; // what was left out of the last folder
let polling = 0;
let drawing = 0;

const WAITS = new Set(["unsent", "sending"]);
const OPEN = new Set(["queued", "processing"]);
const all = () => [...entries.values()];
const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function refusal(file) {
  const most = Number(form.dataset.most);
  if (file.size > most) return `${Math.floor(most / 1048576)}MB를 넘어 보내지 않았습니다.`;
  if (!file.size) return "빈 파일이라 보내지 않았습니다.";
  const name = file.name.toLowerCase();
  if (!form.dataset.endings.split(",").some((ending) => name.endsWith(ending))) return "지원하지 않는 형식이라 보내지 않았습니다.";
  return "";
}

function add({ files, skipped }) {
  const collection = form.elements.collection.value;
  const batch = files.map(({ file, folder }) => {
    const reason = refusal(file);
    const id = newId();
    entries.set(id, { id, file, folder, collection, filename: file.name, size: file.size, state: reason ? "failed" : "unsent", reason_text: reason, sent: 0, local: true });
    return id;
  });
  order = [...batch, ...order];
  left = skipped ? `숨은 파일 ${skipped}개는 뺐습니다.` : "";
  $(".form-error", form).textContent = files.length ? "" : "올릴 파일이 없습니다.";
  next();
}

function next() {
  const waiting = order.map((id) => entries.get(id)).filter((one) => one?.state === "unsent");
  let room = AT_ONCE - all().filter((one) => one.state === "sending").length;
  while (room-- > 0 && waiting.length) send(waiting.shift());
  show();
}

function send(entry) {
  const body = new FormData();
  body.append("collection", entry.collection);
  body.append("line", entry.id);
  if (entry.folder) body.append("folder", entry.folder);
  body.append("file", entry.file, entry.filename);
  const request = new XMLHttpRequest();
  Object.assign(entry, { state: "sending", sent: 0, reason_text: "", request });
  request.open("POST", "/api/v1/documents");
  request.responseType = "json";
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRF-Token", $('meta[name="csrf-token"]').content);
  request.upload.onprogress = (event) => {
    entry.sent = event.lengthComputable ? event.loaded / event.total : 0;
    show();
  };
  request.onload = () => {
    if (request.status === 202) return settle(entry, { state: request.response.state, duplicate: request.response.duplicate, version_id: request.response.version_id, document_id: request.response.document_id, local: false });
    if (request.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
    if (request.response?.code === "disk_full") for (const one of all()) if (one.state === "unsent") Object.assign(one, { state: "failed", reason_text: request.response.title });
    settle(entry, { state: "failed", reason_text: request.response?.title ?? "처리 중 오류가 발생했습니다." });
  };
  request.onerror = () => settle(entry, { state: "failed", reason_text: "서버에 연결하지 못해 보내지 못했습니다." });
  request.send(body);
}

function settle(entry, facts) {
  Object.assign(entry, facts, { request: null });
  next();
  poll(300);
}

function drop(entry) {
  entries.delete(entry.id);
  order = order.filter((id) => id !== entry.id);
  entry.request?.abort();
}

// -- what the server knows

async function ask() {
  polling = 0;
  const known = all().filter((one) => !one.local).length;
  try {
    const answer = await api("GET", `/api/v1/uploads?limit=${Math.min(1000, Math.max(200, known + 50))}`);
    counts = answer.counts;
    const fresh = [];
    for (const item of answer.items) {
      const entry = entries.get(item.id);
      if (entry && WAITS.has(entry.state)) continue; // it is being sent once more
      if (entry) Object.assign(entry, item, { local: false });
      else {
        entries.set(item.id, { ...item, size: null, sent: 1, local: false });
        fresh.push(item.id);
      }
    }
    order = [...order, ...fresh];
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // asked again at the next round
  }
  if (all().some((one) => OPEN.has(one.state))) poll(document.hidden ? HIDDEN_MS : EVERY_MS);
  show();
}

function poll(delay) {
  if (polling) return;
  polling = setTimeout(ask, delay);
}

async function again(some) {
  for (const entry of some) {
    if (entry.version_id) {
      try {
        await api("POST", `/api/v1/versions/${entry.version_id}/retry`);
        Object.assign(entry, { state: "queued", reason_text: "", stage: null });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        entry.reason_text = error.message;
      }
    } else if (entry.file && !refusal(entry.file)) Object.assign(entry, { state: "unsent", reason_text: "" });
  }
  next();
  poll(500);
}

const canTryAgain = (entry) => entry.state === "failed" && Boolean(entry.version_id || (entry.file && !refusal(entry.file)));

// -- what people see

function sum() {
  const list = all();
  const count = (test) => list.filter(test).length;
  const unsent = count((one) => WAITS.has(one.state));
  const sent = list.filter((one) => !one.local).length;
  const hiddenOpen = Math.max(0, counts.open - count((one) => !one.local && OPEN.has(one.state)));
  const open = count((one) => OPEN.has(one.state)) + hiddenOpen;
  const failed = count((one) => one.state === "failed");
  const total = Math.max(counts.total, sent) + count((one) => one.local);
  return { unsent, open, failed, total, done: total - unsent - open - failed };
}

function words({ unsent, open, failed, done, total }) {
  const parts = [`모두 ${total.toLocaleString()}건`];
  if (unsent) parts.push(`보낼 것 ${unsent.toLocaleString()}`);
  if (open) parts.push(`처리 중 ${open.toLocaleString()}`);
  parts.push(`완료 ${done.toLocaleString()}`);
  if (failed) parts.push(`실패 ${failed.toLocaleString()}`);
  return parts.join(" · ");
}

let said = "";
let saidAt = 0;
let busyBefore = false;
function say(numbers) {
  const busy = Boolean(numbers.unsent || numbers.open);
  const text = busy ? words(numbers) : `모두 끝났습니다. ${words(numbers)}`;
  const due = performance.now() - saidAt > SAY_MS || busy !== busyBefore;
  if ((busy || busyBefore) && due && text !== said) {
    $("#upload-live").textContent = said = text;
    saidAt = performance.now();
  }
  if (busyBefore && !busy) document.dispatchEvent(new CustomEvent("uploads:done"));
  busyBefore = busy;
}

function show() {
  if (drawing) return;
  drawing = setTimeout(() => {
    drawing = 0;
    const numbers = sum();
    active ||= Boolean(numbers.unsent || numbers.open || all().some((one) => one.file));
    $("#uploads").hidden = !numbers.total || !(ownPage || active); // old news is not for the page of documents
    $("#upload-sum").textContent = words(numbers);
    const busy = numbers.unsent + numbers.open;
    const whole = $("#upload-whole");
    whole.hidden = !busy;
    whole.max = Math.max(1, numbers.total);
    whole.value = numbers.total - busy;
    $("#upload-stop").hidden = !numbers.unsent;
    $("#upload-again").hidden = all().filter(canTryAgain).length < 2;
    $("#upload-clear").hidden = numbers.total === busy;
    const shortened = draw($("#upload-lines"), order.map((id) => entries.get(id)), { canTryAgain, cancel: (entry) => (drop(entry), next()), again: (entry) => again([entry]) });
    const notes = [left, shortened && `목록이 길어 끝난 ${shortened.toLocaleString()}건은 줄였습니다.`].filter(Boolean).join(" ");
    $("#upload-more").hidden = !notes;
    $("#upload-more").textContent = notes;
    say(numbers);
  }, 120);
}

// -- beginnings

function listen() {
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.required = false;
    input.addEventListener("change", () => {
      add(picked(input.files));
      input.value = ""; // the same file may be chosen again
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  let depth = 0;
  const mark = (by) => document.body.classList.toggle("dragging", (depth = Math.max(0, depth + by)) > 0);
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragenter", (event) => holdsFiles(event) && mark(1));
  document.addEventListener("dragleave", (event) => holdsFiles(event) && mark(-1));
  document.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
  document.addEventListener("drop", async (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    mark(-depth);
    form.closest("details")?.setAttribute("open", "");
    add(await dropped(event.dataTransfer));
  });
  $("#upload-stop").addEventListener("click", () => {
    for (const entry of all().filter((one) => WAITS.has(one.state))) drop(entry);
    next();
  });
  $("#upload-again").addEventListener("click", () => again(all().filter(canTryAgain)));
  $("#upload-clear").addEventListener("click", async () => {
    await api("DELETE", "/api/v1/uploads");
    for (const entry of all()) if (!WAITS.has(entry.state) && !OPEN.has(entry.state)) drop(entry);
    counts = { total: 0, open: 0, failed: 0 };
    ask();
  });
  addEventListener("beforeunload", (event) => all().some((one) => WAITS.has(one.state)) && event.preventDefault());
  ask();
}

if (form) listen();
