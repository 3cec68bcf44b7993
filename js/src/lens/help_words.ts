/** What each key does, for the help. */
export const KEYS: readonly (readonly [string, string])[] = [
  ["Tab", "go to the switches, the layers, the picture, the legend"],
  ["[ and ], or , and .", "one layer back; one layer on"],
  ["Space", "play the layers; stop"],
  ["Arrow keys", "in the picture: choose the patch; up from the top row: cls"],
  ["Home, End", "to the ends of a row; on the slider to the first and last layer"],
  ["+  −  0", "in the picture: closer, farther, all of it"],
  ["Ctrl + wheel, drag", "closer at the pointer; move the picture"],
  ["Ctrl+Z, Ctrl+Shift+Z", "undo; do again"],
  ["?", "this help; Escape closes it"],
];
