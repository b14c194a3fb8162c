// Follows a running turn: steps, text, sources. EventSource reconnects by itself and goes on after the last event seen.
import { $, Problem, announce, el, fragment } from "./dom.js";
import { render, spoken } from "./live.js";
import { sourceLists } from "./sources.js";

const AGAIN_MS = 2000;

class Follower {
  constructor(turn, hooks) {
    this.turn = turn;
    this.hooks = hooks;
    this.text = "";
    this.found = new Map();
    this.frame = 0;
    this.stream = new EventSource(`/api/v1/turns/${turn.dataset.id}/events`);
    for (const kind of ["step", "progress", "notice", "sources", "delta", "retract", "citations", "restart", "done"]) {
      this.stream.addEventListener(kind, (event) => this[kind](JSON.parse(event.data)));
    }
    this.stream.addEventListener("error", () => {
      if (this.stream.readyState === EventSource.CLOSED) this.finish();
    });
  }

  step({ name, state, label }) {
    const list = $(".progress", this.turn);
    let item = list.querySelector(`[data-step="${CSS.escape(name)}"]`);
    if (!item) list.append((item = el("li", { "data-step": name }, label ?? name)));
    item.classList.toggle("done", state === "done");
    if (state === "started") announce(label);
  }

  progress({ done, total, label }) {
    const list = $(".progress", this.turn);
    const item = list.querySelector("li:not(.done)") ?? list.lastElementChild;
    if (item) item.textContent = total > 1 ? `${label} (${done + 1} / ${total})` : label;
  }

  notice({ code, text }) {
    if (code !== "no_model") $(".progress", this.turn).before(el("p", { class: "notice small" }, text));
  }

  show(items) {
    for (const one of items) this.found.set(one.n, one);
    let box = $(".sources", this.turn);
    if (!box) $(".reply", this.turn).append((box = el("details", { class: "sources" })));
    box.replaceChildren(el("summary", {}, `찾은 근거 ${this.found.size}건`), ...sourceLists([...this.found.values()]));
    this.hooks.sources(this.turn);
  }

  sources({ items }) {
    this.show(items);
  }

  delta({ text }) {
    this.text += text;
    announce(spoken(text));
    this.draw();
  }

  retract({ text }) {
    this.text = text;
    announce(`답변이 다음으로 바뀌었습니다. ${spoken(text)}`);
    this.draw();
  }

  citations({ items }) {
    this.show(items); // all that was found; each now says whether it is cited
    this.draw();
  }

  restart() {
    this.text = "";
    this.found.clear();
    $(".progress", this.turn).replaceChildren();
    for (const notice of this.turn.querySelectorAll(".reply > .notice")) notice.remove();
    this.draw();
  }

  draw() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      render($(".answer", this.turn), this.text, this.found);
      this.hooks.grown(this.turn);
    });
  }

  done() {
    this.stream.close();
    cancelAnimationFrame(this.frame);
    this.finish();
  }

  async finish() {
    let content;
    try {
      content = await fragment(`/turns/${this.turn.dataset.id}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.hooks.failed(this.turn, "연결이 끊겼습니다. 답변은 서버에 남습니다. 페이지를 새로 고쳐 확인해 주세요.");
      return;
    }
    const fresh = content.querySelector(".turn");
    if ("running" in fresh.dataset) {
      setTimeout(() => this.hooks.again(this.turn), AGAIN_MS); // the stream broke off, the turn goes on
      return;
    }
    this.turn.replaceWith(fresh);
    const cited = fresh.querySelectorAll(".sources .source").length;
    announce(`${$(".tag", fresh).textContent}. 답변이 끝났습니다. 찾은 근거 ${cited}건.`);
    this.hooks.done(fresh);
  }
}

export function follow(turn, hooks) {
  return new Follower(turn, hooks);
}
