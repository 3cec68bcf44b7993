/** Every sentence of a lesson's page, in one place. */
export const WORDS = {
  notShown: (why: string) => `The lesson can't be shown: ${why}`,
  steps: "Steps",
  stepName: (number: number, title: string, done: string) =>
    `Step ${number}: ${title}${done}`,
  solved: ", answered",
  seen: ", seen",
  question: "Question",
  choices: "Answers",
  check: "Check",
  checking: "Checking …",
  hint: (left: number) => (left === 1 ? "Hint (1 left)" : `Hint (${left} left)`),
  hintTitle: (number: number) => `Hint ${number}: `,
  again: "Start this step again",
  back: "← Back",
  next: "Next →",
  right: "Right. ",
  wrong: "Not yet. ",
  /** Of a step that was begun again: what was tried before. */
  before: (solved: boolean, tries: string) =>
    solved ? `Answered before (${tries}).` : `Not answered yet (${tries}).`,
  answeredBefore: "You answered it before; this time: not yet. ",
  tries: (count: number) => (count === 1 ? "1 try" : `${count} tries`),
  leftOut: (why: string) => `No question here on this model: ${why}.`,
  chooseFirst: "Choose an answer first.",
  summary: "Show the summary",
  copy: "Copy the summary",
  copied: "Copied",
  byHand: "The clipboard can't be reached: copy this by hand.",
  keptIn: (file: string) => `What you do is kept in ${file}.`,
  startOver: "Start over",
  askOver: (file: string) =>
    file === ""
      ? "Start over? What you did in this lesson is forgotten."
      : "Start over? What you did so far stays in a file of its own.",
  doStartOver: "Yes, start over",
  dontStartOver: "No, go on",
  status: (title: string, solved: number) =>
    `${title} · ${solved} ${solved === 1 ? "question" : "questions"} answered`,
  awaited: "the lesson",
  detached: "A lesson needs a kernel that judges the answers: run the cell again.",
} as const;
