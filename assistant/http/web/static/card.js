// The card over a chip: on hover and on focus, stays while the pointer is on it, Escape closes it.
import { $, el } from "./dom.js";

const card = $("#card");
let chip = null;
let timer = 0;

function show(target) {
  const source = target.closest(".turn")?.querySelector(`.sources .source[data-n="${target.dataset.n}"]`);
  if (!source) return;
  clearTimeout(timer);
  chip?.removeAttribute("aria-describedby");
  chip = target;
  chip.setAttribute("aria-describedby", "card");
  const title = el("p", {}, ...[...source.querySelector(".what").childNodes].map((node) => node.cloneNode(true)));
  card.replaceChildren(title, source.querySelector(".facts").cloneNode(true), source.querySelector("blockquote").cloneNode(true));
  card.hidden = false;
  const at = chip.getBoundingClientRect();
  const { width, height } = card.getBoundingClientRect();
  const left = Math.min(Math.max(12, at.left - 24), innerWidth - width - 12);
  const above = at.top - height - 8;
  card.style.left = `${left}px`;
  card.style.top = `${above > 60 ? above : at.bottom + 8}px`;
}

export function hide() {
  clearTimeout(timer);
  card.hidden = true;
  chip?.removeAttribute("aria-describedby");
  chip = null;
}

const later = () => { clearTimeout(timer); timer = setTimeout(hide, 180); };

for (const [begin, end] of [["pointerover", "pointerout"], ["focusin", "focusout"]]) {
  document.addEventListener(begin, (event) => {
    if (event.pointerType === "touch") return;
    const target = event.target.closest?.(".answer .chip");
    if (target) show(target);
    else if (card.contains(event.target)) clearTimeout(timer);
  });
  document.addEventListener(end, (event) => {
    if (event.target.closest?.(".answer .chip") || card.contains(event.target)) later();
  });
}
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
document.addEventListener("scroll", hide, { capture: true, passive: true });
