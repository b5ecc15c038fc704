"""Answers that try the checks of lesson 13: those of WRONG must be rejected, those of RIGHT accepted."""

import quiz_answers

MERGE = """
def merge(adapter, folder):
    model, own = with_adapter(adapter)
    model = model.merge_and_unload()
    model.save_pretrained(folder)
    own.save_pretrained(folder)
"""
MEND = """
def mend(folder, base):
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"):
        shutil.copy(base / name, folder / name)
    config, right = (json.loads((where / "config.json").read_text()) for where in (folder, base))
    config["max_position_embeddings"] = right["max_position_embeddings"]
    (folder / "config.json").write_text(json.dumps(config))
"""
DECIDE = """
def decide(log):
    def of(version):
        return [record for record in log if record["version"] == version]

    def table(version):
        broken = sum(r["status"] != 200 or r["written"] == 0 for r in of(version))
        return [broken, len(of(version)) - broken]

    def grades(version):
        return {r["request"]: r["grade"] for r in of(version) if r["grade"] is not None}

    if fisher_exact([table("new"), table("old")], alternative="greater").pvalue < 0.01:
        return "go back"
    new, old = grades("new"), grades("old")
    gains = [new[request] - old[request] for request in new if request in old]
    better, worse = gains.count(1), gains.count(-1)
    if better + worse == 0:
        return "wait"
    if binomtest(better, better + worse).pvalue < 0.05:
        return "roll out" if better > worse else "go back"
    return "wait"
"""
ALARM = """
def alarm(usual, week):
    return [name for name in usual if ks_2samp(week[name], usual[name]).pvalue < 0.05 / len(usual)]
"""


def but(answer: str, *changes: tuple[str, str]) -> str:
    """A right answer with some changes."""
    for old, new in changes:
        assert old in answer, old
        answer = answer.replace(old, new)
    return answer


WRONG = {
    "task-1": {
        "merges in the base's own precision": but(
            MERGE,
            ("with_adapter(adapter)", "AutoPeftModelForCausalLM.from_pretrained(adapter), with_adapter(adapter)[1]"),
        ),
        "merges in half and saves in float32": but(
            MERGE, ("model.merge_and_unload()", "model.bfloat16().merge_and_unload().float()")
        ),
        "saves in half": but(MERGE, ("model.merge_and_unload()", "model.merge_and_unload().bfloat16()")),
        "saves the adapter": but(MERGE, ("    model = model.merge_and_unload()\n", "")),
        "unloads without merging": but(MERGE, ("merge_and_unload", "unload")),
        "saves the base": but(
            MERGE, ("model.merge_and_unload()", 'AutoModelForCausalLM.from_pretrained(base, dtype="float32")')
        ),
        "no tokenizer": but(MERGE, ("    own.save_pretrained(folder)\n", "")),
        "the base's tokenizer": but(MERGE, ("    own.save", "    AutoTokenizer.from_pretrained(base).save")),
        "half of the adapter": but(
            MERGE,
            (
                "    model = model.merge",
                "    with torch.no_grad():\n        for name, p in model.named_parameters():\n"
                "            p.mul_(0.5 if 'lora_B' in name else 1)\n    model = model.merge",
            ),
        ),
        "the weights alone": """
def merge(adapter, folder):
    model, own = with_adapter(adapter)
    folder.mkdir()
    torch.save(model.merge_and_unload().state_dict(), folder / "pytorch_model.bin")
    own.save_pretrained(folder)
""",
    },
    "task-2": {
        "copies everything": """
def mend(folder, base):
    shutil.copytree(base, folder, dirs_exist_ok=True)
""",
        "copies all but the weights": """
def mend(folder, base):
    for file in base.iterdir():
        if file.suffix != ".safetensors":
            shutil.copy(file, folder / file.name)
""",
        "begins an empty folder": """
def mend(folder, base):
    weights, config = (folder / "model.safetensors").read_bytes(), json.loads((folder / "config.json").read_text())
    shutil.rmtree(folder)
    shutil.copytree(base, folder)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 1024}))
""",
        "saves the model again": """
def mend(folder, base):
    AutoModelForCausalLM.from_pretrained(base).save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
""",
        "only the template": """
def mend(folder, base):
    shutil.copy(base / "chat_template.jinja", folder)
""",
        "forgets the context": but(MEND, ('config["max_position_embeddings"] = ', "")),
        "forgets the generation_config": but(MEND, (', "generation_config.json"', "")),
        "forgets the tokenizer's settings": but(MEND, ('"tokenizer_config.json", ', "")),
        "forgets what the tokenizer adds": but(MEND, ('"tokenizer.json", ', "")),
        "only the end tokens": but(MEND, (', "generation_config.json"', "")).replace(
            "    config, right",
            '    ends = json.loads((base / "generation_config.json").read_text())["eos_token_id"]\n'
            "    edit(folder, 'generation_config.json', eos_token_id=ends)\n    config, right",
        ),
        "only a template that is missing": but(
            MEND,
            (
                "        shutil.copy",
                '        if name[0] != "c" or not (folder / name).exists():\n            shutil.copy',
            ),
        ),
        "the base's config, with the weights' name": but(MEND, ("json.dumps(config)", "json.dumps(config | right)")),
    },
    "task-3": {
        "compares the averages": but(
            DECIDE,
            (
                "[new[request] - old[request] for request in new if request in old]",
                "[1] * sum(new.values()) + [-1] * sum(old.values())",
            ),
        ),
        "one side only": but(DECIDE, ("better + worse).pvalue", 'better + worse, alternative="greater").pvalue')),
        "half of the test": but(DECIDE, ("better + worse).pvalue <", "better + worse).pvalue / 2 <")),
        "counts those that are alike": but(
            DECIDE, ("binomtest(better, better + worse)", "binomtest(better, len(gains))")
        ),
        "the larger number wins": but(DECIDE, ("binomtest(better, better + worse).pvalue < 0.05", "better != worse")),
        "looks at the status alone": but(DECIDE, (' or r["written"] == 0', "")),
        "looks at empty replies alone": but(DECIDE, ('r["status"] != 200 or ', "")),
        "any difference in what breaks": but(DECIDE, (', alternative="greater"', "")),
        "any broken request": but(
            DECIDE,
            ('fisher_exact([table("new"), table("old")], alternative="greater").pvalue < 0.01', 'table("new")[0]'),
        ),
        "the larger share of broken ones": but(
            DECIDE,
            (
                'fisher_exact([table("new"), table("old")], alternative="greater").pvalue < 0.01',
                'table("new")[0] * sum(table("old")) > table("old")[0] * sum(table("new"))',
            ),
        ),
        "never looks at what breaks": but(DECIDE, ("pvalue < 0.01", "pvalue < 0")),
        "takes 0 for no grade": but(DECIDE, ('if r["grade"] is not None', 'if r["grade"]')),
        "a missing grade is a 0": but(
            DECIDE,
            (
                "new[request] - old[request] for request in new if request in old",
                "new.get(q, 0) - old.get(q, 0) for q in new | old",
            ),
        ),
        "no grade counts as a 0": but(
            DECIDE,
            (' if r["grade"] is not None', ""),
            ("new[request] - old[request]", "(new[request] or 0) - (old[request] or 0)"),
        ),
        "goes back in place of waiting": but(DECIDE, ('    return "wait"\n', '    return "go back"\n')),
        "stumbles over no difference": but(DECIDE, ("better + worse == 0", "not log")),
        "breakage at 0.2": but(DECIDE, ("< 0.01", "< 0.2")),
    },
    "task-4": {
        "a bound for one signal": but(ALARM, (" / len(usual)", "")),
        "never rings": "def alarm(usual, week):\n    return []",
        "always rings": "def alarm(usual, week):\n    return list(usual)",
        "yes or no": but(ALARM, ("return [name", "return any(name"), ("len(usual)]", "len(usual))")),
        "all where one has changed": but(
            ALARM,
            ("return [", "found = ["),
            ("len(usual)]", "len(usual)]\n    return list(usual) if len(found) > 1 else []"),
        ),
        "compares means": """
from scipy.stats import ttest_ind


def alarm(usual, week):
    return [name for name in usual if ttest_ind(week[name], usual[name], equal_var=False).pvalue < 0.05 / len(usual)]
""",
        "compares ranks": """
from scipy.stats import mannwhitneyu


def alarm(usual, week):
    return [name for name in usual if mannwhitneyu(week[name], usual[name]).pvalue < 0.05 / len(usual)]
""",
        "only what has grown": but(ALARM, ("usual[name])", 'usual[name], alternative="less", method="asymp")')),
        "one bound in all units": """
def alarm(usual, week):
    return [n for n in usual if abs(sum(week[n]) / len(week[n]) - sum(usual[n]) / len(usual[n])) > 0.5]
""",
        "any value outside of the usual": """
def alarm(usual, week):
    return [n for n in usual if max(week[n]) > max(usual[n]) or min(week[n]) < min(usual[n])]
""",
        "a fixed distance": but(ALARM, (".pvalue < 0.05 / len(usual)", ".statistic > 0.2")),
    },
    "quiz": quiz_answers.wrong("13"),
}
RIGHT = {
    "task-1": {
        "step by step": MERGE,
        "with the base loaded first": """
from peft import PeftModel


def merge(adapter, folder):
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), str(adapter))
    AutoTokenizer.from_pretrained(str(adapter)).save_pretrained(str(folder))
    model.merge_and_unload(safe_merge=True).save_pretrained(str(folder))
""",
    },
    "task-2": {
        "through the library": """
from transformers import AutoConfig, GenerationConfig


def mend(folder, base):
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    GenerationConfig.from_pretrained(base).save_pretrained(folder)
    config = AutoConfig.from_pretrained(folder)
    config.max_position_embeddings = AutoConfig.from_pretrained(base).max_position_embeddings
    config.save_pretrained(folder)
""",
        "all but the weights, then the precision": """
def mend(folder, base):
    kind = json.loads((folder / "config.json").read_text())["dtype"]
    for file in base.iterdir():
        if "model" not in file.name:
            shutil.copy(file, folder)
    content = json.loads((folder / "config.json").read_text())
    content["dtype"] = kind
    (folder / "config.json").write_text(json.dumps(content))
""",
    },
    "task-3": {
        "in functions": DECIDE,
        "with the tests by hand": """
from math import comb


def decide(log):
    broken, total, graded = {"new": 0, "old": 0}, {"new": 0, "old": 0}, {}
    for r in log:
        total[r["version"]] += 1
        broken[r["version"]] += not (r["status"] == 200 and r["written"])
        if r["grade"] is not None:
            graded.setdefault(r["request"], {})[r["version"]] = r["grade"]
    bad, n, every = sum(broken.values()), total["new"], sum(total.values())
    ways = sum(comb(bad, k) * comb(every - bad, n - k) for k in range(broken["new"], min(bad, n) + 1))
    if ways / comb(every, n) < 0.01:
        return "go back"
    pairs = [(g["old"], g["new"]) for g in graded.values() if len(g) == 2]
    better, worse = pairs.count((0, 1)), pairs.count((1, 0))
    differ = better + worse
    p = min(1, 2 * sum(comb(differ, k) for k in range(min(better, worse) + 1)) / 2**differ)
    return "wait" if p >= 0.05 else "roll out" if better > worse else "go back"
""",
    },
    "task-4": {
        "the smallest first": """
def alarm(usual, week):
    found = sorted((ks_2samp(usual[name], week[name]).pvalue, name) for name in usual)
    named = []
    for i, (p, name) in enumerate(found):
        if p >= 0.05 / (len(found) - i):
            break
        named.append(name)
    return named
""",
        "the distance by hand": """
from scipy.stats import kstwobign


def distance(a, b):
    points = torch.tensor(sorted({*a, *b}), dtype=torch.float64)
    samples = [torch.tensor(sorted(x), dtype=torch.float64) for x in (a, b)]
    below = [torch.searchsorted(x, points, right=True) / len(x) for x in samples]
    return (below[0] - below[1]).abs().max().item() * (len(a) * len(b) / (len(a) + len(b))) ** 0.5


def alarm(usual, week):
    bound = 1 - 0.95 ** (1 / len(usual))
    return [name for name in usual if kstwobign.sf(distance(usual[name], week[name])) < bound]
""",
    },
    "quiz": quiz_answers.right("13"),
}
