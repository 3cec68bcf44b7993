/** What is seen, for the help. */
export const EXPLANATION: readonly string[] = [
  "A vision transformer turns each patch of the picture into a vector and changes it " +
    "layer by layer. Only at the end does a classifier name what is seen. This view " +
    "asks the same classifier at every layer and every patch: what would you say, if " +
    "the network stopped here?",
  "Each patch shows the emoji of its likeliest class. The larger and the more solid " +
    "it is, the more probable; at no probability it still has a third of its full " +
    "size, and is never smaller than 9 pixels. Where there is no room for that, " +
    "patches have the colours of their classes.",
  "“One class” shows one class everywhere: its logit, its probability, or its place " +
    "among all classes. Chosen against a second class, it shows the difference of " +
    "their logits. Colours mean the same at every layer.",
  "Entropy says how undecided a patch is: 0 nats is sure of one class, and all classes " +
    "alike give the most. “Mask” keeps the patches whose likeliest class is in a set " +
    "of yours.",
  "Norm: “own” uses each token's own statistics, as if the network ended there; “final” " +
    "uses those of the real last layer. The tuned lens (Belrose et al., 2023) first " +
    "translates a layer's vectors into the last layer's language.",
  "Token norms: a few patches of plain background may have very long vectors, and hold " +
    "something about the whole picture instead of themselves (Darcet et al., 2024). " +
    "They are ringed.",
];
