"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const made = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const percent = (score) => `${(100 * score).toFixed(1)} %`;
  const english = new Intl.DisplayNames(["en"], { type: "language" });
  let asked = 0;

  // A colour for each slot name: the same name has the same one on both sides.
  const hue = (name) => [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);

  function marked(text, slots) {
    const points = Array.from(text); // offsets count code points, not the units of JavaScript's strings
    const parts = [];
    let done = 0;
    for (const slot of slots) {
      parts.push(points.slice(done, slot.start).join(""));
      const mark = made("mark");
      mark.style.setProperty("--hue", hue(slot.slot));
      const name = made("span", slot.slot, "name");
      name.dir = "ltr";
      mark.append(made("bdi", points.slice(slot.start, slot.end).join("")), name);
      parts.push(mark);
      done = slot.end;
    }
    return [...parts, points.slice(done).join("")];
  }

  // That of the whole text: dir="auto" passes over the marks, which isolate what is in them, and may find nothing else.
  function setDirection(element, text) {
    element.dir = "auto";
    element.textContent = text;
    element.dir = getComputedStyle(element).direction;
  }

  function intentRow(own) {
    const row = made("li");
    const bar = made("progress");
    bar.max = 1;
    bar.value = own.score;
    bar.setAttribute("aria-label", own.intent);
    row.append(made("span", own.intent), made("span", percent(own.score), "number"), bar);
    return row;
  }

  function slotRow(own) {
    const row = made("li");
    row.style.setProperty("--hue", hue(own.slot));
    const value = made("bdi", own.text);
    row.append(made("span", own.slot, "name"), value, made("span", percent(own.score), "number"));
    return row;
  }

  function show(side, text, understood) {
    const card = at(side);
    const said = card.querySelector(".said");
    setDirection(said, text);
    said.replaceChildren(...marked(text, understood.slots ?? []));
    const intents = (understood.intents ?? []).map(intentRow);
    card.querySelector(".intents").replaceChildren(
      ...(intents.length ? intents : [made("li", "this champion was not tuned for intents", "soft")]));
    const none = understood.slots ? "none found" : "this champion was not tuned for slots";
    const slots = (understood.slots ?? []).map(slotRow);
    card.querySelector(".slots").replaceChildren(...(slots.length ? slots : [made("li", none, "soft")]));
  }

  function say(text, trouble = false) {
    at("status").textContent = text;
    at("status").className = trouble ? "trouble" : "";
  }

  async function answer(response) {
    const body = await response.json().catch(() => ({ error: `the service answered with status ${response.status}` }));
    if (!response.ok) throw new Error(body.error);
    return body;
  }

  async function ask(event) {
    event.preventDefault();
    const text = at("text").value;
    const headers = { "Content-Type": "application/json" };
    if (at("token")) headers.Authorization = `Bearer ${at("token").value}`;
    const utterance = at("locale").value ? { text, locale: at("locale").value } : { text };
    const number = ++asked;
    const began = performance.now();
    at("send").disabled = true;
    try {
      const body = JSON.stringify({ utterances: [utterance], compare: true });
      const { predictions: [found] } = await answer(await fetch("predict", { method: "POST", headers, body }));
      if (number !== asked) return;
      show("aligned", found.text, found);
      at("fresh").hidden = !found.fresh;
      if (found.fresh) show("fresh", found.text, found.fresh);
      at("answers").hidden = false;
      const notes = [`Answered in ${Math.round(performance.now() - began)} ms.`];
      if (found.truncated) notes.push("The text is too long: its end was not read.");
      if (!found.fresh) notes.push("This champion holds no fresh prompt to compare with.");
      say(notes.join(" "));
    } catch (error) {
      at("answers").hidden = true;
      say(`No answer: ${error.message}`, true);
    } finally {
      at("send").disabled = false;
    }
  }

  async function introduce() {
    const health = await (await fetch("healthz")).json();
    const champion = health.champion;
    if (!champion) {
      say("The champion is being loaded.");
      setTimeout(introduce, 1000);
      return;
    }
    if (at("status").textContent.startsWith("The champion")) say("");
    const label = champion.version ? `version ${champion.version}, ` : "";
    at("champion").textContent = `Champion: ${label}${champion.fingerprint.slice(0, 12)}, on the backbone `
      + `${champion.backbone}, aligned on ${champion.languages.length} languages, evaluated in `
      + `${champion.locales.length} locales.`;
    const named = champion.locales.map((tag) => [english.of(tag) ?? tag, tag]);
    named.sort((a, b) => a[0].localeCompare(b[0], "en"));
    for (const [name, tag] of named) {
      const option = made("option", `${name} · ${tag}`);
      option.value = tag;
      at("locale").append(option);
    }
  }

  for (const chip of document.querySelectorAll(".chip")) {
    chip.addEventListener("click", () => {
      at("text").value = chip.dataset.text;
      const known = [...at("locale").options].some((option) => option.value === chip.dataset.locale);
      at("locale").value = known ? chip.dataset.locale : "";
      if (at("ask").reportValidity()) at("ask").requestSubmit();
    });
  }
  at("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    at("ask").requestSubmit();
  });
  at("ask").addEventListener("submit", ask);
  introduce().catch((error) => say(`The service does not answer: ${error.message}`, true));
})();
