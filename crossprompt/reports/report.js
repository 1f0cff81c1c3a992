"use strict";
(() => {
  for (const element of document.querySelectorAll("[data-script-only]")) element.hidden = false;

  // Bars: move the rows under the headings of the chosen grouping; the headings and their means are in the page.
  const groups = document.getElementById("groups");
  const rows = [...groups.querySelectorAll(".row")].sort((a, b) => b.dataset.order - a.dataset.order);
  const regroup = (by) => {
    const lists = new Map();
    for (const group of groups.querySelectorAll(".group")) {
      group.hidden = group.dataset.by !== by;
      if (!group.hidden) lists.set(group.dataset.key, group.querySelector("ol"));
    }
    for (const row of rows) lists.get(row.dataset[by]).append(row);
  };
  for (const choice of document.querySelectorAll("input[name=group]")) {
    choice.addEventListener("change", () => regroup(choice.value));
    if (choice.checked && choice.value !== "script") regroup(choice.value);
  }

  // Table: a heading sorts by its column, numbers by value and words by language rules; what is missing comes last.
  const table = document.getElementById("locale-table");
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const words = new Intl.Collator("en");
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    if (!("v" in cell.dataset)) return cell.textContent.trim();
    return cell.dataset.v === "" ? null : Number(cell.dataset.v);
  };
  const compare = (a, b) => (typeof a === "string" ? words.compare(a, b) : a - b);
  const sortBy = (column, sign) => {
    const keyed = [...body.rows].map((row, place) => ({ row, place, key: keyOf(row, column) }));
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.place - b.place;
      return sign * compare(a.key, b.key) || a.place - b.place;
    });
    body.append(...keyed.map((entry) => entry.row));
  };
  headings.forEach((heading, column) => {
    heading.querySelector("button").addEventListener("click", () => {
      const order = heading.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      for (const other of headings) other.setAttribute("aria-sort", other === heading ? order : "none");
      sortBy(column, order === "ascending" ? 1 : -1);
    });
  });

  // Filters: all of them must hold.
  const form = document.getElementById("filters");
  const value = (id) => document.getElementById(id)?.value ?? "";
  const filter = () => {
    const wanted = value("find").trim().toLocaleLowerCase();
    const fields = { script: value("by-script"), family: value("by-family"), verdict: value("by-verdict") };
    let shown = 0;
    for (const row of body.rows) {
      const fits = Object.entries(fields).every(([name, field]) => !field || row.dataset[name] === field);
      const text = [...row.querySelectorAll(".t")].map((cell) => cell.textContent).join(" ").toLocaleLowerCase();
      row.hidden = !(fits && text.includes(wanted));
      shown += row.hidden ? 0 : 1;
    }
    const all = body.rows.length;
    document.getElementById("shown").value = shown === all ? `${all} locale${all === 1 ? "" : "s"}` : `${shown} of ${all} locales`;
  };
  for (const kind of ["input", "change"]) form.addEventListener(kind, filter);
  form.addEventListener("submit", (event) => event.preventDefault());
})();
