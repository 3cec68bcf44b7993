const MANY: Readonly<Record<string, string>> = {
  heads: "heads",
  patches: "patches",
  "head x token": "heads at single tokens",
};
const ONE: Readonly<Record<string, string>> = {
  heads: "head",
  patches: "patch",
  "head x token": "head at a single token",
};

function parts(count: number, over: string): string {
  return count === 1 ? `1 ${ONE[over]}` : `${count} ${MANY[over]}`;
}

/** Every sentence of the findings, in one place. */

export const findings = "How sure is it?";
export const kept = "This saved page shows what was found.";
export const gone = "The kernel is gone: run the cell again.";
export const notDone = (why: string) => `It could not be done: ${why}`;
export const notCancelled = (why: string) => `It could not be cancelled: ${why}`;
export const damaged = (what: string) => `a damaged answer came: ${what} is no list`;
export const isOf = (what: string) => `This is of ${what}: run it again.`;
export const otherEdits = "other edits";
export const otherClass = "another class";
export const otherSettings = "other settings";
export const noEdits = "First edit something, and leave it switched on.";
export const sameClass = (name: string) =>
  `The clean image shows ${name} already: choose another wanted class.`;
export const starting = "starting …";
export const cancel = "Cancel";
export const cancelling = "stopping …";
export const cancelled = "Cancelled: nothing new was found.";
export const progress = (done: number, total: number) => `${done} of ${total}`;
export const timeLeft = (done: string, seconds: number) =>
  `${done} · about ${seconds} s left`;
export const tasks = {
  sweep: "a sweep",
  controls: "the table of controls",
  replay: "a replay",
  flip: "the search for the smallest flip",
} as Readonly<Record<string, string>>;
export const busy = (task: string) => `${task} is running: wait or cancel it`;
export const percent = (share: number) => `${Math.round(100 * share)}\u00a0%`;
export const of = (hits: number, count: number) => `${hits} of ${count}`;

export const proof = "Proof";
export const prove = "Prove it";
export const proofIntro =
  "Runs the whole model once more, watches what the edits touch, and compares.";
export const proving = "proving …";
export const proved = "Proved";
export const notProved = "NOT proved";
export const provedEdits = (count: number) =>
  count === 0
    ? "nothing is edited, and this is what the plain model says."
    : count === 1
      ? "this edit, and nothing else, made this prediction."
      : `these ${count} edits, and nothing else, made this prediction.`;
export const isOld =
  "This is of other edits: the proof of the present ones is on its way.";
export const proofColumns = [
  "Edit",
  "Tokens",
  "Touched",
  "Ran",
  "Largest change",
  "Relative change",
] as const;
export const untouched = "nothing";
export const times = (count: number) => `${count} ×`;
export const infinite = "was all 0";
export const fullRun = (difference: string, allowed: string) =>
  `Furthest from the logits of the full run: ${difference} (rounding may make it ` +
  `${allowed}).`;
export const unknown = "unknown";
export const clean = "The model is clean again: no hook or changed weight is left.";
export const didNotAct = (address: string) => `The edit of ${address} did not act.`;
export const tooFar = (difference: string, allowed: string) =>
  `Furthest from the logits of the full run: ${difference}. Only ${allowed} is ` +
  `allowed.`;
export const miscounted = (came: number, asked: number) =>
  `Edits that were to act: ${asked}; named in the proof: ${came}.`;

export const controls = "Controls";
export const runControls = "Run the controls";
export const controlsIntro =
  "A place matters only if random places do less; a donor matters only if zero, mean and " +
  "noise do less; the own value must do nothing.";
export const controlColumns = (target: string, versus: string) => [
  "Control",
  "What",
  "Runs",
  `Says ${target}`,
  `Probability of ${target}`,
  `Logit: ${target} − ${versus}`,
];
export const same = "bit for bit unchanged";
export const notSame = "changed the logits, which it must not";

export const replay = "Replay";
export const runReplay = "Replay";
export const replayIntro =
  "The same edits on other images: how often does the flip happen there?";
export const images = "Images";
export const flips = (
  hits: number,
  count: number,
  rate: string,
  low: number,
  high: number,
) =>
  `flips ${hits} of ${count} (${rate}, 95\u00a0% interval ${Math.round(100 * low)} to ` +
  `${Math.round(100 * high)}\u00a0%)`;
export const noneLeft = "no image was left to try";
export const yourEdits = "Your edits";
export const randomPlaces = "Random places";
export const into = (name: string) => `How often other images become ${name}`;
export const skipped = (count: number, name: string) =>
  `${count} more ${count === 1 ? "was" : "were"} left out: the model says ${name} there without edits.`;

export const flip = "Smallest flip";
export const findFlip = (name: string) => `Find the fewest that make it ${name}`;
export const flipIntro =
  "Takes part after part from the donor, always the best next one, until the prediction " +
  "flips; then leaves out what is not needed.";
export const over = "Parts";
export const overs = {
  heads: "Heads",
  patches: "Patches",
  "head x token": "Heads at tokens",
} as const;
export const limit = "At most";
export const found = (count: number, over: string, name: string, margin: string) =>
  `${parts(count, over)} ${count === 1 ? "is" : "are"} enough: ${name} is ahead by ` +
  `${margin}.`;
export const notFound = (count: number, over: string, name: string, margin: string) =>
  `Not found: with ${parts(count, over)} ${name} is still ${margin} behind.`;
export const noSingle =
  "No single one does it: all were tried. And none of these can be left out.";
export const dropped = (names: string) => `Taken first, then not needed: ${names}.`;
export const runs = (count: number) =>
  count === 1 ? "1 run of the model." : `${count} runs of the model.`;
export const sequence = (name: string) =>
  `Click a step to edit just this far. Bars: logit of ${name} − the largest other one.`;
export const base = "nothing edited";
export const step = (number: number, name: string) => `${number}. ${name}`;
export const verbs = {
  steps: (count: number) =>
    count === 0 ? "take back the smallest flip" : `take ${count} of the smallest flip`,
} as const;
