// New messages of the open case, as the server renders them. Without this script the page still shows them on reload.
"use strict";
for (const list of document.querySelectorAll("[data-stream]")) {
  if (!("EventSource" in window)) break;
  const stream = new EventSource(list.dataset.stream);
  stream.addEventListener("message", (event) => {
    const position = event.lastEventId;
    if (list.querySelector(`[data-position="${CSS.escape(position)}"]`)) return;
    const piece = document.createElement("template");
    piece.innerHTML = event.data;
    list.append(piece.content);
    list.parentElement.querySelector(".empty")?.remove();
  });
  addEventListener("pagehide", () => stream.close());
  // Back from the browser's page cache the stream is closed and messages may be missing.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
