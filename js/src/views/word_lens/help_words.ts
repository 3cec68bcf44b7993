/** What is seen, for the help. */
export const EXPLANATION: readonly string[] = [
  "This model learned from pictures and their captions to put both into one space. A " +
    "picture is like a word when their vectors point the same way: the cosine between " +
    "them says how much.",
  "Type any words. The bars compare them with the picture as a whole: cosines, times a " +
    "number that the model learned, through a softmax. They add up to 100 % whether or " +
    "not a word fits: add a better one, and the others go down.",
  "The same is asked of every patch at every layer: if the network stopped here, which " +
    "of the words would you be most like? The larger and the more solid its emoji, the " +
    "more probable. Words that share an emoji have frames in their colours.",
  "“One word” shows one word everywhere: its logit, its probability, or its place " +
    "among your words; or how far its logit is ahead of a second word's.",
  "Captions are seldom one word: a word may be told better within a sentence, such as " +
    "“a photo of a {}”, or in several, whose mean is taken.",
  "Norm: “own” uses each token's own statistics, as if the network ended there; “final” " +
    "uses those of the real last layer.",
  "Token norms: a few patches of plain background may have very long vectors, and hold " +
    "something about the whole picture (Darcet et al., 2024). They are ringed.",
  "In the list of words, arrow keys walk and Delete removes. In the empty box, " +
    "Backspace removes the last word.",
];
