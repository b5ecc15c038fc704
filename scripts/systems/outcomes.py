"""What the page says about each system: what the source's calls do today, step by step, and why.

An `Outcome` is a statement that a test runs: the program in `published/` with some of its text replaced, and what then
happens. Figures stand in `facts` and come from such a run on the replicas; the test compares them. The programs
themselves are files; this one knows only their names.
"""

from dataclasses import dataclass, field

HUB = "https://github.com/huggingface"
COURSE, TRL, TUTORIAL, SMOL = "the course page", "TRL's introduction", "the DistilGPT2 tutorial", "the smol course"
# each in the version whose calls stand here; the tutorial has no repository to point to
SOURCES = {
    COURSE: "the page on supervised fine-tuning of the "
    f"[Hugging Face LLM course]({HUB}/course/blob/b998dbe5c9610f5f116b657da3967697ecb97f32/chapters/en/chapter11/3.mdx)"
    " (April 2025)",
    TRL: "[TRL's page on SFTTrainer]"
    f"({HUB}/trl/blob/7712d42f8c45ba3d5bbf69e0c46d682a3f0d6aa4/docs/source/sft_trainer.mdx) (February 2024)",
    TUTORIAL: "a vendor's tutorial that writes product descriptions with DistilGPT2",
    SMOL: "the page on supervised fine-tuning of the "
    f"[smol course]({HUB}/smol-course/blob/2d27b83b0f22e786b99babb4c1769574b019a102/1_instruction_tuning/"
    "supervised_fine_tuning.md)",
}

Changes = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Outcome:
    """What a published program does once `changes` (old text, new text) are made in it; `when` says so in words.

    `error` is the error as Python prints it, "…" standing for what differs from run to run; None means that it runs,
    and then `says` tells what it trains on, with the figures of `facts` filled in.
    """

    program: str
    when: str
    error: str | None = None
    changes: Changes = ()
    says: str = ""
    facts: dict[str, float | str] = field(default_factory=dict)


@dataclass(frozen=True)
class System:
    """One system. No outcomes mean that the source has no code; `runs` says whether a form of it runs as published."""

    name: str
    title: str
    source: str
    why: str
    outcomes: tuple[Outcome, ...] = ()
    no_code: str = ""

    @property
    def programs(self) -> list[str]:
        return list(dict.fromkeys(outcome.program for outcome in self.outcomes))

    def first(self, program: str) -> Outcome:
        """What a published program does today as it stands."""
        return next(outcome for outcome in self.outcomes if outcome.program == program)


NO_BF16 = (
    "ValueError: Your setup doesn't support bf16/gpu. You need to assign use_cpu if you want to train the model on CPU."
)
OWNER = (('"imdb"', '"stanfordnlp/imdb"'),)
NO_OWNER = "HfUriError: Invalid HF URI 'hf://datasets/imdb@…'. Repository id must be 'namespace/name', got 'imdb'."
CLASSES = (("import torch\n", "import torch\nfrom transformers import AutoModelForCausalLM, AutoTokenizer\n"),)
SET_UP = "model, tokenizer = setup_chat_format(model=model, tokenizer=tokenizer)\n"
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m.role }}\\n{{ m.content }}<|im_end|>\\n{% endfor %}"
ON_CPU = ("eval_steps=50,", "eval_steps=50,\n    use_cpu=True,")
CONFIG = (("import SFTTrainer", "import SFTConfig, SFTTrainer"),)
TEXT = 'dataset_text_field="text", max_seq_length=512'
BFLOAT16 = '    dataset_text_field="text",\n    model_init_kwargs={"torch_dtype": torch.bfloat16},\n'


def unexpected(name: str, where: str = "SFTTrainer") -> str:
    return f"TypeError: {where}.__init__() got an unexpected keyword argument '{name}'"


def in_config(name: str) -> str:
    return f'    args=SFTConfig(model_init_kwargs={{"{name}": torch.bfloat16}}, use_cpu=True),\n'


def missing(name: str) -> str:
    return f"ImportError: cannot import name '{name}' from 'trl'…"


ROWS = (
    System(
        "S1",
        "SmolLM2-135M on smoltalk, with a chat template",
        COURSE,
        """The code forgets the imports of three names, and TRL no longer has one of them: `setup_chat_format` put a
        chat template on the tokenizer and made the token that ends a turn the end of a text. Do both yourself, with
        `chat_template` and `eos_token`. Two more things would go wrong, without an error. `from_pretrained` keeps the
        bfloat16 in which this model is stored, and small steps are lost in it. Give the trainer the id, and it loads
        float32. And each evaluation reads all 54,948 talks of the test split, which costs far more than the 50 steps
        between two evaluations. Take a few talks. Rows of `messages` train the user's words, too, unless
        `assistant_only_loss` is on.""",
        (
            Outcome("s1", "as it stands", "NameError: name 'AutoModelForCausalLM' is not defined"),
            Outcome(
                "s1", "with the two classes imported", "NameError: name 'setup_chat_format' is not defined", CLASSES
            ),
            Outcome(
                "s1",
                "with `setup_chat_format` imported, too",
                missing("setup_chat_format"),
                (*CLASSES, ("import SFTConfig, SFTTrainer", "import SFTConfig, SFTTrainer, setup_chat_format")),
            ),
            Outcome(
                "s1",
                "with that line left out, and `use_cpu=True` on a CPU",
                "ValueError: Cannot use chat template functions because tokenizer.chat_template is not set…",
                (*CLASSES, (SET_UP, ""), ON_CPU),
            ),
            Outcome(
                "s1",
                "with a ChatML template set in its place",
                changes=(*CLASSES, (SET_UP, f'tokenizer.chat_template = "{TEMPLATE}"\n'), ON_CPU),
                says="it trains {real:.0%} of a row's tokens, the user's too; the weights are {dtype}, and a text "
                "still ends with `{end}`, not where a turn does",
                facts={"real": 1.0, "dtype": "bfloat16", "end": "<|endoftext|>"},
            ),
        ),
    ),
    System(
        "S2",
        "DeepSeek-R1-Distill-Qwen-1.5B on a T4",
        COURSE,
        """Full training in float32 takes 16 bytes per parameter (weights, gradients and Adam's two averages). That is
        some 28 GB here, and a T4 has 16. So freeze the weights in half precision and train adapters. The model brings
        its own chat template, which TRL knows, so that it can mask all but the replies. That template opens each answer
        with `<think>`. Rows without thoughts don't teach what comes after `<think>`, so the program asks without
        it.""",
        no_code="The source has no code for this model: the page announces it, and its program trains SmolLM2 (S1).",
    ),
    System(
        "S3",
        "packing with a formatting function on opt-350m",
        f"{COURSE} and {TRL}",
        """Packing became a setting of `SFTConfig`, so the course page's form works and TRL's older one doesn't. The
        function gets one row and returns one text. The course page says that it takes a list and returns a dict: that
        sentence is wrong, and the page's code is right. No warning is printed, and yet **OPT lets packed rows see each
        other**: it counts positions from the attention mask, which a packed batch doesn't have (lesson 05). For a model
        that you want to use, pack a Llama, Qwen or GPT-2, or don't pack OPT. The sources name no data set; ours has the
        two fields that their function reads.""",
        (
            Outcome("s3_course", "as it stands, on a CPU alone (bf16 is the default)", NO_BF16),
            Outcome(
                "s3_course",
                "with `use_cpu=True`",
                changes=(("packing=True", "packing=True, use_cpu=True"),),
                says="it trains {trained:.0%} of the tokens, questions and answers alike; another row in a pack moves "
                "a row's logits by up to {leak:.2f} standard deviations (0.00 where rows don't see each other)",
                facts={"trained": 0.98, "leak": 0.07},
            ),
            Outcome("s3_trl", "TRL's form, as it stands", unexpected("packing")),
        ),
    ),
    System(
        "S4",
        "DistilGPT2 writes product descriptions, 300 rows of a CSV",
        TUTORIAL,
        """All rows are filled up to 512 tokens with the end token, and the labels are the rows themselves. So the
        filling is trained, too. `SFTTrainer` takes the rows as they are, since they are tokenized already, and turns
        `TrainingArguments` into its own configuration. The model does learn to stop: the end token behind each text is
        trained, and hundreds more after it. This has a price: nearly all of the computing, and of the logged loss, goes
        to one very easy token. And the sheet is trained like the text. Lesson 03 trains both ways. (Masking *every* pad
        token, as the collator in transformers does, is another fault: then the end is masked, too.) In the working form
        a row is a prompt and a completion, and the trainer pads, masks and ends it. The program loads what it saved and
        writes three texts. A checkpoint loads in the same way: take an earlier one when the later one has learned its
        rows by heart. `products.csv` lies in `course_utils/assets/data/`; any CSV with these five columns will do. The
        number of epochs and the batch size are ours, and not the tutorial's.""",
        (
            Outcome(
                "s4",
                "as it stands",
                says="it trains {trained:.0%} of a row's 512 tokens, and {ends:.0%} of these are the end token and its "
                "copies as padding; {attended:.0%} are attended to; the end behind the text is trained in "
                "{ends_trained:.0%} of the rows",
                facts={"trained": 1.0, "ends": 0.81, "attended": 1.0, "ends_trained": 1.0},
            ),
        ),
    ),
    System(
        "S5",
        "opt-350m on the text of imdb",
        TRL,
        """The hub's client wants a data set's owner. `dataset_text_field` is a setting of `SFTConfig` ("text" is the
        default), and so is `max_seq_length`, now `max_length`. The trainer masks nothing, and
        adds the end token. The first half of imdb's training rows are all negative: shuffle before you cut.""",
        (
            Outcome("s5", "as it stands", NO_OWNER),
            Outcome("s5", "with the owner, `stanfordnlp/imdb`", unexpected("dataset_text_field"), OWNER),
            Outcome(
                "s5",
                "with both settings in `SFTConfig`",
                unexpected("max_seq_length", "SFTConfig"),
                (*OWNER, *CONFIG, (TEXT, f"args=SFTConfig({TEXT})")),
            ),
        ),
    ),
    System(
        "S6",
        "loss on the completion only, CodeAlpaca-20k",
        TRL,
        """The collator searched each row for the tokens of " ### Answer:", and masked the whole row where they were
        split otherwise. Give the two parts as columns named prompt and completion. Then nothing is searched. A
        formatting function gets one row today, where it got a batch. `completion_only_loss=True` on one plain text
        would train on everything, without a message. We could not check whether this copy of CodeAlpaca is still on the
        hub. Its first publisher has the same rows as `sahil2801/CodeAlpaca-20k`.""",
        (
            Outcome("s6", "as it stands", missing("DataCollatorForCompletionOnlyLM")),
            Outcome(
                "s6",
                "without the collator, and `use_cpu=True` on a CPU",
                "AttributeError: 'list' object has no attribute 'endswith'",
                (
                    ("DataCollatorForCompletionOnlyLM, SFTTrainer", "SFTConfig, SFTTrainer"),
                    ('collator = DataCollatorForCompletionOnlyLM(" ### Answer:", tokenizer=tokenizer)\n', ""),
                    ("data_collator=collator", "args=SFTConfig(use_cpu=True)"),
                ),
            ),
        ),
    ),
    System(
        "S7",
        "special tokens for a chat, added to opt-350m",
        TRL,
        """Add the tokens, see that the embedding has rows for them, set the template, and name the token that ends a
        turn. OPT's embedding has a few rows more than its tokenizer has tokens, so two new tokens fit. The old function
        resized to the number of tokens, and so cut rows off. The two lines that add rows are for other models. The
        tests run them on DistilGPT2's replica. The source stops here, with tokens that no text has used. The working
        form trains them on chats.""",
        (
            Outcome("s7", "as it stands", "NameError: name 'setup_chat_format' is not defined"),
            Outcome(
                "s7",
                "with `from trl import setup_chat_format`",
                missing("setup_chat_format"),
                (("AutoTokenizer\n\n", "AutoTokenizer\nfrom trl import setup_chat_format\n\n"),),
            ),
        ),
    ),
    System(
        "S8",
        "control of loading: bfloat16",
        TRL,
        """`model_init_kwargs` is a setting of `SFTConfig`, and the type goes under `dtype`. **The old name
        `torch_dtype` is ignored there without a message.** Training the bfloat16 weights themselves loses small steps
        (lesson 04). So the working form freezes them and trains adapters, which PEFT keeps in float32.""",
        (
            Outcome("s8", "as it stands", NO_OWNER),
            Outcome("s8", "with the owner", unexpected("dataset_text_field"), OWNER),
            Outcome(
                "s8",
                "with both settings in `SFTConfig`, and `use_cpu=True` on a CPU",
                changes=(
                    *OWNER,
                    *CONFIG,
                    (
                        BFLOAT16,
                        "    args=SFTConfig(model_init_kwargs={'torch_dtype': torch.bfloat16}, use_cpu=True),\n",
                    ),
                ),
                says="but the weights are {dtype}",
                facts={"dtype": "float32"},
            ),
            Outcome(
                "s8",
                "with `dtype` for `torch_dtype`",
                changes=(
                    *OWNER,
                    *CONFIG,
                    (BFLOAT16, in_config("dtype")),
                ),
                says="the weights are {dtype}, and two steps leave {unchanged:.0%} of the layers' weights as they were",
                facts={"dtype": "bfloat16", "unchanged": 0.74},
            ),
        ),
    ),
    System(
        "S9",
        "LoRA of rank 16 on gpt-neo-125m",
        TRL,
        """`dataset_text_field` is a setting of `SFTConfig`. The adapter's settings are still valid. An adapter needs a
        learning rate about ten times that of the whole model. By default only the query and value projections get one
        here; `target_modules="all-linear"` reaches all layers (lesson 08). What you share is the adapter alone:
        `SHARE_AS=you/name` pushes it to the hub, which the tests do against a local server.""",
        (
            Outcome("s9", "as it stands", NO_OWNER),
            Outcome("s9", "with the owner", unexpected("dataset_text_field"), OWNER),
        ),
    ),
    System(
        "S10",
        "NEFTune with alpha 5",
        TRL,
        """All three are settings of `SFTConfig` now. The noise was published for chats ([Jain et al.,
        2023](https://arxiv.org/abs/2310.05914)). Here the tests show that it is there while the model trains on film
        reviews, and gone afterwards. What it does to a score is measured in
        lesson 08.""",
        (
            Outcome("s10", "as it stands", NO_OWNER),
            Outcome("s10", "with the owner", unexpected("dataset_text_field"), OWNER),
        ),
    ),
    System(
        "S11",
        "from SFT to DPO",
        SMOL,
        """Save the SFT model and give DPO its folder. If you give it a model object, the trainer loads its reference
        from the id in the model's configuration. That is the *base* on the hub, and not what SFT made of it. The tests
        compare the weights of both. `beta` is a setting of `DPOConfig`. The data set is our choice.""",
        no_code="The source has no code for this. It says that preference tuning starts from an SFT model.",
    ),
)
