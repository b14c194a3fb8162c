// The conversation page. Everything here also works as plain forms and links; this makes it live.
import { $, Problem, announce, api, el, fragment } from "./dom.js";
import { hide } from "./card.js";
import { close, highlight, showDocument, showSources } from "./panel.js";
import * as files from "./files.js";
import { check } from "./privacy.js";
import { follow } from "./stream.js";

document.documentElement.classList.add("js");

const form = $("#composer");
const box = $("#question");
const send = $("#send");
const scroll = $("#scroll");
const history = $("#history");
let running = null;

// Reading

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 120;
let stay = true;
scroll.addEventListener("scroll", () => { stay = atEnd(); }, { passive: true });
const toEnd = () => { if (stay) scroll.scrollTop = scroll.scrollHeight; };

function busy(turn) {
  running = turn;
  send.setAttribute("aria-disabled", String(Boolean(turn)));
  $("span", send).textContent = turn && turn !== form ? "작성 중" : "보내기";
}

const hooks = {
  sources: (turn) => showSources(turn),
  grown: toEnd,
  done(turn) {
    busy(null);
    showSources(turn);
    toEnd();
    refreshHistory();
  },
  again: watch,
  failed(turn, text) {
    busy(null);
    complain(text);
  },
};

function watch(turn) {
  busy(turn);
  $(".progress", turn).replaceChildren();
  follow(turn, hooks);
}

async function refreshHistory() {
  const current = $(".panes").dataset.conversation;
  try {
    $("#history-list").replaceChildren(await fragment(`/history?current=${encodeURIComponent(current)}`));
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // the list stays as it is
  }
}

// Asking

function opened(id) {
  form.elements.conversation_id.value = id;
  $(".panes").dataset.conversation = id;
  window.history.replaceState(null, "", `/c/${id}`);
  refreshHistory();
}

const complain = (text) => { $("#form-error").textContent = text; };

async function ask(question, day = form.elements.as_of.value, again = null) {
  complain("");
  const conversation = form.elements.conversation_id;
  const body = { question, conversation_id: conversation.value || null, collection: form.elements.collection.value || null };
  if (day) body.as_of = day;
  if (again) body.instead_of = again.dataset.id;
  else if (form.elements.after.value) body.after = form.elements.after.value;
  const { id, conversation_id } = await api("POST", "/api/v1/turns", body);
  if (!conversation.value) opened(conversation_id);
  $("details.notice")?.removeAttribute("open");
  $("#welcome")?.replaceWith(el("h1", { class: "hidden" }, "새 대화"));
  const content = await fragment(`/turns/${id}`);
  const turn = content.querySelector(".turn");
  if (again) leave(again, conversation_id);
  $("#turns").append(turn);
  form.elements.after.value = id;
  stay = true;
  toEnd();
  if ("running" in turn.dataset) watch(turn);
  else hooks.done(turn);
}

// A question that is put again opens a line of its own: what followed the first one stays with that.
function leave(turn, conversation) {
  while (turn.nextElementSibling) turn.nextElementSibling.remove();
  turn.remove();
  window.history.replaceState(null, "", `/c/${conversation}`);
}

async function again(target, turn) {
  const question = target.elements.question.value.trim();
  if (!question || running) return;
  busy(form);
  try {
    if (target.closest(".edit") && !(await check(question))) return;
    await ask(question, target.elements.as_of?.value ?? "", turn);
  } finally {
    if (running === form) busy(null);
  }
}

async function submit(event) {
  event.preventDefault();
  const question = box.value.trim();
  if (!question || running) return;
  busy(form);
  try {
    if (await check(question)) {
      await ask(question);
      box.value = "";
      fit();
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    complain(error.message);
  } finally {
    if (running === form) busy(null);
    box.focus();
  }
}

function fit() {
  if (CSS.supports("field-sizing", "content")) return;
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight + 2}px`;
}

form.addEventListener("submit", submit);
box.addEventListener("input", fit);
box.addEventListener("keydown", (event) => {
  // While a Hangul syllable is being composed, Enter belongs to the input method (229: older Safari).
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  form.requestSubmit();
});

// Files, and the day whose law is asked

files.start({ conversation: () => form.elements.conversation_id.value, opened });

const when = $(".when");
const day = $("#as-of");
function showDay() {
  $("#as-of-shown").textContent = day.value ? day.value.split("-").map((part) => `${Number(part)}.`).join(" ") : "오늘";
  when.classList.toggle("chosen", Boolean(day.value));
}
day.addEventListener("change", showDay);
$("#as-of-today").addEventListener("click", () => {
  day.value = "";
  showDay();
  when.open = false;
  $("summary", when).focus();
});
document.addEventListener("click", (event) => { if (when.open && !when.contains(event.target)) when.open = false; });
showDay();

// What stands under an answer

async function rate(target, rating, comment) {
  const turn = target.closest(".turn");
  const thanks = $(".thanks", target);
  try {
    await api("POST", `/api/v1/turns/${turn.dataset.id}/feedback`, { rating, comment });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    thanks.textContent = error.message;
    return;
  }
  for (const thumb of target.querySelectorAll(".thumb")) thumb.setAttribute("aria-pressed", String(thumb.value === String(rating)));
  $(".comment", target).toggleAttribute("data-rated", true);
  thanks.textContent = comment ? "의견을 남겼습니다. 고맙습니다." : "고맙습니다.";
}

document.addEventListener("submit", async (event) => {
  const target = event.target;
  const turn = target.closest(".turn");
  if (!turn || target.matches(".composer")) return;
  event.preventDefault();
  try {
    if ("stop" in target.dataset) {
      await api("POST", `/api/v1/turns/${turn.dataset.id}/stop`);
      announce("중지를 요청했습니다.");
    } else if ("again" in target.dataset) {
      await again(target, turn);
    } else if ("feedback" in target.dataset) {
      await rate(target, Number(event.submitter.value), $("textarea", target).value.trim());
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    complain(error.message);
  }
});

let doubt = -1;
document.addEventListener("click", (event) => {
  const target = event.target;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  const chip = target.closest(".answer .chip");
  if (chip) {
    event.preventDefault();
    hide();
    for (const other of document.querySelectorAll(".chip.active")) other.classList.remove("active");
    chip.classList.add("active");
    showSources(chip.closest(".turn"), chip);
    highlight(chip.dataset.n);
    showDocument(chip, chip);
  } else if (target.closest("[data-sources]")) {
    showSources(target.closest(".turn"), target.closest("button"));
  } else if (target.closest("[data-doubt]")) {
    const spans = target.closest(".turn").querySelectorAll(".unsupported");
    doubt = (doubt + 1) % spans.length;
    spans[doubt].tabIndex = -1;
    spans[doubt].focus();
    spans[doubt].scrollIntoView({ block: "center" });
  } else if (target.closest("[data-comment]")) {
    const feedback = target.closest("form");
    const pressed = $('.thumb[aria-pressed="true"]', feedback);
    if (pressed) rate(feedback, Number(pressed.value), $("textarea", feedback).value.trim());
    else $(".thanks", feedback).textContent = "먼저 엄지를 골라 주세요.";
  }
});

// The drawers of narrow screens

function drawer(open) {
  history.classList.add("moved"); // not before: the page must not begin with a drawer sliding away
  history.classList.toggle("open", open);
  $("#history-open").setAttribute("aria-expanded", String(open));
  $("#veil").hidden = !open;
  if (open) $("a", history).focus();
}
$("#history-open").addEventListener("click", () => drawer(!history.classList.contains("open")));
$("#veil").addEventListener("click", () => { drawer(false); close(); });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (history.classList.contains("open")) {
    drawer(false);
    $("#history-open").focus();
  } else if (!matchMedia("(min-width: 75.01rem)").matches) close();
  for (const menu of document.querySelectorAll(".me[open], .more[open], .when[open]")) menu.open = false;
});

// Where the page begins

for (const turn of document.querySelectorAll(".turn[data-running]")) watch(turn);
const last = [...document.querySelectorAll(".turn")].at(-1);
if (last) {
  showSources(last);
  if (location.hash) $(`#${CSS.escape(location.hash.slice(1))}`)?.scrollIntoView();
  else scroll.scrollTop = scroll.scrollHeight;
}
if (matchMedia("(pointer: fine)").matches) box.focus();
