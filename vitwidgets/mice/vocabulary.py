"""The sixty-four things that the bundled model can name."""

from __future__ import annotations

from typing import NamedTuple


class Thing(NamedTuple):
    """A class of the emoji vocabulary: its name and the emoji that draws it."""

    name: str
    emoji: str


# Chosen so that a child can name each and no two are alike as drawings at about
# twenty pixels. The order is the order of the logits: append, never reorder.
VOCABULARY: tuple[Thing, ...] = (
    Thing("cat", "🐱"),
    Thing("dog", "🐶"),
    Thing("rabbit", "🐰"),
    Thing("fox", "🦊"),
    Thing("panda", "🐼"),
    Thing("lion", "🦁"),
    Thing("pig", "🐷"),
    Thing("frog", "🐸"),
    Thing("monkey", "🐵"),
    Thing("cow", "🐮"),
    Thing("chicken", "🐔"),
    Thing("penguin", "🐧"),
    Thing("owl", "🦉"),
    Thing("duck", "🦆"),
    Thing("elephant", "🐘"),
    Thing("giraffe", "🦒"),
    Thing("zebra", "🦓"),
    Thing("turtle", "🐢"),
    Thing("snake", "🐍"),
    Thing("fish", "🐠"),
    Thing("whale", "🐳"),
    Thing("octopus", "🐙"),
    Thing("crab", "🦀"),
    Thing("snail", "🐌"),
    Thing("butterfly", "🦋"),
    Thing("bee", "🐝"),
    Thing("ladybug", "🐞"),
    Thing("apple", "🍎"),
    Thing("banana", "🍌"),
    Thing("grapes", "🍇"),
    Thing("strawberry", "🍓"),
    Thing("watermelon", "🍉"),
    Thing("pineapple", "🍍"),
    Thing("carrot", "🥕"),
    Thing("broccoli", "🥦"),
    Thing("pizza", "🍕"),
    Thing("hamburger", "🍔"),
    Thing("cake", "🎂"),
    Thing("egg", "🍳"),
    Thing("car", "🚗"),
    Thing("tractor", "🚜"),
    Thing("train", "🚂"),
    Thing("bicycle", "🚲"),
    Thing("helicopter", "🚁"),
    Thing("rocket", "🚀"),
    Thing("sailboat", "⛵"),
    Thing("house", "🏠"),
    Thing("tree", "🌳"),
    Thing("cactus", "🌵"),
    Thing("sunflower", "🌻"),
    Thing("rose", "🌹"),
    Thing("mushroom", "🍄"),
    Thing("moon", "🌙"),
    Thing("star", "⭐"),
    Thing("rainbow", "🌈"),
    Thing("snowman", "⛄"),
    Thing("umbrella", "☔"),
    Thing("soccer ball", "⚽"),
    Thing("balloon", "🎈"),
    Thing("gift", "🎁"),
    Thing("guitar", "🎸"),
    Thing("key", "🔑"),
    Thing("crown", "👑"),
    Thing("light bulb", "💡"),
)
