// How far something is that the server makes, looked up every few seconds. Without this script there is a link.
"use strict";
const SECONDS = 3;
const place = document.querySelector("[data-again]");
async function look() {
  let found = null;
  try {
    const answer = await fetch(location.href);
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    found = page.querySelector("[data-again]");
  } catch {
    // A poor line: tried again.
    return setTimeout(look, SECONDS * 1000);
  }
  if (!found) return location.reload();
  const now = found.querySelectorAll("[data-changing]");
  place.querySelectorAll("[data-changing]").forEach((piece, number) => piece.replaceWith(now[number]));
  setTimeout(look, SECONDS * 1000);
}
setTimeout(look, SECONDS * 1000);
