// What answers on every page: the quizzes. Answers stay in this browser's storage; nothing is sent anywhere.
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
