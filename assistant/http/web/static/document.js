// The document page: the outline follows the reading, the cited passage comes into view, words are found in the text.
import { $, announce, el } from "./dom.js";

document.documentElement.classList.add("js");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

// -- the outline

const links = new Map([...document.querySelectorAll(".outline a")].map((link) => [link.hash.slice(1), link]));
const heads = [...document.querySelectorAll(".text [id]")].filter((head) => links.has(head.id));
if (matchMedia("(max-width: 56rem)").matches) $(".outline details")?.removeAttribute("open");

let current = null;
function follow() {
  let low = 0;
  let high = heads.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (heads[middle].getBoundingClientRect().top < innerHeight * 0.45) low = middle + 1;
    else high = middle;
  }
  const link = links.get(heads[low - 1]?.id);
  if (link === current) return;
  current?.removeAttribute("aria-current");
  link?.setAttribute("aria-current", "true");
  const pane = link?.closest(".outline");
  if (link && pane.scrollHeight > pane.clientHeight) {
    pane.scrollTop += link.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 2;
  }
  current = link;
}

// Up and down walk through the table of contents, as in any list.
$(".outline")?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const all = [...links.values()];
  const here = all.indexOf(document.activeElement);
  if (!step || here < 0) return;
  event.preventDefault();
  all[Math.min(Math.max(here + step, 0), all.length - 1)].focus();
});

let waiting = 0;
addEventListener("scroll", () => {
  waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    follow();
  });
}, { passive: true });

// -- the cited passage: sections above it are laid out as they come near, so look twice

function toMark() {
  $("#mark")?.scrollIntoView({ block: "center" });
}
if (location.hash === "#mark") {
  toMark();
  requestAnimationFrame(() => requestAnimationFrame(toMark));
}
follow();

// -- copying

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    announce("복사했습니다.");
    const label = button.lastChild;
    const before = label.textContent;
    label.textContent = "복사함";
    setTimeout(() => { label.textContent = before; }, 1600);
  } catch {
    getSelection().selectAllChildren($("#citation")); // where the browser forbids it, what to copy is at least chosen
  }
}
for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", () => copy(button.dataset.copy, button));
}
for (const link of document.querySelectorAll("[data-permalink]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    history.replaceState(null, "", link.href);
    copy(link.href, link);
  });
}

// -- words in the text, marked without touching it (CSS highlights); the browser's own search works as well

const text = $(".text");
if (globalThis.CSS?.highlights && text?.textContent.trim()) {
  const input = el("input", { type: "search", placeholder: "이 문서에서 찾기", "aria-label": "이 문서에서 찾기", maxlength: "100" });
  const tally = el("span", { class: "tally", role: "status" });
  const back = el("button", { type: "button", class: "button small", hidden: true }, "이전");
  const on = el("button", { type: "button", class: "button small", hidden: true }, "다음");
  text.before(el("div", { class: "finder", role: "search" }, input, tally, back, on));
  let found = [];
  let at = -1;

  function look() {
    const wanted = input.value.trim().toLowerCase();
    found = [];
    at = -1;
    if (wanted) {
      const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const hay = node.data.toLowerCase();
        for (let i = hay.indexOf(wanted); i >= 0 && found.length < 5000; i = hay.indexOf(wanted, i + wanted.length)) {
          const range = new Range();
          range.setStart(node, i);
          range.setEnd(node, i + wanted.length);
          found.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...found));
    CSS.highlights.delete("found-here");
    back.hidden = on.hidden = !found.length;
    tally.textContent = wanted ? (found.length ? `${found.length}곳` : "없음") : "";
  }

  function go(step) {
    if (!found.length) return;
    at = (at + step + found.length) % found.length;
    CSS.highlights.set("found-here", new Highlight(found[at]));
    found[at].startContainer.parentElement.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
    tally.textContent = `${at + 1} / ${found.length}`;
  }

  let soon = 0;
  input.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(look, 150);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (at < 0) look();
    go(event.shiftKey ? -1 : 1);
  });
  on.addEventListener("click", () => go(1));
  back.addEventListener("click", () => go(at < 0 ? 0 : -1));
}
