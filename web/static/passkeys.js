// Passkeys: the browser is asked for one, and its answer is sent like any form. Without this script the app's codes work.
"use strict";
const toBytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

async function ask(options) {
  const publicKey = { ...options, challenge: toBytes(options.challenge) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (options[list]) publicKey[list] = options[list].map((each) => ({ ...each, id: toBytes(each.id) }));
  }
  if (!options.user) return navigator.credentials.get({ publicKey });
  publicKey.user = { ...options.user, id: toBytes(options.user.id) };
  return navigator.credentials.create({ publicKey });
}

function told(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[part]) response[part] = toText(credential.response[part]);
  }
  const id = toText(credential.rawId);
  return JSON.stringify({ id, rawId: id, type: credential.type, response, clientExtensionResults: {} });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || !navigator.credentials) break;
  const failed = form.querySelector("[data-failed]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    failed.hidden = true;
    try {
      const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
      const answer = await fetch(form.dataset.passkey, { method: "POST", body });
      if (!answer.ok) throw new Error("refused");
      form.elements.credential.value = told(await ask(await answer.json()));
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
