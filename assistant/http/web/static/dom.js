// Small helpers: elements without HTML strings, calls with the CSRF token, fragments from our own server.

export const $ = (selector, root = document) => root.querySelector(selector);

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") node.className = value;
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const token = () => $('meta[name="csrf-token"]')?.content ?? "";

export class Problem extends Error {}

// Calls our API; a problem's Korean title becomes the error's message.
export async function api(method, path, body, signal) {
  const form = body instanceof FormData;
  const headers = { "X-CSRF-Token": token(), Accept: "application/json" };
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: form || body === undefined ? body : JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("서버에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요.");
  }
  if (response.status === 204) return null;
  const data = await response.json().catch(() => ({}));
  if (response.ok) return data;
  if (response.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  throw new Problem(data.title ?? "처리 중 오류가 발생했습니다.");
}

// Fetches a fragment that our server rendered and escaped.
export async function fragment(path) {
  const response = await fetch(path, { headers: { Accept: "text/html" } });
  if (!response.ok || response.redirected) throw new Problem("내용을 불러오지 못했습니다. 페이지를 새로 고쳐 주세요.");
  const template = document.createElement("template");
  template.innerHTML = await response.text();
  return template.content;
}

// Says something to screen readers without moving the focus.
export function announce(text) {
  const live = $("#live");
  if (live && text) live.textContent = text;
}
