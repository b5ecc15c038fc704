"""A server of one model in this process, in forty lines, so that a test can plant faults that no folder shows.

It speaks just enough of OpenAI's protocol for `parity_report`, and runs the real model.
"""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import torch


@contextmanager
def small_server(model, tokenizer, render=None, refuse_above=None, ends=None, draws=False):
    """Serves the model; gives the address. `render` makes token ids of messages, `refuse_above` is a longest prompt,
    `ends` the tokens that end a reply, and with `draws` a request without a temperature is answered by chance.
    """
    render = render or (lambda chat: tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                status, said = 200, self.answer(body)
            except ValueError as error:
                status, said = 400, {"error": {"message": str(error)}}
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def answer(self, body):
            ids = list(render(body["messages"]))
            if refuse_above and len(ids) > refuse_above:
                raise ValueError(f"This model's maximum context length is {refuse_above} tokens.")
            stop = ends or model.generation_config.eos_token_id
            sample = (
                {"do_sample": True, "temperature": 5.0} if draws and "temperature" not in body else {"do_sample": False}
            )
            batch = torch.tensor([ids])
            out = model.generate(
                input_ids=batch, attention_mask=torch.ones_like(batch), max_new_tokens=body["max_tokens"],
                eos_token_id=stop, pad_token_id=1, **sample,
            )[0, len(ids) :].tolist()  # fmt: skip
            text = tokenizer.decode(out, skip_special_tokens=True)
            choice = {"message": {"content": text}, "finish_reason": "stop" if out[-1] in stop else "length"}
            return {"choices": [choice], "usage": {"prompt_tokens": len(ids), "completion_tokens": len(out)}}

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
