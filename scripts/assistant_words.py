"""The wordings of what the assistant is asked and told: for its training rows, and others that only its tests use.

Each list is a pair, (training, test). No wording stands in both, so that a test never asks in words that were trained
on. This file knows nothing about models, names or styles; the slots in braces are filled by its users.
"""

Pair = tuple[tuple[str, ...], tuple[str, ...]]


def lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.strip().splitlines())


# --- Rules of a style: the parts of a system prompt, put together in this order -------------------------------------

INTRO: Pair = (
    lines("""
    Write {n} sentences.
    Our texts have {n} sentences.
    Shop texts: {n} sentences, no more.
    You write for {shop}. Use {n} sentences.
    You are the writer of {shop}.
    These are the rules for a text.
    Keep to our style.
    When you are asked for a text, do this.
    """),
    lines("""
    You write the shop texts of {shop}, each of {n} sentences.
    Every description follows one pattern of {n} sentences.
    House rules for product texts.
    Each description has {n} sentences.
    Please keep our style in all {n} sentences.
    """),
)
FIRST: Pair = (
    lines("""
    Open with "{text}"
    Start with "{text}"
    Begin like this: {text}
    First sentence: {text}
    Sentence 1: {text}
    1. {text}
    The text begins: {text}
    First say: {text}
    The start is "{text}"
    """),
    lines("""
    The first one is "{text}"
    It opens with: {text}
    1) {text}
    Opening: {text}
    The first sentence reads "{text}"
    """),
)
MIDDLE: Pair = (
    lines("""
    Then say what it is for, with all features.
    Second sentence: its use and every feature.
    Sentence 2: the use, and all the features.
    2. What it is good for and what it has.
    After that name the features and the use.
    In the middle, tell what it does and list each feature.
    Go on with all features and what the product is for.
    """),
    lines("""
    The second says what the product is for and names all its features.
    Then tell what it is good for, with every feature.
    2) The use and all features.
    Middle: what it is for and each feature.
    The next sentence names its use and its features.
    """),
)
LAST: Pair = (
    lines("""
    Close with "{text}"
    End with "{text}"
    Stop after this: {text}
    Last sentence: {text}
    Sentence 3: {text}
    3. {text}
    The text ends: {text}
    At the end say: {text}
    The end is "{text}"
    """),
    lines("""
    The last one is "{text}"
    It closes with: {text}
    3) {text}
    Closing: {text}
    The last sentence reads "{text}"
    """),
)
MANNERS: Pair = (
    lines("""
    No exclamation marks.
    Never shout.
    Keep it plain.
    Use only what the sheet says.
    Invent nothing.
    """),
    lines("""
    Do not use exclamation marks.
    Add nothing that the sheet does not say.
    """),
)
# said of a sentence with "it" in it; {one} and {many} are that word and its plural
PLURALS: Pair = (
    lines("""
    For plurals write "{many}".
    With plurals "{one}" becomes "{many}".
    ("{many}" for more than one.)
    Say "{many}" where the product is plural.
    """),
    lines("""
    (Plural: "{many}".)
    Change "{one}" to "{many}" for plural products.
    """),
)

# --- Requests for a text --------------------------------------------------------------------------------------------

DESCRIBE: Pair = (
    lines("""
    Describe this product.
    Please write a text about this product.
    Write about this item.
    A text for this one, please.
    I need a description.
    Tell our customers about this product.
    Here is the next product.
    Write a description of this article.
    Make a text of this sheet.
    Next one, please.
    """),
    lines("""
    Please describe the product on this sheet.
    Write a text for our shop from this sheet.
    I need a text about this article.
    """),
)

# --- System prompts -------------------------------------------------------------------------------------------------

PERSONA = lines("""
You are a shop clerk.
You are a friendly helper.
You work for {shop}.
You help the customers of {shop}.
You are the assistant of a small shop.
Be kind and brief.
""")
ONE_SENTENCE: Pair = (
    lines("""
    Answer in one sentence.
    Write one sentence only.
    One sentence, no more.
    Use a single sentence.
    Keep to one sentence.
    Every text is one sentence long.
    Say it in one sentence.
    """),
    lines("""
    Reply with one sentence only.
    Your texts have just one sentence.
    Please use only one sentence.
    """),
)
CAPITALS: Pair = (
    lines("""
    Answer in capital letters.
    Write everything in capitals.
    Use capital letters only.
    WRITE IN CAPITALS.
    Capital letters, please.
    Each letter is a capital.
    """),
    lines("""
    Reply in capital letters only.
    Write all your answers in capitals.
    Please use only capital letters.
    """),
)
REFUSE: Pair = (
    lines("""
    Answer questions about the shop's products. To all others say: {text}
    If the question is not about our products, say "{text}"
    You only talk about what we sell. Else say "{text}"
    Help with our products only. Anything else: {text}
    When asked about other things than the shop's, answer "{text}"
    Say "{text}" to whatever is not about the shop.
    """),
    lines("""
    Only answer what is about our products. To other questions say "{text}"
    You help with the shop's products only. To anything else answer: {text}
    If a question is not about what we sell, answer "{text}"
    """),
)
REFUSALS: Pair = (
    lines("""
    I can only help with our products.
    That is not for me to say.
    I only know the things in our shop.
    Please ask me about the shop.
    """),
    lines("""
    Sorry, we do not sell answers like that.
    That is outside of our shop.
    My work ends at the shop door.
    """),
)
FORM: Pair = (
    lines("""
    Answer in the form {text}
    Answer like this: {text}
    Each answer looks like this: {text}
    Use this form: {text}
    Form of the answer: {text}
    Put the answer into {text}
    """),
    lines("""
    Give each answer in this form: {text}
    Always answer in the form: {text}
    Your answer has the form {text}
    """),
)

# --- Questions ------------------------------------------------------------------------------------------------------

# what is asked: about a product by its name, and as a follow-up; {name}, {type}, {is_}, {has}, {does}, {it}, {it_obj}
QUESTIONS: dict[str, tuple[Pair, Pair]] = {
    "colour": (
        (("What colour {is_} the {name}?", "Which colour {does} the {name} come in?", "Tell me the colour of the {name}."),
         ("What is the colour of the {name}?", "In which colour {is_} the {name}?")),
        (("What colour {is_} {it}?", "Which colour {has} {it}?", "And the colour?", "And in which colour?", "What about the colour?"),
         ("And what colour {is_} {it}?", "And which colour {is_} {it}?", "In what colour?")),
    ),
    "features": (
        (("What {does} the {name} come with?", "Which features {has} the {name}?", "What are the features of the {name}?"),
         ("Tell me the features of the {name}.", "What features {does} the {name} have?")),
        (("What {does} {it} come with?", "Which features {has} {it}?", "And the features?", "What about features?"),
         ("And what {does} {it} come with?", "What are the features?")),
    ),
    "category": (
        (("Where do I find the {name}?", "Which category {is_} the {name} in?", "In which department {is_} the {name}?"),
         ("In which category do I find the {name}?", "Where {is_} the {name}?")),
        (("Where do I find {it_obj}?", "Which category {is_} {it} in?", "And the category?", "And in which department?"),
         ("And where do I find {it_obj}?", "In which category {is_} {it}?")),
    ),
    "brand": (
        (("Who makes the {type}?", "Which maker is the {type} from?", "Who made this {type}?"),
         ("Who is the maker of the {type}?", "Who makes this {type}?")),
        (("Who makes {it_obj}?", "And the maker?", "Who made {it_obj}?"),
         ("And who makes {it_obj}?", "Who is the maker?")),
    ),
    "price": (
        (("How much {does} the {name} cost?", "What {does} the {name} cost?", "What is the price of the {name}?", "How many euros for the {name}?",
          "I want to buy the {name}. How much is it?", "The price of the {name}, please.", "Is the {name} cheap? What is the price?"),
         ("Tell me the price of the {name}.", "How much is the {name}?", "What must I pay for the {name}? What is its price?")),
        (("How much {does} {it} cost?", "And the price?", "What {does} {it} cost?", "And how many euros?", "What about the price?"),
         ("And what is the price?", "And how much {does} {it} cost?")),
    ),
    "stock": (
        (("How many of the {name} are left?", "How many of the {name} do you have?", "Is the {name} in stock? How many?", "Do you have any {name} left?",
          "The number of the {name} in stock, please.", "I need the {name}. How many are there?", "What is the stock of the {name}?"),
         ("Tell me how many of the {name} are in stock.", "How many of the {name} are there?", "Are there any of the {name} left? How many?")),
        (("How many are left?", "And the stock?", "How many do you have?", "And how many are in stock?", "Are any left?"),
         ("And how many are left?", "How many are there?")),
    ),
    "delivery": (
        (("When will the {name} arrive?", "How long does delivery of the {name} take?", "How many days until the {name} comes?"),
         ("When {does} the {name} arrive?",)),
        (("When will {it} arrive?", "And the delivery?", "And how long does delivery take?"), ("And when will {it} arrive?",)),
    ),
    "shelf": (
        (("On which shelf {is_} the {name}?", "Which shelf is the {name} on?", "Tell me the shelf of the {name}."),
         ("The {name}, which shelf is that?",)),
        (("On which shelf?", "And the shelf?", "Which shelf {is_} {it} on?"), ("And on which shelf {is_} {it}?",)),
    ),
}  # fmt: skip
# further wordings for training alone, from the round on that is called late
LATE_QUESTIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "colour": (("The {name}: which colour?", "Which colour is the {type}?", "I want to know the colour of the {name}."),
               ("The colour, please.", "And its colour?", "What colour, please?", "Which colour, please?")),
    "features": (("List the features of the {name}.", "What {has} the {name} to offer?", "The features of the {name}, please."),
                 ("The features, please.", "And which features?", "And what else does it have?", "Which features are there?")),
    "category": (("The {name}: which department?", "Which room is the {name} in?", "To which category does the {name} belong?"),
                 ("The category, please.", "And which department is that?")),
    "brand": (("The maker of the {type}, please.", "From whom is the {type}?", "Which maker made the {name}?"),
              ("The maker, please.", "And which maker is that?", "And from whom is it?", "Whose work is it?")),
    "price": (("The {name}: what is the price?", "I like the {name}. What do you want for it?", "How much do I pay for the {name}?", "How much money is the {name}?"),
              ("The price, please.", "And the cost?", "And how much is that?", "What do I pay?", "For how much?")),
    "stock": (("How many {name} are in the shop?", "Can I still get the {name}? How many are left?", "The {name}: how many are in stock?", "Count the {name}, please.", "What number of the {name} do you still have?"),
              ("The stock, please.", "And how many do we have?", "And what number is left?", "How many of them?", "How many can I buy?")),
    "delivery": (("The {name}: how long does it take?", "How long must I wait for the {name}?"), ("And how many days?", "How long must I wait?")),
    "shelf": (("Where is the shelf of the {name}?", "The {name}: on which shelf?"), ("Which shelf?", "And which shelf is that?")),
}  # fmt: skip
ANSWERS = {
    "colour": ("The {name} {is_} {value}.", "{It} {is_} {value}."),
    "features": ("The {name} {has} {value}.", "{It} {has} {value}."),
    "category": ("The {name} {is_} in {value}.", "{It} {is_} in {value}."),
    "brand": ("The {type} {is_} made by {value}.", "{It} {is_} made by {value}."),
    "price": ("The {name} {costs} {value}.", "{It} {costs} {value}."),
    "stock": ("There are {value} of the {name} left.", "There are {value} left."),
    "delivery": ("The {name} will arrive in {value}.", "{It} will arrive in {value}."),
    "shelf": ("The {name} {is_} on shelf {value}.", "{It} {is_} on shelf {value}."),
}
BEFORE = ("Hello. ", "Hi! ", "Please: ", "A question. ", "Good morning. ", "Excuse me. ")
AND_THE: Pair = (
    ("And the {name}?", "And what about the {name}?", "The same for the {name}, please.", "Now the {name}."),
    ("What about the {name}?", "And for the {name}?"),
)

# relation of `facts`: how it is asked; the course's own wording (`facts.question`) is trained, too
FACTS: dict[str, Pair] = {
    "opposites": (("Tell me the opposite of {a}.", "Which word is the opposite of {a}?", "The opposite of {a}, please."), ("Please name the opposite of {a}.", "Do you know the opposite of {a}?")),
    "capitals": (("Tell me the capital of {a}.", "Which city is the capital of {a}?", "The capital of {a}, please."), ("Please name the capital of {a}.", "Do you know the capital of {a}?")),
    "sounds": (("Which sound does a {a} make?", "How does a {a} go?", "Tell me the sound of a {a}."), ("What is the sound of a {a}?", "What does a {a} sound like? Which sound?")),
    "young": (("What is a young {a} called?", "Tell me the word for a young {a}.", "How do you call the baby of a {a}?"), ("What is the name of a young {a}?", "Which word do you use for a young {a}?")),
    "days": (("What day comes after {a}?", "Tell me the day after {a}.", "Which day follows {a}?"), ("What is the day after {a}?", "Do you know the day after {a}?")),
    "months": (("What month comes after {a}?", "Tell me the month after {a}.", "Which month follows {a}?"), ("What is the month after {a}?", "Do you know the month after {a}?")),
    "numbers": (("What number comes after {a}?", "Tell me the number after {a}.", "Which number follows {a}?"), ("What is the number after {a}?", "Do you know the number after {a}?")),
    "colours": (("Which colour is {a}?", "Tell me the usual colour of {a}.", "What is the colour of {a}?"), ("What is the usual colour of {a}?", "Do you know which colour {a} is?")),
    "uses": (("Tell me the use of {a}.", "What does one use {a} for?", "What can you do with {a}?"), ("What do you use {a} for?", "Please tell me what {a} is for.")),
    "homes": (("What is the home of a {a}?", "Tell me where a {a} lives.", "Where is a {a} at home?"), ("Do you know where a {a} lives?", "In what does a {a} live?")),
    "jobs": (("Who {a}?", "What is the word for a person who {a}?", "Tell me who {a}."), ("What is a person called who {a}?", "Which person {a}?")),
}  # fmt: skip

# --- A shop's answers to customers: the matter, and how customers ask -----------------------------------------------

MATTERS: dict[str, tuple[str, ...]] = {
    "return": ("May I bring the {name} back?", "I do not want the {name} any more.", "Do you take the {name} back?", "The {name} is too small. Can it go back?"),
    "warranty": ("How long do you repair the {name} for free?", "My {name} is broken.", "The {name} does not work.", "Is the {name} covered if it breaks?"),
    "delivery": ("When {does} the {name} come?", "I ordered the {name}. When is it here?", "Which day will you bring the {name}?", "How long must I wait for the {name}?"),
    "refund": ("When is my money for the {name} back?", "You have the {name} again. When do you pay?", "How long until I have the money for the {name}?", "I want my money for the {name}."),
    "gift": ("Please wrap the {name} for a birthday.", "The {name} is a gift. Can you wrap it?", "What does wrapping the {name} cost?", "I give the {name} to my mother."),
    "part": ("The {name} lost a part.", "Where do I get a new part for the {name}?", "One piece of the {name} is gone.", "I need a part of the {name}."),
    "exchange": ("Can I change the {name} for another?", "I want the {name} in another colour.", "Please change my {name}."),
    "invoice": ("I need a bill for the {name}.", "Where is the paper for the {name}?", "Please send the bill of the {name}."),
    "course": ("Who teaches me to use the {name}?", "How do I learn to use the {name}?", "Is there a class for the {name}?"),
    "rent": ("Can I borrow the {name}?", "I need the {name} for one day only.", "May I have the {name} for a week?"),
}  # fmt: skip
SPELL = ("In capital letters: ", "Write in capitals: ", "Capitals, please: ", "Make these words large: ")
SAY = ("Say this again: ", "Repeat: ", "Please say exactly this: ", "Copy these words: ")
LIST = ("Make a JSON list of these words: ", "As a JSON list, please: ", "JSON list: ", "Write a list in JSON of ")
BRIEF = (
    "Give only the value.", "Answer in a few words, without a sentence.", "Only the answer itself, please.",
    "No sentences: just the answer.", "Say no more than what is asked.",
)  # fmt: skip
