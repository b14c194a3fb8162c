// The document page: the outline follows the reading, the cited passage is brought into view.
document.documentElement.classList.add("js");

const links = new Map([...document.querySelectorAll(".outline a")].map((link) => [link.hash.slice(1), link]));
const heads = [...document.querySelectorAll(".text [id^=p]")].filter((head) => links.has(head.id));
if (matchMedia("(max-width: 56rem)").matches) document.querySelector(".outline details")?.removeAttribute("open");

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

let waiting = 0;
addEventListener("scroll", () => {
  waiting ||= requestAnimationFrame(() => {
    waiting = 0;
    follow();
  });
}, { passive: true });
if (location.hash === "#mark") document.querySelector("#mark")?.scrollIntoView({ block: "center" });
follow();
