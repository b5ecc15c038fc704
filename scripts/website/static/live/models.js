// The page of models: four small models in the browser, by ONNX Runtime, on the sheet that the reader edits.
//
// A page read from a folder may not fetch files, so weights and runtime are scripts that set a variable. They are
// loaded when the button is pressed for the first time.
"use strict";

window.courseModels = (() => {
  const NAMES = ["base", "SFT", "DPO", "assistant"];
  const ready = {};
  const here = document.currentScript.src.replace(/[^/]*$/, "");

  function script(file) {
    return new Promise((resolve, reject) => {
      const made = Object.assign(document.createElement("script"), { src: here + file, onload: resolve });
      made.onerror = () => reject(new Error(`${file} is missing beside this page`));
      document.head.append(made);
    });
  }

  async function unpacked(text) {
    const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  let runtime;
  function start() {
    runtime ??= (async () => {
      await script("ort_data.js");
      const glue = new Blob([await unpacked(window.COURSE_ORT.glue)], { type: "text/javascript" });
      ort.env.logLevel = "error";
      ort.env.wasm.numThreads = 1;
      ort.env.wasm.wasmBinary = (await unpacked(window.COURSE_ORT.wasm)).buffer;
      ort.env.wasm.wasmPaths = { mjs: URL.createObjectURL(glue) };
    })();
    return runtime;
  }

  async function load(name) {
    if (ready[name]) return ready[name];
    await start();
    await script(`model_${name}.js`);
    const packed = window.COURSE_MODELS[name];
    const [graph, high, low] = await Promise.all([packed.graph, packed.high, packed.low].map(unpacked));
    // bfloat16 is the upper half of float32
    const words = new Uint32Array(high.length);
    for (let i = 0; i < words.length; i += 1) words[i] = ((high[i] << 24) | (low[i] << 16)) >>> 0;
    const session = await ort.InferenceSession.create(graph, {
      executionProviders: ["wasm"],
      logSeverityLevel: 3,
      externalData: [{ path: "weights", data: new Uint8Array(words.buffer) }],
    });
    const tokenizer = new window.Tokenizers.Tokenizer(packed.tokenizer, packed.config);
    delete window.COURSE_MODELS[name];
    ready[name] = { session, tokenizer, prompt: packed.prompt, ends: packed.ends, most: packed.most };
    return ready[name];
  }

  async function write(name, sheet, progress = () => {}) {
    const { session, tokenizer, prompt, ends, most } = await load(name);
    const ids = tokenizer.encode(prompt.replace("{sheet}", () => sheet), { add_special_tokens: false }).ids;
    const begin = ids.length;
    const text = () => tokenizer.decode(ids.slice(begin), { skip_special_tokens: true, clean_up_tokenization_spaces: false }).trim();
    if (begin > 900) throw new Error("The sheet is too long for these models: shorten it.");
    while (ids.length - begin < most) {
      const given = new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
      const { logits } = await session.run({ input_ids: given });
      const next = logits.data.indexOf(logits.data.reduce((a, b) => Math.max(a, b), -Infinity));
      if (ends.includes(next)) return { text: text(), ended: true };
      ids.push(next);
      if ((ids.length - begin) % 5 === 0) {
        progress(text());
        await new Promise((resolve) => setTimeout(resolve)); // let the page draw
      }
    }
    return { text: text(), ended: false };
  }

  return { NAMES, write };
})();

{
  const { NAMES, write } = window.courseModels;
  const LABELS = { base: "Base model", SFT: "After SFT on 300 rows", DPO: "After DPO", assistant: "Assistant, with the rules written out" };
  const sheet = document.getElementById("models-sheet");
  const go = document.getElementById("models-go");
  const state = document.getElementById("models-state");
  const answers = document.getElementById("models-answers");
  const shown = {};
  for (const name of NAMES) {
    const term = Object.assign(document.createElement("dt"), { textContent: LABELS[name] });
    shown[name] = Object.assign(document.createElement("dd"), { textContent: "…", id: `models-${name}` });
    answers.append(term, shown[name]);
  }

  go.addEventListener("click", async () => {
    go.disabled = true;
    try {
      for (const name of NAMES) {
        state.textContent = `${LABELS[name]} is writing …`;
        const { text, ended } = await write(name, sheet.value.trim(), (part) => { shown[name].textContent = part; });
        shown[name].textContent = text + (ended ? "" : " … (did not stop by itself)");
      }
      state.textContent = "✓ All four have written.";
    } catch (error) {
      state.textContent = `✗ ${error.message}`;
    }
    go.disabled = false;
  });
}
