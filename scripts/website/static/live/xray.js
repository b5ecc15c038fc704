// The page of the X-ray: a talk through a template and the course's tokenizer, in the browser alone.
//
// Whose turn a character belongs to, and whether it is trained, is read off marks that travel through the template:
// characters of a private area, around each message's text and in the place of the template's generation marks. The
// marks are taken out before the text is cut into tokens.
"use strict";

window.courseXray = (() => {
  const { Template } = window.Jinja;
  const { tokenizer: vocabulary, config, families } = window.COURSE_XRAY;
  const tokenizer = new window.Tokenizers.Tokenizer(vocabulary, config);
  const TRAIN = "\uE000", REST = "\uE001", FIRST = 0xE100;

  function marked(template) {
    // An if-block keeps the line breaks that a block takes away around it, as the generation block does.
    return template
      .replace(/\{%(-?)\s*generation\s*(-?)%\}/g, `{%$1 if true %}{{ "${TRAIN}" }}{% endif $2%}`)
      .replace(/\{%(-?)\s*endgeneration\s*(-?)%\}/g, `{%$1 if true %}{{ "${REST}" }}{% endif $2%}`);
  }

  function parse(talk) {
    const messages = [];
    for (const line of talk.split("\n")) {
      const found = line.match(/^\s*(system|user|assistant)\s*:\s*(.*)$/i);
      if (found) messages.push({ role: found[1].toLowerCase(), content: found[2].trim() });
      else if (messages.length && line.trim()) messages.at(-1).content += `\n${line.trim()}`;
      else if (line.trim()) throw new Error("Begin each turn with system:, user: or assistant:.");
    }
    if (!messages.length) throw new Error("Write at least one turn, for example user: Hello.");
    return messages;
  }

  function render(family, messages, ask) {
    const wrapped = messages.map(({ role, content }, i) => ({
      role,
      content: String.fromCharCode(FIRST + 2 * i) + content + String.fromCharCode(FIRST + 2 * i + 1),
    }));
    const made = new Template(marked(family.template)).render({
      messages: wrapped, add_generation_prompt: ask, bos_token: family.bos, eos_token: family.eos,
    });
    let text = "", role = "template", trained = false;
    const marks = []; // one a character: whose it is, and whether it is trained
    for (const char of made) {
      const code = char.codePointAt(0);
      if (char === TRAIN) trained = true;
      else if (char === REST) trained = false;
      else if (code >= FIRST && code < FIRST + 2 * messages.length) {
        role = (code - FIRST) % 2 ? "template" : messages[(code - FIRST) >> 1].role;
      } else {
        text += char;
        marks.push({ role, trained });
      }
    }
    return { text, marks };
  }

  // Tokens with their characters: a byte-level token can be a part of a character, so bytes are counted.
  function tokens({ text, marks }) {
    const ends = []; // where each character's bytes end
    let bytes = 0;
    for (const char of text) ends.push((bytes += new TextEncoder().encode(char).length));
    const chars = [...text];
    const found = [];
    let place = 0, at = 0;
    for (const id of tokenizer.encode(text, { add_special_tokens: false }).ids) {
      const piece = tokenizer.decode([id], { skip_special_tokens: false, clean_up_tokenization_spaces: false });
      const name = tokenizer.id_to_token(id);
      const special = name.startsWith("<|") && name.endsWith("|>");
      const size = special ? new TextEncoder().encode(piece).length : [...name].length; // a byte is one character of the name
      const first = at;
      place += size;
      while (at < chars.length && ends[at] <= place) at += 1;
      const shown = chars.slice(first, at).join("");
      const mark = marks[Math.min(first, marks.length - 1)];
      found.push({ id, text: shown || "·", ...mark });
    }
    return found;
  }

  return { families, parse, render, tokens };
})();

{
  const { families, parse, render, tokens } = window.courseXray;
  const family = document.getElementById("xray-family");
  const talk = document.getElementById("xray-talk");
  const ask = document.getElementById("xray-prompt");
  const count = document.getElementById("xray-count");
  const shown = document.getElementById("xray-tokens");

  function show() {
    let found;
    try {
      found = tokens(render(families[family.value], parse(talk.value), ask.checked));
    } catch (error) {
      count.textContent = `✗ ${error.message}`;
      shown.replaceChildren();
      return;
    }
    const trained = found.filter((token) => token.trained).length;
    count.textContent = `${found.length} tokens, of which ${trained} would be trained.`;
    shown.replaceChildren(...found.map((token) => {
      const span = document.createElement("span");
      span.className = `tok ${token.role}${token.trained ? " trained" : ""}`;
      span.title = `token ${token.id}, ${token.role}, ${token.trained ? "trained" : "read only"}`;
      span.textContent = token.text.replaceAll("\n", "↵\n");
      return span;
    }));
  }

  family.append(...Object.keys(families).map((name) => Object.assign(document.createElement("option"), { textContent: name })));
  for (const field of [family, talk, ask]) field.addEventListener("input", show);
  show();
}
