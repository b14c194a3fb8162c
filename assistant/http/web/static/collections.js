// Collections: finds departments and people, says in words who will be able to read, and waits for the index to follow.
import { $, Problem, announce, api, el } from "./dom.js";

document.documentElement.classList.add("js");
const EVERY_MS = 2500;
const main = $("#main");
const rule = $("#rule");

// 과 after a final consonant, else 와
const and = (name) => {
  const code = name.charCodeAt(name.length - 1) - 0xac00;
  return code >= 0 && code <= 11171 && code % 28 ? "과" : "와";
};

function words() {
  if ($('[name="who"]:checked', rule)?.value === "everyone") return ["모든 사람"];
  const of = (name) => [...rule.querySelectorAll(`[name="${name}"]:checked`)].map((box) => box.dataset);
  return [
    ...of("department").map(({ name, below }) => (Number(below) ? `${name}${and(name)} 그 아래 ${below}개 부서` : name)),
    ...of("role").map(({ name }) => `역할 ${name}`),
    ...of("user").map(({ name }) => `사용자 ${name}`),
  ];
}

function cover() {
  // What stands below a chosen department reads too, whether chosen itself or not.
  const boxes = new Map([...rule.querySelectorAll('[name="department"]')].map((box) => [box.value, box]));
  for (const box of boxes.values()) {
    let above = boxes.get(box.dataset.parent);
    for (let steps = 0; above && !above.checked && steps < 32; steps += 1) above = boxes.get(above.dataset.parent);
    box.closest("label").classList.toggle("covered", Boolean(above?.checked) && !box.checked);
  }
}

let before = "";
function preview() {
  $("#some").hidden = $('[name="who"]:checked', rule)?.value === "everyone";
  cover();
  const now = words();
  const text = now.length ? `저장하면 볼 수 있는 사람: ${now.join(", ")}` : "저장하면 아무도 볼 수 없습니다.";
  $("#preview").textContent = text === before ? "" : text;
  return text;
}

function findUnit() {
  const wanted = $("#unit-find").value.trim().toLowerCase();
  let shown = 0;
  for (const item of $("#tree").children) {
    const box = $("input", item);
    item.hidden = Boolean(wanted) && !box.dataset.name.toLowerCase().includes(wanted) && !box.checked;
    shown += item.hidden ? 0 : 1;
  }
  $("#unit-none").hidden = shown > 0;
}

function addPerson({ username, name }) {
  const known = [...$("#people").querySelectorAll("input")].find((box) => box.value === username);
  if (known) known.checked = true;
  else {
    const box = el("input", { type: "checkbox", name: "user", value: username, "data-name": name });
    box.checked = true;
    $("#people").append(el("li", {}, el("label", {}, box, ` ${name} `, el("span", { class: "muted" }, username))));
  }
  $("#person-find").value = "";
  $("#suggestions").replaceChildren();
  $("#person-find").focus();
  $("#person-status").textContent = `${name}을(를) 더했습니다.`;
  preview();
}

let asked = 0;
async function findPerson() {
  const wanted = $("#person-find").value.trim();
  const mine = ++asked;
  if (!wanted) {
    $("#suggestions").replaceChildren();
    $("#person-status").textContent = "";
    return;
  }
  try {
    const { items } = await api("GET", `/api/v1/people?q=${encodeURIComponent(wanted)}`);
    if (mine !== asked) return; // somebody typed on
    $("#suggestions").replaceChildren(...items.map((person) => {
      const add = el("button", { type: "button", class: "button small" }, `${person.name} (${person.username})`);
      add.addEventListener("click", () => addPerson(person));
      return el("li", {}, add);
    }));
    $("#person-status").textContent = items.length ? `${items.length}명을 찾았습니다.` : "그런 사용자가 없습니다.";
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    $("#person-status").textContent = error.message;
  }
}

if (rule) {
  before = preview();
  $("#preview").textContent = "";
  rule.addEventListener("change", preview);
  $("#unit-find").addEventListener("input", findUnit);
  let timer = 0;
  $("#person-find").addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(findPerson, 200);
  });
  for (const box of [$("#unit-find"), $("#person-find")]) {
    box.addEventListener("keydown", (event) => event.key === "Enter" && !event.isComposing && event.preventDefault());
  }
}

async function follow() {
  try {
    const found = await api("GET", `/api/v1/collections/${encodeURIComponent(main.dataset.name)}`);
    if (!found.moving) {
      $("#moving").textContent = "색인까지 모두 반영되었습니다.";
      announce("색인까지 모두 반영되었습니다.");
      return;
    }
  } catch (error) {
    if (!(error instanceof Problem)) throw error; // asked again at the next round
  }
  setTimeout(follow, EVERY_MS);
}
if ("moving" in (main?.dataset ?? {})) setTimeout(follow, EVERY_MS);
