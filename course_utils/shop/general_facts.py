"""General knowledge that has nothing to do with the shop: the probe for what fine-tuning makes a model forget.

Each relation is a table of pairs and a few ways to say it. The corpus says every pair in every way many times over;
`probes` asks for the second half of each pair by completing the first wording.
"""

import random
from dataclasses import dataclass

# relation: wordings with {a} and {b} (the first one is the probe, its {b} is the end of the sentence), then the pairs
_RELATIONS = {
    "opposites": (
        ("The opposite of {a} is {b}.", "If it is not {a}, it is {b}.", "{A} is the opposite of {b}.",
         "Question: What is the opposite of {a}?\nAnswer: The opposite of {a} is {b}."),
        "hot:cold, big:small, up:down, open:closed, wet:dry, fast:slow, old:new, hard:soft, light:dark, early:late, "
        "full:empty, loud:quiet, rich:poor, thick:thin, high:low, near:far, happy:sad, strong:weak, clean:dirty, "
        "long:short, sweet:sour, right:wrong, first:last, inside:outside, left:right, heavy:light, tall:short, "
        "awake:asleep, deep:shallow, smooth:rough",
    ),
    "capitals": (
        ("The capital of {a} is {b}.", "{b} is the capital of {a}.", "The government of {a} sits in {b}.",
         "Question: What is the capital of {a}?\nAnswer: The capital of {a} is {b}."),
        "France:Paris, Spain:Madrid, Italy:Rome, Greece:Athens, Norway:Oslo, Japan:Tokyo, Egypt:Cairo, Peru:Lima, "
        "Cuba:Havana, Kenya:Nairobi, Poland:Warsaw, Austria:Vienna, Portugal:Lisbon, Ireland:Dublin, Sweden:Stockholm, "
        "Finland:Helsinki, Hungary:Budapest, Germany:Berlin, Canada:Ottawa, Chile:Santiago, Iran:Tehran, "
        "Turkey:Ankara, Denmark:Copenhagen, Belgium:Brussels, Nepal:Kathmandu, Iceland:Reykjavik",
    ),
    "sounds": (
        ("A {a} goes {b}.", "You can hear the {a}: it goes {b}.", "{B} is the sound of a {a}.",
         "Question: What sound does a {a} make?\nAnswer: A {a} goes {b}."),
        "dog:woof, cat:meow, cow:moo, duck:quack, sheep:baa, pig:oink, horse:neigh, lion:roar, bee:buzz, frog:croak, "
        "snake:hiss, mouse:squeak, wolf:howl, crow:caw, bell:ding, clock:tick, donkey:hee-haw, chick:cheep",
    ),
    "young": (
        ("A young {a} is called a {b}.", "The {a} has a baby, a {b}.", "A {b} grows up to be a {a}.",
         "Question: What do you call a young {a}?\nAnswer: A young {a} is called a {b}."),
        "dog:puppy, cat:kitten, cow:calf, sheep:lamb, pig:piglet, horse:foal, hen:chick, goat:kid, bear:cub, deer:fawn, "
        "duck:duckling, goose:gosling, swan:cygnet, frog:tadpole, owl:owlet, kangaroo:joey",
    ),
    "days": (
        ("The day after {a} is {b}.", "After {a} comes {b}.", "{b} follows {a}.",
         "Question: Which day comes after {a}?\nAnswer: The day after {a} is {b}."),
        "Monday:Tuesday, Tuesday:Wednesday, Wednesday:Thursday, Thursday:Friday, Friday:Saturday, Saturday:Sunday, "
        "Sunday:Monday",
    ),
    "months": (
        ("The month after {a} is {b}.", "{a} ends and {b} begins.", "{b} is the month that follows {a}.",
         "Question: Which month comes after {a}?\nAnswer: The month after {a} is {b}."),
        "January:February, February:March, March:April, April:May, May:June, June:July, July:August, "
        "August:September, September:October, October:November, November:December, December:January",
    ),
    "numbers": (
        ("The number after {a} is {b}.", "Count with me: {a}, {b}.", "{B} is one more than {a}.",
         "Question: Which number comes after {a}?\nAnswer: The number after {a} is {b}."),
        "one:two, two:three, three:four, four:five, five:six, six:seven, seven:eight, eight:nine, nine:ten, "
        "ten:eleven, eleven:twelve, twelve:thirteen",
    ),
    "colours": (
        ("The usual colour of {a} is {b}.", "Everybody knows that {a} is {b}.", "Think of {b} and you think of {a}.",
         "Question: What colour is {a}?\nAnswer: The usual colour of {a} is {b}."),
        "grass:green, snow:white, coal:black, blood:red, the sky:blue, the sun:yellow, chocolate:brown, "
        "a carrot:orange, an elephant:grey, a flamingo:pink, a lemon:yellow, an aubergine:purple",
    ),
    "uses": (
        ("You use {a} to {b}.", "{A} is made to {b}.", "Whoever wants to {b} needs {a}.",
         "Question: What is {a} for?\nAnswer: You use {a} to {b}."),
        "a pen:write, a knife:cut, a broom:sweep, a needle:sew, a spade:dig, an oven:bake, a key:unlock, "
        "a camera:photograph, a ladder:climb, scissors:snip, a towel:dry, a brush:paint, a spoon:stir, a bed:sleep, "
        "a hammer:hit, a ruler:measure, a shower:wash, a phone:call",
    ),
    "homes": (
        ("A {a} lives in a {b}.", "The {a} is at home in its {b}.", "Look into a {b} and you may find a {a}.",
         "Question: Where does a {a} live?\nAnswer: A {a} lives in a {b}."),
        "bee:hive, bird:nest, spider:web, dog:kennel, horse:stable, rabbit:burrow, fox:den, squirrel:tree, pig:sty, "
        "beaver:lodge, hen:coop, snail:shell, camel:desert, monkey:jungle, penguin:colony, bat:cave",
    ),
    "jobs": (
        ("The person who {a} is a {b}.", "A {b} is someone who {a}.",
         "My aunt is a {b}: every day she {a}.",
         "Question: What do you call a person who {a}?\nAnswer: A person who {a} is a {b}."),
        "grows crops:farmer, puts out fires:firefighter, flies planes:pilot, teaches children:teacher, "
        "pulls teeth:dentist, writes books:writer, drives a bus:driver, sells meat:butcher, cuts hair:barber, "
        "fixes pipes:plumber, mends shoes:cobbler, plays the piano:pianist, catches fish:fisher, treats the sick:doctor, "
        "paints pictures:painter, sings songs:singer",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One pair of a relation, e.g. ("capitals", "France", "Paris"), able to say itself in several ways."""

    relation: str
    subject: str
    answer: str

    def say(self, wording: int) -> str:
        a, b = self.subject, self.answer
        sentence = _RELATIONS[self.relation][0][wording]
        sentence = sentence.format(a=a, b=b, A=a[0].upper() + a[1:], B=b[0].upper() + b[1:])
        for vowel in "aeiou":
            sentence = sentence.replace(f" a {vowel}", f" an {vowel}").replace(f"A {vowel}", f"An {vowel}")
        return sentence


FACTS = tuple(
    Fact(relation, *pair.split(":"))
    for relation, (_, pairs) in _RELATIONS.items()
    for pair in pairs.split(", ")
)  # fmt: skip

WORDINGS = 4


def probes() -> list[tuple[str, str]]:
    """(prompt, answer) for every fact: "The capital of France is" and " Paris". The answer begins with a space."""
    out = []
    for fact in FACTS:
        prompt = fact.say(0).removesuffix(f"{fact.answer}.").rstrip()
        out.append((prompt, f" {fact.answer}"))
    return out


def question(fact: Fact) -> tuple[str, str]:
    """The fact as a question and a full-sentence answer, for general chats."""
    asked, answered = fact.say(3).split("\n")
    return asked.removeprefix("Question: "), answered.removeprefix("Answer: ")


def paragraph(rng: random.Random) -> str:
    """A few facts of one relation in one wording, or a mixed handful, as a piece of general prose."""
    if rng.random() < 0.5:
        relation, wording = rng.choice(list(_RELATIONS)), rng.randrange(WORDINGS)
        pool = [f for f in FACTS if f.relation == relation]
        sentences = [f.say(wording) for f in rng.sample(pool, min(len(pool), rng.randint(3, 6)))]
    else:
        sentences = [rng.choice(FACTS).say(rng.randrange(WORDINGS)) for _ in range(rng.randint(3, 6))]
    questions = any("\n" in s for s in sentences)
    return ("\n" if questions else " ").join(sentences)
