// Walking from change to change; everything else works without scripts.
import { $ } from "./dom.js";

document.documentElement.classList.add("js");
const rows = [...document.querySelectorAll(".pair .row")];
let at = -1;

function go(step) {
  if (!rows.length) return;
  rows[at]?.classList.remove("now");
  at = at < 0 && step < 0 ? rows.length - 1 : (at + step + rows.length) % rows.length;
  rows[at].classList.add("now");
  rows[at].scrollIntoView({ block: "start" });
  $("#place").textContent = `${at + 1} / ${rows.length}`;
}

$("#next").addEventListener("click", () => go(1));
$("#previous").addEventListener("click", () => go(-1));
$("#print").addEventListener("click", () => print());
if (!rows.length) for (const button of document.querySelectorAll(".walk button")) button.disabled = true;
for (const select of document.querySelectorAll(".pick select")) select.addEventListener("change", () => select.form.requestSubmit());
