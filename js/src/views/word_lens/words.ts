import { kindWords } from "../../lens/words";

/** Every sentence that this view adds to those of every lens, in one place. */
export const WORDS = {
  notShown: (why: string) => `The lens can't be shown: ${why}`,
  size: (layers: number) => `${layers} layers`,
  kinds: {
    ...kindWords("word", "words"),
    choose: "Which word? Click one above or in the legend.",
  },
  title: "Words",
  type: "Add words",
  hint: "one, or several with commas between",
  add: "Add",
  asking: "reading …",
  already: (words: readonly string[]) =>
    `Already there: ${words.map((each) => `“${each}”`).join(", ")}`,
  nothing: "Type a word first, or several with commas between.",
  notAdded: (why: string) => `Not added: ${why}`,
  notTaken: (why: string) => `Not taken: ${why}`,
  gone: "The kernel is gone, and new words need it: run the cell again.",
  saved: "This page has no kernel, and other words need one: open it in a notebook.",
  notYet: "The new words are on their way: try again when they are here.",
  newWords: "the new words",
  winner: (word: string, share: string) =>
    `Of these words the picture is most like “${word}”: ${share}`,
  list: "Words, with how like the picture each is",
  listHint: "Click a word to see where it is; “vs” compares it with the one shown.",
  cosine: (value: string) => `cosine ${value}`,
  unknown: "this model never learned all of this",
  versus: "vs",
  compare: (word: string) => `vs ${word}: compare`,
  needsTarget: "Click a word first, then what it is compared with.",
  remove: (word: string) => `Remove ${word}`,
  lastWord: "One word has to stay: add another one first.",
  acts: {
    add: "add",
    remove: "remove",
    show: "show",
    compare: "compare with",
    clear: "clear",
    sentences: "change sentences",
  },
  sentencesNow: (templates: readonly string[]) =>
    templates.length === 1
      ? templates[0] === "{}"
        ? "Words are read alone: put them into sentences"
        : `Each word is read in a sentence: “${templates[0]}”`
      : `Each word is read in ${templates.length} sentences`,
  sentencesHint:
    "One a line, with {} where the word goes. Of several, the mean is taken.",
  sentenceSets: "Ready sets",
  sets: {
    plain: "The word alone",
    photo: "A photo of …",
    imagenet: "Seven of ImageNet",
  },
  take: "Take these",
  maskHint: "Words in the mask",
} as const;
