// The list of documents: states move on by themselves, uploads tell what went wrong without leaving the page.
import { $, Problem, api } from "./dom.js";

document.documentElement.classList.add("js");
if (matchMedia("(max-width: 56rem)").matches) $(".facets > details")?.removeAttribute("open");
const NAMES = { queued: "대기", processing: "처리 중", ready: "완료", failed: "실패", superseded: "이전 판" };
const EVERY_MS = 2500;

function show(row, { state, pages, chunks, reason_text: reason }) {
  row.dataset.state = state;
  const badge = $(".state", row);
  badge.className = `state ${state}`;
  badge.textContent = NAMES[state] ?? state;
  const line = document.createElement("span");
  line.className = state === "failed" ? "why" : "muted";
  line.textContent = state === "failed" ? reason : [pages && `${pages}쪽`, `${chunks}조각`].filter(Boolean).join(", ");
  if (state === "failed" || state === "ready") badge.after(line);
}

async function poll() {
  const open = document.querySelectorAll('.document[data-state="queued"], .document[data-state="processing"]');
  let finished = false;
  for (const row of [...open].slice(0, 20)) {
    try {
      const found = await api("GET", `/api/v1/versions/${row.dataset.version}`);
      if (found.state !== row.dataset.state) show(row, found);
      finished ||= found.state === "ready" || found.state === "failed";
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // tried again at the next round
    }
  }
  if (finished && open.length === 1 && !document.querySelector(".upload[open] input[type=file]")?.value) location.reload();
  else if (open.length) setTimeout(poll, EVERY_MS);
}
poll();
