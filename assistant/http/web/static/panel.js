// The evidence panel: sources of one turn, and the document at the marked passage.
import { $, Problem, el, fragment } from "./dom.js";

const panel = $("#evidence");
const tabs = [$("#tab-sources"), $("#tab-document")];
const panels = { "tab-sources": $("#panel-sources"), "tab-document": $("#panel-document") };
const wide = matchMedia("(min-width: 75.01rem)");
let opener = null;
let dismissed = false;

function select(tab, focus = false) {
  for (const one of tabs) {
    const chosen = one === tab;
    one.setAttribute("aria-selected", String(chosen));
    one.tabIndex = chosen ? 0 : -1;
    panels[one.id].hidden = !chosen;
  }
  if (focus) tab.focus();
}

function open(from) {
  if (from) opener = from;
  panel.hidden = false;
  $("#veil").hidden = wide.matches;
}

export function close() {
  if (panel.hidden) return;
  panel.hidden = true;
  dismissed = true;
  $("#veil").hidden = true;
  for (const chip of document.querySelectorAll(".chip.active")) chip.classList.remove("active");
  opener?.isConnected && opener.focus();
  opener = null;
}

// Shows a turn's sources. Without `from` nobody asked: then only where there is room, and not once it was closed.
export function showSources(turn, from = null) {
  const lists = [...turn.querySelectorAll(".sources > h3, .sources > ul")];
  if (!lists.length || (!from && (!wide.matches || dismissed))) return;
  panels["tab-sources"].replaceChildren(...lists.map((node) => node.cloneNode(true)));
  panels["tab-sources"].dataset.turn = turn.dataset.id;
  const reading = !from && !panel.hidden && !panels["tab-document"].hidden;
  open(from);
  if (!reading) select(tabs[0]);
  if (from && !wide.matches) tabs[0].focus();
}

export async function showDocument(link, from) {
  open(from);
  select(tabs[1]);
  const target = panels["tab-document"];
  target.setAttribute("aria-busy", "true");
  const url = new URL(link.href, location.href);
  url.searchParams.set("fragment", "1");
  try {
    target.replaceChildren(await fragment(url.pathname + url.search));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    target.replaceChildren(el("p", { class: "notice warn", role: "alert" }, "문서를 열지 못했습니다. 볼 권한이 없거나 문서가 없어졌을 수 있습니다."));
  }
  target.removeAttribute("aria-busy");
  const mark = $("#mark", target);
  target.scrollTop = 0;
  if (mark) target.scrollTop = mark.getBoundingClientRect().top - target.getBoundingClientRect().top - target.clientHeight / 4;
  (mark ?? target).focus({ preventScroll: true });
}

export function highlight(n) {
  for (const item of panels["tab-sources"].querySelectorAll(".source")) item.classList.toggle("active", item.dataset.n === n);
}

for (const tab of tabs) {
  tab.addEventListener("click", () => select(tab));
  tab.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") select(tabs[1 - tabs.indexOf(tab)], true);
  });
}
$("#evidence-close").addEventListener("click", close);
wide.addEventListener("change", () => { $("#veil").hidden = panel.hidden || wide.matches; });
panels["tab-sources"].addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  highlight(link.closest(".source").dataset.n);
  showDocument(link, opener);
});
