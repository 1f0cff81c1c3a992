"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { low, high, step } = data.scale;
  const middle = low + step * Math.round((high - low) / step / 2);
  const decimals = Math.max(...[low, high, step].map((number) => (String(number).split(".")[1] ?? "").length));
  const aspects = ["meaning", "fluency"];
  const speakers = { USER: "User", SYSTEM: "Assistant" };
  const storageKey = `crossprompt-rating/${data.export}`;
  const at = (id) => document.getElementById(id);

  // Answers: {current, sessions: {"locale/rater": {rater, locale, position, answers: {item: {meaning, fluency, rated_at}}}}}
  let kept = { current: null, sessions: {} };
  let session = null;
  let group = null;
  let unsaved = false;

  const warn = (message) => {
    at("trouble").textContent = message;
    at("trouble").hidden = !message;
  };
  const load = () => {
    try {
      const stored = JSON.parse(localStorage.getItem(storageKey));
      const sound = Object.entries(stored?.sessions ?? {}).filter(([, { position, answers }]) => position >= 0 && answers);
      kept = { current: stored?.current ?? null, sessions: Object.fromEntries(sound) };
    } catch {
      warn("This browser could not give back earlier answers. Save yours as a file before you close this page.");
    }
  };
  const store = () => {
    try {
      localStorage.setItem(storageKey, JSON.stringify(kept));
      at("saved").textContent = "Saved";
      unsaved = false;
    } catch {
      unsaved = true;
      at("saved").textContent = "Not saved";
      warn("This browser does not keep your answers. Save them as a file before you close this page.");
    }
  };

  const item = () => group.items[session.position];
  const answer = (id) => session.answers[id] ?? {};
  const touched = (id) => aspects.filter((aspect) => typeof answer(id)[aspect] === "number").length;
  const rated = () => group.items.filter(({ id }) => touched(id) === aspects.length);
  const shown = (value) => value.toFixed(decimals);

  const begin = (rater, locale) => {
    const name = `${locale}/${rater}`;
    kept.sessions[name] ??= { rater, locale, position: 0, answers: {} };
    kept.current = name;
    open(name);
    store();
    at("heading").focus({ preventScroll: true });
  };
  const open = (name) => {
    session = kept.sessions[name];
    group = data.locales.find(({ locale }) => locale === session.locale);
    session.position = Math.min(session.position, group.items.length - 1);
    at("start").hidden = true;
    at("rating").hidden = false;
    at("target-name").textContent = group.name;
    at("target-autonym").textContent = group.autonym === group.name ? "" : group.autonym;
    at("target-autonym").lang = group.lang;
    at("target-autonym").dir = group.dir;
    at("target").lang = group.lang;
    at("target").dir = group.dir;
    at("target").parentElement.classList.toggle("rtl", group.dir === "rtl");
    at("meaning-label").textContent = `The ${group.name} text has the meaning of the English text.`;
    at("fluency-label").textContent = `The ${group.name} text is fluent.`;
    at("items").replaceChildren(...group.items.map((_, place) => listed(place)));
    show();
  };
  const listed = (place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = place + 1;
    button.addEventListener("click", () => go(place));
    const entry = document.createElement("li");
    entry.append(button);
    return entry;
  };

  const line = (speaker, text) => {
    const entry = document.createElement("li");
    const who = document.createElement("span");
    const said = document.createElement("span");
    Object.assign(who, { className: "speaker", lang: "en", dir: "ltr", textContent: speakers[speaker] ?? speaker });
    Object.assign(said, { className: "text", textContent: text });
    if (!text.trim()) Object.assign(said, { className: "text empty", lang: "en", dir: "ltr", textContent: "(no text)" });
    entry.append(who, said);
    return entry;
  };
  const show = () => {
    const { turns } = item();
    document.querySelector(".pair").style.setProperty("--turns", turns.length);
    at("source").replaceChildren(...turns.map(({ speaker, source }) => line(speaker, source)));
    at("target").replaceChildren(...turns.map(({ speaker, target }) => line(speaker, target)));
    at("heading").textContent = `Item ${session.position + 1} of ${group.items.length}`;
    at("place").textContent = at("heading").textContent;
    at("back").disabled = session.position === 0;
    for (const aspect of aspects) showSlider(aspect);
    showProgress();
  };
  const showSlider = (aspect) => {
    const value = answer(item().id)[aspect];
    const known = typeof value === "number";
    const slider = at(aspect);
    slider.value = known ? value : middle;
    slider.setAttribute("aria-valuetext", known ? shown(value) : "not rated yet");
    slider.parentElement.classList.toggle("open", !known);
    at(`${aspect}-value`).textContent = known ? shown(value) : "not rated";
  };
  const showProgress = () => {
    const total = group.items.length;
    const done = rated().length;
    at("progress").max = total;
    at("progress").value = done;
    at("count").textContent = `· ${done} rated`;
    at("clear").disabled = touched(item().id) === 0;
    at("finish").hidden = done < total;
    at("save-json").classList.toggle("main", done === total);
    at("summary").textContent = `${session.rater}, ${group.name}: ${done} of ${total} items rated.`
      + (done < total ? " You can save what you have and go on later." : "");
    [...at("items").querySelectorAll("button")].forEach((button, place) => {
      const count = touched(group.items[place].id);
      button.className = count === aspects.length ? "done" : count ? "half" : "";
      const state = count === aspects.length ? "rated" : count ? "half rated" : "not rated";
      button.setAttribute("aria-label", `Item ${place + 1}, ${state}`);
      if (place === session.position) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
  };

  const rate = (aspect) => {
    const value = Number(Number(at(aspect).value).toFixed(decimals));
    const { id } = item();
    session.answers[id] = { ...answer(id), [aspect]: value, rated_at: new Date().toISOString() };
    showSlider(aspect);
    showProgress();
    store();
  };
  const go = (place) => {
    session.position = place;
    store();
    show();
    scrollTo(0, 0);
    at("heading").focus({ preventScroll: true });
  };
  const forward = () => {
    const total = group.items.length;
    const order = [...Array(total).keys()].map((offset) => (session.position + 1 + offset) % total);
    const unrated = order.find((place) => touched(group.items[place].id) < aspects.length);
    if (session.position + 1 < total) go(session.position + 1);
    else if (unrated !== undefined) go(unrated);
    else at("finish").focus();
  };

  for (const aspect of aspects) {
    const slider = at(aspect);
    Object.assign(slider, { min: low, max: high, step, value: middle });
    slider.addEventListener("input", () => rate(aspect));
    // The value it stands at may be meant: a press on the slider itself (not on its label) and Space give that answer.
    slider.addEventListener("pointerup", () => rate(aspect));
    slider.addEventListener("keydown", (event) => {
      if (event.key === " ") {
        event.preventDefault();
        rate(aspect);
      } else if (event.key === "Enter") {
        event.preventDefault();
        (aspect === "meaning" ? at("fluency") : at("next")).focus();
      }
    });
  }
  at("judge").addEventListener("submit", (event) => {
    event.preventDefault();
    forward();
  });
  at("back").addEventListener("click", () => go(session.position - 1));
  at("clear").addEventListener("click", () => {
    delete session.answers[item().id];
    store();
    show();
  });
  at("leave").addEventListener("click", () => {
    kept.current = null;
    store();
    welcome();
  });
  at("who").addEventListener("submit", (event) => {
    event.preventDefault();
    const rater = at("rater").value.normalize("NFC").trim().replace(/\s+/g, " ");
    const chosen = data.locales[at("language").selectedIndex];
    if (rater) begin(rater, chosen.locale);
  });

  const rows = () => rated().map(({ id }) => ({ item: id, ...Object.fromEntries(aspects.map((aspect) => [aspect, answer(id)[aspect]])), rated_at: answer(id).rated_at }));
  const asJson = () => JSON.stringify({
    format: "crossprompt-ratings", version: data.version, export: data.export, locale: session.locale,
    rater: session.rater, ratings: rows(),
  }, null, 1) + "\n";
  const cell = (value) => {
    const text = typeof value === "string" && /^[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const asCsv = () => [
    ["export", "locale", "rater", "item", "meaning", "fluency", "rated_at"],
    ...rows().map((row) => [data.export, session.locale, session.rater, row.item, row.meaning, row.fluency, row.rated_at]),
  ].map((cells) => cells.map(cell).join(",") + "\r\n").join("");
  const save = (text, kind, ending) => {
    const rater = session.rater.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "rater";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: kind }));
    link.download = `ratings-${session.locale}-${rater}-${data.export}.${ending}`;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    unsaved = false;
  };
  at("save-json").addEventListener("click", () => save(asJson(), "application/json", "json"));
  at("save-csv").addEventListener("click", () => save(asCsv(), "text/csv;charset=utf-8", "csv"));

  // Another tab with the same page may have gone on: what it stored is the newest. This one stays with its rater.
  addEventListener("storage", (event) => {
    if (event.key !== storageKey || !event.newValue) return;
    load();
    const name = session && `${session.locale}/${session.rater}`;
    if (name && kept.sessions[name]) open(name);
  });
  addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  const welcome = () => {
    session = null;
    at("rating").hidden = true;
    at("start").hidden = false;
    at("rater").value = "";
    at("rater").focus();
  };
  load();
  if (kept.current && kept.sessions[kept.current]) open(kept.current);
  else welcome();
})();
