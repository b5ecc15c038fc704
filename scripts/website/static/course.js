// What answers on every page: quizzes and predictions; deeper sections are marked in the contents. Answers stay in this browser's storage; nothing is sent anywhere.
"use strict";

const kept = {
  // Storage can be forbidden, for pages read from a folder too: then the answers last as long as the page.
  values: {},
  get(name) {
    try { return localStorage.getItem(name) ?? this.values[name]; } catch { return this.values[name]; }
  },
  set(name, value) {
    this.values[name] = value;
    try { localStorage.setItem(name, value); } catch { /* kept in this page alone */ }
  },
  drop(name) {
    delete this.values[name];
    try { localStorage.removeItem(name); } catch { /* nothing was stored */ }
  },
};

function quiz(form) {
  const questions = [...form.querySelectorAll("fieldset")];
  const place = (question) => `sft-course/quiz/${question.dataset.question}`;

  function show(question, option) {
    for (const other of question.querySelectorAll(".option")) {
      other.classList.remove("right", "wrong");
      other.querySelector(".reason").hidden = true;
    }
    const verdict = question.querySelector(".verdict");
    verdict.textContent = "";
    if (!option) return;
    const correct = option.dataset.correct === "true";
    option.checked = true;
    option.parentElement.classList.add(correct ? "right" : "wrong");
    option.parentElement.querySelector(".reason").hidden = false;
    verdict.textContent = correct ? "✓ Right." : "✗ Not this one. Read the reason, and choose again.";
  }

  function count() {
    const right = questions.filter((question) => question.querySelector("input:checked")?.dataset.correct === "true");
    form.querySelector(".score").textContent = `${right.length} of ${questions.length} right`;
  }

  for (const question of questions) {
    question.addEventListener("change", (event) => {
      kept.set(place(question), event.target.value);
      show(question, event.target);
      count();
    });
    const before = kept.get(place(question));
    if (before) show(question, question.querySelector(`input[value="${CSS.escape(before)}"]`));
  }
  form.querySelector(".again").addEventListener("click", () => {
    for (const question of questions) {
      kept.drop(place(question));
      for (const input of question.querySelectorAll("input")) input.checked = false;
      show(question, null);
    }
    count();
    questions[0].querySelector("input").focus();
  });
  count();
}

document.querySelectorAll(".course-quiz").forEach(quiz);

// Guesses: the rules are those of course_utils/predictions.py, and a test compares them.
const GUESSES = "sft-course/guesses";
const guesses = () => JSON.parse(kept.get(GUESSES) ?? "{}");

function isHit(guess, measured, band) {
  if (typeof measured === "string") return guess === measured;
  if (band.within !== undefined) return Math.abs(guess - measured) <= Number(band.within) * (1 + 1e-9);
  return guess * measured > 0 && Math.abs(Math.log(guess / measured)) <= Math.log(Number(band.times)) * (1 + 1e-9);
}

function figure(value) {
  if (typeof value === "string") return value;
  return Math.abs(value) < 1000 ? String(Number(value.toPrecision(3))) : Math.round(value).toLocaleString("en-US");
}

function score(found) {
  if (!found.length) return "No guess yet.";
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const sure = mean(found.map((one) => one.sure));
  const hits = 100 * mean(found.map((one) => Number(one.hit)));
  const brier = mean(found.map((one) => (one.sure / 100 - Number(one.hit)) ** 2));
  const count = `${found.length} ${found.length === 1 ? "guess" : "guesses"}`;
  return `${count}: ${sure.toFixed(0)}% sure on average, ${hits.toFixed(0)}% right. ` +
    `Brier score ${brier.toFixed(2)} (0 is perfect; always saying 50% gets 0.25).`;
}

function tellCalibration() {
  for (const box of document.querySelectorAll(".course-calibration")) {
    const every = Object.entries(guesses());
    const mine = every.filter(([id]) => id.split("-")[0] === box.dataset.lesson).map(([, one]) => one);
    box.querySelector("p").textContent = `This lesson: ${score(mine)} All lessons: ${score(every.map(([, one]) => one))}`;
  }
}

function prediction(form) {
  const id = form.dataset.prediction;
  const verdict = form.querySelector(".verdict");
  const inputs = [...form.querySelectorAll(`[name="predict-${id}"]`)];
  const sureness = form.querySelector(`[name="predict-${id}-sure"]`);
  const measured = form.dataset.measured ? JSON.parse(form.dataset.measured) : null;

  function tell(one) {
    const off = typeof measured === "number" ? `, off by ${figure(Math.abs(one.guess - measured))}` : "";
    verdict.textContent = `Measured here: ${figure(measured)}. You guessed ${figure(one.guess)}${off}: ` +
      `${one.hit ? "✓ right" : "✗ not right"}, and you were ${one.sure}% sure. The first guess counts.`;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const choice = inputs.length > 1 || inputs[0].type === "radio";
    const text = choice ? inputs.find((input) => input.checked)?.value : inputs[0].value;
    const sure = Number(sureness.value);
    if (!text || sureness.value === "" || !(sure >= 0 && sure <= 100)) {
      verdict.textContent = "Set a guess, and how sure you are of it, from 0 to 100.";
      return;
    }
    if (measured === null) {
      verdict.textContent = "This lesson is stored without a measurement: run it to compare.";
      return;
    }
    const every = guesses();
    if (!every[id]) {
      const guess = choice ? text : Number(text);
      every[id] = { guess, sure, hit: isHit(guess, measured, form.dataset) };
      kept.set(GUESSES, JSON.stringify(every));
    }
    tell(every[id]);
    tellCalibration();
  });
  const before = guesses()[id];
  if (before && measured !== null) tell(before);
}

document.querySelectorAll(".course-prediction").forEach(prediction);
for (const box of document.querySelectorAll(".course-calibration")) {
  box.querySelector("button").addEventListener("click", () => {
    const left = Object.entries(guesses()).filter(([id]) => id.split("-")[0] !== box.dataset.lesson);
    kept.set(GUESSES, JSON.stringify(Object.fromEntries(left)));
    document.querySelectorAll(".course-prediction .verdict").forEach((verdict) => { verdict.textContent = ""; });
    tellCalibration();
  });
}
tellCalibration();

// A section that a first reader may leave out says so below its heading; the contents of the page say it as well.
for (const note of document.querySelectorAll("section > blockquote")) {
  const section = note.parentElement;
  if (note.previousElementSibling?.matches("h2, h3") && note.textContent.trim().startsWith("Deeper.")) {
    for (const link of document.querySelectorAll(`.bd-sidebar-secondary a[href="#${CSS.escape(section.id)}"]`)) {
      link.append(" (deeper)");
    }
  }
}
