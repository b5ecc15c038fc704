"""The shop's world: what Pebble & Pine sells. Categories, product types, features, colours and invented names.

Everything is drawn from closed lists with a seeded generator, so a grader can tell exactly what a text says about a
product. This file knows nothing about models, tokens or training.
"""

import random
import zlib
from dataclasses import asdict, dataclass

SHOP = "Pebble & Pine"

COLOURS = tuple(
    "slate blue, moss green, cherry red, lemon yellow, chalk white, coal black, sand beige, plum purple, coral pink, "
    "copper brown, pearl grey, mint green, navy blue, rust orange, ivory white, sky blue, olive green, ruby red, "
    "honey yellow, silver grey, teal blue, peach pink, chestnut brown, amber orange".split(", ")
)

# One block a category: its name, the features any of its products may have, then one line a product type:
# type | two things it is for | features of its own.
_CATALOGUE = """
Kitchen: cool-touch handle, non-slip base, dishwasher-safe parts, fold-away cord, measuring marks, wide rim
kettle | boils water for a quiet cup of tea; gets the morning going | swan-neck spout, whistling lid, limescale filter
toaster | turns plain bread golden; makes breakfast smell right | bagel setting, crumb tray, extra-wide slots
frying pan | cooks eggs without a fuss; browns everything evenly | oak grip, pouring lip, scratch-proof coating
teapot | keeps four cups warm; makes tea a small ceremony | hidden strainer, cork coaster, drip-free spout
chopping board | keeps the worktop safe; makes quick work of carrots | juice groove, hanging loop, rubber corners
blender | turns fruit into breakfast; makes soup in a minute | pulse button, glass jug, ice-crushing blade
biscuit tin | keeps biscuits crisp; guards the last slice of cake | airtight seal, hinged lid, painted border
Garden: rust-proof finish, frost-proof coating, leather strap, weatherproof label, hanging hook, rubber grip
watering can | gives thirsty pots a drink; reaches the back of the bed | brass rose, long spout, balanced handle
plant pot | gives a fern a home; brightens a bare step | drainage hole, matching saucer, raised feet
trowel | digs neat holes for bulbs; makes planting a pleasure | depth scale, pointed blade, ash handle
bird feeder | brings robins to the window; feeds the garden in winter | squirrel guard, seed tray, clear tube
garden bench | makes room for two in the shade; turns a corner into a seat | curved back, wide armrests, folding legs
wind chime | makes music of a breeze; gives the porch a voice | bamboo tubes, tuned pipes, wooden clapper
rain gauge | counts every drop; settles arguments about the weather | glass cylinder, fold-out spike, large numbers
Office: cable channel, felt underside, tidy drawer, magnetic edge, adjustable height, recycled packaging
desk lamp | lights up late work; keeps tired eyes happy | dimmer switch, bendy neck, clamp foot
notebook | keeps good ideas in one place; makes lists feel important | dotted pages, ribbon marker, elastic band
stapler | keeps pages together; never leaves a sheet behind | jam-free spring, staple remover, soft press
pen holder | ends the hunt for a pen; keeps a desk in order | three compartments, weighted base, phone slot
wall clock | keeps meetings short; tells the time from across the room | silent sweep, glow hands, domed glass
paper tray | calms a busy desk; gives every letter a place | stacking posts, label window, front cutout
footrest | takes the ache out of long days; gives short legs a lift | tilting top, massage ridges, wheeled feet
Sport: carry bag, sweat-proof lining, quick-dry fabric, reflective stripe, safety buckle, spare parts
yoga mat | makes a soft place to stretch; turns any floor into a studio | alignment lines, carry sling, cushioned core
skipping rope | warms you up in minutes; makes exercise feel like play | steel bearings, foam handles, jump counter
bike helmet | keeps heads safe on the road; rides along in any weather | rear light, air vents, turning dial
swim goggles | shows you the bottom of the pool; keeps the water out | anti-fog lenses, silicone seals, split strap
tennis racket | sends the ball back fast; makes summer evenings longer | graphite frame, cushioned grip, wide head
dumbbell | builds strong arms at home; adds weight to good plans | hexagonal ends, knurled bar, neoprene shell
tent | sleeps two under the stars; goes up before the kettle boils | mesh window, colour-coded poles, taped seams
Toys: rounded corners, washable paint, cotton bag, picture guide, storage box, soft edges
wooden train | pulls a long tale around the floor; never runs out of steam | magnetic couplings, ringing bell, cargo wagon
kite | dances above the beach; makes good use of a windy day | striped tail, winding reel, fibreglass spine
puzzle | fills a rainy afternoon; makes a picture out of patience | chunky pieces, wooden frame, hidden message
teddy bear | listens to every secret; guards the bed at night | stitched smile, jointed arms, tartan scarf
toy boat | sails the bath in all weathers; carries small captains far | real sail, cork hull, turning rudder
spinning top | hums as it turns; keeps small hands busy | pump handle, humming chamber, painted spiral
building blocks | grow into towers; teach small hands to balance | alphabet letters, beech cubes, wheeled cart
Lighting: warm glow, touch sensor, remote control, energy-saving bulb, braided cord, timer function
floor lamp | fills a dark corner with light; makes a chair a reading nook | tripod legs, linen shade, foot switch
lantern | lights the path to the shed; makes a picnic last past sunset | wire handle, hurricane glass, tea-light cup
night light | keeps the dark friendly; shows the way to the bathroom | moon shape, star projector, plug-in back
fairy lights | make any room a party; turn a hedge into a galaxy | twinkle mode, copper wire, solar panel
ceiling lamp | lights the whole table; hangs like a small sun | paper globe, brass canopy, swivel arms
torch | finds the key under the car; makes camp stories better | zoom lens, wrist loop, emergency whistle
candle | makes an evening slower; smells like a walk in the woods | wooden wick, tin lid, beeswax blend
Bags: hidden pocket, padded straps, waterproof zip, key clip, bottle sleeve, cotton lining
backpack | carries a whole day with ease; goes to school and up a hill | laptop sleeve, chest strap, roll top
tote bag | brings the market home; folds away to nothing | long handles, canvas weave, inner purse
suitcase | rolls through any station; packs a week into little space | spinner wheels, number lock, pull-out handle
lunch bag | keeps salad cool until noon; makes a bench a restaurant | insulated walls, cutlery pouch, clip-on strap
wallet | keeps cards in line; slips into any pocket | coin pouch, card slots, slim fold
wash bag | keeps bottles upright; hangs on any hotel door | wipe-clean inside, swivel hook, mesh pouch
belt bag | keeps hands free at a fair; holds keys and a snack | snap closure, stretch belt, earphone port
Pets: chew-proof seams, machine-washable cover, non-toxic dye, no-tip bottom, name tag, treat pocket
dog bed | gives tired paws a rest; keeps the sofa free of hair | memory foam, bolster sides, anti-slip dots
cat tree | saves the curtains; gives a cat the best view | sisal posts, dangling mouse, plush cave
food bowl | serves dinner without a mess; slows down greedy eaters | slow-feed ridges, rubber ring, high rim
dog lead | makes walks calm; holds on through every puddle | padded loop, swivel clip, night stitching
fish tank | brings a pond into the room; calms the whole family | quiet pump, curved front, pebble floor
hamster wheel | runs all night without a squeak; keeps a small athlete fit | silent bearing, solid track, sturdy stand
pet carrier | takes the fear out of trips; opens wide for shy cats | mesh door, fleece pad, shoulder sling
Music: travel case, tuning guide, velvet pouch, polished finish, beginner songbook, spare strings
ukulele | makes friends around a fire; fits on any knee | nylon fretboard, cedar top, geared tuners
radio | brings the news to the kitchen; sings through the washing up | telescopic aerial, preset buttons, wood cabinet
headphones | keep the world out; bring the band close | noise filter, folding hinges, plush ear cups
music box | plays one tune very well; sends children to sleep | winding key, dancing figure, mirror lid
drum | starts every parade; lets out a loud day | goat-skin head, rope tension, beech sticks
recorder | plays first tunes sweetly; fits in a school bag | double holes, cleaning rod, thumb rest
speaker | fills the garden with song; follows you to the beach | bass port, splash-proof shell, pairing button
Bedroom: hidden zip, quilted top, breathable weave, lavender scent, double stitching, corner ties
pillow | holds a tired head well; makes mornings come too soon | feather core, cooling side, piped edge
blanket | warms cold knees; turns the sofa into a nest | fringed ends, waffle pattern, satin trim
alarm clock | wakes you kindly; never misses a Monday | sunrise light, twin bells, snooze bar
dressing gown | makes Sunday last longer; hugs you after a bath | shawl collar, deep pockets, waist tie
laundry basket | hides a week of socks; makes washing day lighter | rope handles, lift-out liner, slatted sides
bedside table | keeps a book in reach; holds water and good dreams | soft-close drawer, tapered legs, cable hole
slippers | keep cold floors away; walk softly at night | wool lining, suede sole, heel cup
"""


@dataclass(frozen=True)
class Type:
    """A kind of product: its category, what it is for (verb phrases) and the features it can have."""

    name: str
    category: str
    uses: tuple[str, ...]
    features: tuple[str, ...]


@dataclass(frozen=True)
class Product:
    """One row of the shop's sheet. `name` is the invented name and the type, `features` are two or three phrases."""

    category: str
    name: str
    features: tuple[str, ...]
    colour: str

    @property
    def brand(self) -> str:
        return self.name.split(" ", 1)[0]

    @property
    def type(self) -> str:
        return self.name.split(" ", 1)[1]

    def row(self) -> dict[str, str]:
        """The product as the four input columns of ``products.csv``."""
        return asdict(self) | {"features": ", ".join(self.features)}


def _parse(text: str) -> dict[str, Type]:
    types, category, shared = {}, "", ()
    for line in text.strip().splitlines():
        if "|" in line:
            name, uses, own = (part.strip() for part in line.split("|"))
            types[name] = Type(name, category, tuple(uses.split("; ")), tuple(own.split(", ")) + shared)
        else:
            category, features = line.split(": ")
            shared = tuple(features.split(", "))
    return types


TYPES = _parse(_CATALOGUE)
CATEGORIES = tuple(dict.fromkeys(t.category for t in TYPES.values()))
FEATURES = tuple(dict.fromkeys(f for t in TYPES.values() for f in t.features))

_ONSETS = "b d f g h j k l m n p r s t v w z br dr fl gl kr pl st tr".split()
_VOWELS = "a e i o u".split()
_ENDS = ["", "", "", "l", "n", "r", "s", "x", "m"]
_TAKEN = {"Pine", "Pebble", "Meet", "Find"} | {c.capitalize() for c in CATEGORIES}

SPLITS = ("corpus", "train", "test")


def split_of(brand: str) -> str:
    """The one place where a name may appear: 80% of all names in the corpus, 12% in training rows, 8% in test rows."""
    slot = zlib.crc32(brand.encode()) % 100
    return "test" if slot < 8 else "train" if slot < 20 else "corpus"


def new_brand(rng: random.Random, split: str) -> str:
    """An invented name of two or three syllables that belongs to `split` and is no word of the shop."""
    if split not in SPLITS:
        raise ValueError(f"unknown split {split!r}: choose one of {', '.join(SPLITS)}")
    while True:
        syllables = [rng.choice(_ONSETS) + rng.choice(_VOWELS) for _ in range(rng.choice((2, 2, 3)))]
        name = ("".join(syllables) + rng.choice(_ENDS)).capitalize()
        if split_of(name) == split and name not in _TAKEN:
            return name


def new_product(rng: random.Random, split: str, type_name: str | None = None) -> Product:
    """A product with an invented name of `split`, two or three features of its type and a colour."""
    kind = TYPES[type_name or rng.choice(list(TYPES))]
    features = tuple(rng.sample(kind.features, rng.choice((2, 2, 3))))
    return Product(kind.category, f"{new_brand(rng, split)} {kind.name}", features, rng.choice(COLOURS))


def is_plural(noun: str) -> bool:
    """Whether a type or feature is grammatically plural ("slippers", "soft edges"), so that texts can agree with it."""
    last = noun.split()[-1]
    return last.endswith("s") and not last.endswith(("ss", "us", "lens"))


def with_article(noun: str) -> str:
    """ "a hidden zip", "an oak grip", "soft edges" (plurals and materials take none)."""
    if is_plural(noun) or noun.split()[-1] in _UNCOUNTABLE:
        return noun
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


_UNCOUNTABLE = {"packaging", "paint", "dye", "stitching", "foam", "fabric", "wire", "tension"}


def join(parts: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
