// Each section is a phone; what it shows is the simulator's.
const root = new URL("simulator/", location.href).href;
const people = [["Sara", "fa"], ["Omar", "ar"], ["Ana", "es"], ["Sam", "en"]]
  .map(([first_name, language_code]) => ({ first_name, language_code }));
const HEARD = { message: "put", edited: "put", deleted: "drop", keyboard: "showKeys", phone: "show", notice: "notify" };
let stream;

const make = (tag, props = {}, ...children) => {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
};
const makeButton = (text, onclick, props) => make("button", { type: "button", textContent: text, onclick, dir: "auto", ...props });
const makeRows = (rows, draw) => (rows ?? []).map((row) => make("div", { className: "row" }, ...row.map(draw)));

async function ask(path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(root + path, body && { method: "POST", headers, body: JSON.stringify(body) });
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.detail);
  return content;
}

class View {
  constructor(slot) {
    this.key = `phone-${slot}`;
    this.section = document.querySelector("template").content.firstElementChild.cloneNode(true);
    this.log = this.find(".log");
    this.text = this.find("textarea");
    this.sent = Promise.resolve();
    const on = (event, selector, work) => this.find(selector).addEventListener(event, work);
    on("click", ".start", () => this.act({ kind: "start" }));
    on("click", ".block", () => this.act({ kind: this.phone.blocked ? "unblock" : "block" }));
    on("click", ".sticker", () => this.act({ kind: "sticker" }));
    on("click", ".place", () => sendPlace(this));
    on("click", ".renew", () => renew(this));
    on("click", ".editing button", () => this.edit());
    on("change", ".writer", (event) => this.attach(event.target));
    on("submit", ".writer", (event) => this.write(event));
    on("keydown", "textarea", (event) => {
      if (event.key === "Escape") this.edit();
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.write(event);
    });
    this.section.hidden = true; // until it is known whose phone it is
    document.querySelector("main").append(this.section);
  }

  find(selector) { return this.section.querySelector(selector); }

  // Finds the phone with this id or makes it: phones survive a reload, and a restart.
  async open(wanted) {
    this.phone = await ask("phones", wanted);
    localStorage[this.key] = JSON.stringify(this.phone);
  }

  async reload() {
    this.log.replaceChildren();
    await this.open(this.phone);
    (await ask(`phones/${this.phone.id}/messages`)).forEach((message) => this.put(message));
    this.show(this.phone);
  }

  show(phone) {
    this.phone = phone;
    this.section.hidden = false;
    this.section.dataset.phone = phone.id;
    this.section.ariaLabel = phone.first_name;
    this.log.lang = phone.language_code ?? "";
    this.section.classList.toggle("blocked", phone.blocked);
    this.find(".name bdi").textContent = phone.first_name;
    this.find(".name small").textContent = phone.language_code ?? "";
    this.find(".face").textContent = [...phone.first_name][0];
    this.find(".block").ariaPressed = phone.blocked;
    this.showKeys(phone.keyboard);
    for (const node of this.section.querySelectorAll(".writer *, .log button, .keys button")) node.disabled = phone.blocked;
    this.showStart();
  }

  showStart() { this.find(".start").hidden = this.log.firstElementChild || this.phone.blocked; }

  showKeys(keyboard) {
    const draw = ({ text }) => makeButton(text, () => this.act({ kind: "text", text }));
    this.find(".keys").replaceChildren(...makeRows(keyboard?.keyboard, draw));
    this.find(".keys").hidden = !keyboard;
    this.scroll();
  }

  put(message) {
    this.drop(message);
    const later = [...this.log.children].find((node) => node.dataset.message > message.message_id);
    this.log.insertBefore(this.draw(message), later ?? null);
    if (!later) this.scroll();
    if (this.find(".notice").textContent === "…") this.notify();
    this.showStart();
  }

  scroll() { this.log.scrollTop = this.log.scrollHeight; }

  drop({ message_id: id }) { this.log.querySelector(`[data-message="${id}"]`)?.remove(); }

  draw(message) {
    const { message_id: id, text, reply_markup: markup } = message;
    const mine = !message.from.is_bot;
    const bubble = make("article", { className: mine ? "mine" : "theirs" }, ...this.drawMedia(message));
    bubble.dataset.message = id;
    const words = text ?? message.caption;
    if (words) bubble.append(make("p", { dir: "auto", className: "words", textContent: words }));
    const time = (message.edit_date ? "✎ " : "") + new Date(message.date * 1000).toTimeString().slice(0, 5);
    const foot = make("footer", {}, time);
    if (message.has_protected_content) foot.prepend(make("span", { role: "img", ariaLabel: "Protected", title: "Protected", textContent: "🔒" }));
    if (mine && text) foot.prepend(makeButton("✎", () => this.edit(message), { className: "edit", ariaLabel: "Edit" }));
    bubble.append(foot, ...makeRows(markup?.inline_keyboard, (button) => this.drawButton(id, button)));
    return bubble;
  }

  drawButton(message, { text, url, callback_data: data }) {
    if (/^https?:/.test(url)) return make("a", { href: url, target: "_blank", textContent: text, dir: "auto" });
    const node = makeButton(text, () => this.act({ kind: "tap", message, data }));
    node.dataset.data = data ?? "";
    return node;
  }

  drawMedia({ photo, voice, audio, document: file, sticker, location: place, has_protected_content: kept }) {
    const address = (item) => `${root}files/${item.file_id}`;
    if (photo) return [make("img", { src: address(photo.at(-1)), alt: "Photo" })];
    if (voice) return [make("audio", { src: address(voice), controls: true, ariaLabel: "Voice" })];
    if (audio) return [make("p", { textContent: `♫ ${audio.file_name}`, dir: "auto" }), make("audio", { src: address(audio), controls: true, ariaLabel: "Recording" })];
    if (file) return [make("a", { href: address(file), ...(kept ? { target: "_blank" } : { download: file.file_name }), textContent: `📄 ${file.file_name}`, dir: "auto" })];
    if (sticker) return [make("p", { className: "big", textContent: sticker.emoji })];
    return place ? [make("p", { textContent: `📍 ${place.latitude}, ${place.longitude}`, dir: "ltr" })] : [];
  }

  edit(message) {
    this.edited = message;
    this.find(".editing").hidden = !message;
    this.find(".editing bdi").textContent = this.text.value = message?.text ?? "";
    this.text.focus();
  }

  write(event) {
    event.preventDefault();
    const text = this.text.value;
    if (!text.trim()) return;
    this.act(this.edited ? { kind: "edit", message: this.edited.message_id, text } : { kind: "text", text });
    this.edit();
  }

  attach(input) {
    const file = input.files?.[0];
    if (!file) return;
    const sound = input.classList.contains("voice") || /ogg|opus/.test(file.type) ? "voice" : "audio";
    const kind = { image: "photo", audio: sound }[file.type.split("/")[0]] ?? "document";
    const reader = new FileReader();
    reader.onload = () => this.act({ kind, name: file.name, mime_type: file.type, content: reader.result.split(",")[1] ?? "" });
    reader.readAsDataURL(file);
    input.value = "";
  }

  // One after the other, as a phone sends: side by side, what was written could arrive before the tap that asked for it.
  act(action) {
    const send = () => ask(`phones/${this.phone.id}/actions`, action).catch((error) => this.notify({ text: error.message }));
    return this.sent = this.sent.then(send);
  }

  notify({ text } = { text: "" }) {
    this.find(".notice").textContent = text;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.notify(), 6000);
  }
}

// One stream for all: a browser opens few connections to one host.
function listen() {
  stream?.close();
  stream = new EventSource(`${root}events?${views.map((view) => `phone=${view.phone.id}`).join("&")}`);
  stream.onopen = () => views.forEach((view) => view.reload());
  stream.onmessage = (event) => {
    const { phone, name, data } = JSON.parse(event.data);
    views.find((view) => view.phone.id === phone)?.[HEARD[name]](data);
  };
}

// Opens a dialog; `done` gets its fields once OK is chosen.
function fill(dialog, done) {
  const form = dialog.firstElementChild;
  form.reset();
  dialog.returnValue = "";
  dialog.onclose = () => dialog.returnValue === "ok" && done(form.elements);
  dialog.showModal();
}

function renew(view) {
  fill(document.querySelector("#renew"), async ({ name, language }) => {
    await view.open({ first_name: name.value, language_code: language.value || null });
    listen();
  });
}

function sendPlace(view) {
  fill(document.querySelector("#place"), ({ latitude, longitude }) =>
    view.act({ kind: "location", latitude: latitude.valueAsNumber, longitude: longitude.valueAsNumber }));
}

const views = people.slice(0, +new URLSearchParams(location.search).get("phones") || 1).map((_, slot) => new View(slot));
await Promise.all(views.map((view, slot) => view.open(JSON.parse(localStorage[view.key] ?? "null") ?? people[slot])));
listen();
