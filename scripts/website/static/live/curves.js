// The page of curves: stored runs, a guess, and what came out.
"use strict";

{
  const { patterns, runs } = window.COURSE_CURVES;
  const what = document.getElementById("curves-what");
  const value = document.getElementById("curves-value");
  const figure = document.getElementById("curves-figure");
  const guess = document.getElementById("curves-guess");
  const answer = document.getElementById("curves-answer");
  const WIDTH = 640, HEIGHT = 300, LEFT = 56, BOTTOM = 40, TOP = 12, RIGHT = 12;
  const NS = "http://www.w3.org/2000/svg";

  function option(text) {
    const item = document.createElement("option");
    item.textContent = text;
    return item;
  }

  function node(name, attributes, text) {
    const made = document.createElementNS(NS, name);
    for (const [key, given] of Object.entries(attributes)) made.setAttribute(key, given);
    if (text) made.textContent = text;
    return made;
  }

  function chosen() {
    return runs[what.value][value.value];
  }

  function draw() {
    const all = chosen().flatMap((run) => [...run.loss, ...run.eval_loss]);
    const last = Math.max(...all.map(([step]) => step));
    const losses = all.map(([, loss]) => loss).filter((loss) => loss > 0);
    const [low, high] = [Math.log10(Math.min(...losses)), Math.log10(Math.max(...losses))];
    const x = (step) => LEFT + (step / last) * (WIDTH - LEFT - RIGHT);
    const y = (loss) => TOP + ((high - Math.log10(loss)) / (high - low || 1)) * (HEIGHT - TOP - BOTTOM);
    const told = `Training loss of ${chosen().length} seeds over ${last} steps, and the validation loss where it was measured.`;
    const svg = node("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": told });
    for (let power = Math.ceil(low); power <= Math.floor(high); power += 1) {
      const height = y(10 ** power);
      svg.append(node("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: height, y2: height, class: "grid" }));
      svg.append(node("text", { x: LEFT - 8, y: height + 4, "text-anchor": "end" }, String(10 ** power)));
    }
    svg.append(node("text", { x: LEFT, y: HEIGHT - 10 }, "0"));
    svg.append(node("text", { x: WIDTH - RIGHT, y: HEIGHT - 10, "text-anchor": "end" }, `step ${last}`));
    for (const run of chosen()) {
      const points = (curve) => curve.map(([step, loss]) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(" ");
      svg.append(node("polyline", { points: points(run.loss), class: "train" }));
      svg.append(node("polyline", { points: points(run.eval_loss), class: "eval" }));
      for (const [step, loss] of run.eval_loss) svg.append(node("circle", { cx: x(step), cy: y(loss), r: 4, class: "eval" }));
    }
    const key = document.createElement("p");
    key.textContent = "Loss in nats per token, on a log scale. Thin lines: training, one a seed. Thick lines with dots: validation.";
    figure.replaceChildren(svg, key);
  }

  function reveal(guessed) {
    const lines = chosen().map((run) => {
      const right = run.pattern === guessed ? "as you guessed" : `you guessed ${guessed}`;
      return `Seed ${run.seed}: ${Math.round(run.strict * 100)}% of the texts are strictly right. `
        + `diagnose says: ${run.pattern} (${right}), because ${run.evidence.join("; ")}.`;
    });
    const list = document.createElement("ul");
    for (const line of lines) {
      const item = document.createElement("li");
      item.textContent = line;
      list.append(item);
    }
    answer.replaceChildren(list);
    if (chosen().some((run) => run.pattern === "healthy" && run.strict < 0.5)) {
      const note = document.createElement("p");
      note.textContent = "The curve looks healthy and the texts are not good: a loss does not show what the model writes.";
      answer.append(note);
    }
  }

  function fresh() {
    for (const input of guess.querySelectorAll("input")) input.checked = false;
    answer.replaceChildren();
    draw();
  }

  what.append(...Object.keys(runs).map(option));
  what.addEventListener("change", () => {
    value.replaceChildren(...Object.keys(runs[what.value]).map(option));
    fresh();
  });
  value.addEventListener("change", fresh);
  patterns.forEach((pattern, number) => {
    const input = Object.assign(document.createElement("input"), {
      type: "radio", name: "curves-pattern", id: `curves-pattern-${number}`, value: pattern,
    });
    const label = Object.assign(document.createElement("label"), { htmlFor: input.id, textContent: pattern });
    const row = document.createElement("div");
    row.append(input, " ", label);
    guess.append(row);
    input.addEventListener("change", () => reveal(pattern));
  });
  what.dispatchEvent(new Event("change"));
}
