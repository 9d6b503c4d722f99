// New messages of the open case, as the server renders them. Without this script the page still shows them on reload.
"use strict";
for (const list of document.querySelectorAll("[data-stream]")) {
  if (!("EventSource" in window)) break;
  const stream = new EventSource(list.dataset.stream);
  stream.addEventListener("message", (event) => {
    const position = event.lastEventId;
    if (list.querySelector(`[data-position="${CSS.escape(position)}"]`)) return;
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const piece = document.createElement("template");
    piece.innerHTML = event.data;
    list.append(piece.content);
    if (atEnd) list.scrollTop = list.scrollHeight;
    list.parentElement.querySelector(".empty")?.remove();
    // What stands on the page has been seen: an answer sent from here is an answer to it.
    for (const seen of document.querySelectorAll("[data-seen]")) seen.value = position;
  });
  addEventListener("pagehide", () => stream.close());
  // Back from the browser's page cache the stream is closed and messages may be missing.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
for (const list of document.querySelectorAll(".messages")) list.scrollTop = list.scrollHeight;
// Ctrl or Command with Enter sends, from the keyboard alone.
for (const form of document.querySelectorAll("[data-quick-send]")) {
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
}
