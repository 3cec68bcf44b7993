import { decode, type WireArray } from "../../core/codec";
import { History, type Remembered } from "../../core/history";
import { messageOf } from "../../core/requests";
import type { LessonProgress, LessonStep, PatchEdit } from "../../core/state.gen";
import type { Answers, EmbeddedReply, HostModel, State } from "../host_model";
import { inflated } from "../inflated";
import type { Attempt, KeptVerdict, LessonData, StepData } from "./lesson_data";
import { type Said, verdictOn } from "./seen";
import { summaryOf } from "./summary";
import { WORDS } from "./words";

/** Of a step: the newest are kept, with the count of all; as `progress.py` does. */
const MOST_TRIES = 50;

/** Plays a lesson over a view without a kernel, as `vitwidgets/workshop/played.py` does
 * with one. Verdicts were computed there, by the same checks. */
export class LessonPlayer {
  readonly #data: LessonData;
  readonly #page: HostModel;
  readonly #view: HostModel;
  readonly #predict: Answers;
  readonly #history: History<Remembered & State, string>;

  /**
   * @param page the model of the lesson's page
   * @param view the model of the view below it
   * @param predict answers what the view asks
   */
  constructor(data: LessonData, page: HostModel, view: HostModel, predict: Answers) {
    this.#data = data;
    this.#page = page;
    this.#view = view;
    this.#predict = predict;
    const get = (name: string) => view.get(name) as never;
    const settle = (values: State) => view.assign(values);
    this.#history = new History({ get, settled: get, settle });
  }

  /** Do what a button of the lesson's page asks for. */
  async answer({ kind, step, choice }: State): Promise<EmbeddedReply> {
    try {
      if (kind === "go") this.#go(Number(step));
      else if (kind === "check") await this.#check(String(choice ?? ""));
      else if (kind === "hint") this.#hint();
      else if (kind === "summary") return { result: { text: this.#summary() } };
      return { result: {} };
    } catch (error) {
      return { error: messageOf(error) };
    }
  }

  get #step(): number {
    return this.#page.get("step") as number;
  }

  get #shown(): LessonStep {
    return this.#page.get("shown") as LessonStep;
  }

  get #progress(): readonly LessonProgress[] {
    return this.#page.get("progress") as LessonProgress[];
  }

  #go(step: number): void {
    const { state } = this.#stepData(step);
    this.#history.act(WORDS.act, String(step + 1), state);
    this.#keep(step, { seen: true }, false);
  }

  async #check(choice: string): Promise<void> {
    const step = this.#step;
    const data = this.#stepData(step);
    if (data.shown.ask === "") throw new Error(WORDS.notAsked);
    if (!data.verdicts) throw new Error(data.why_not);
    const verdict = await verdictOn(await unpacked(data.verdicts), {
      setting: (name) => this.#view.get(name),
      choice,
      edits: this.#acting(),
      said: () => this.#said(),
    });
    if (!verdict) throw new Error(WORDS.notKept);
    const { right, what, text: said } = verdict;
    const done = this.#done(step);
    const attempt: Attempt = { time: now(), what, right, said };
    const tries = [...done.tries, { ...attempt }].slice(-MOST_TRIES);
    const changes = { solved: done.solved || right, count: done.count + 1, tries };
    this.#keep(step, changes, true);
  }

  #hint(): void {
    const step = this.#step;
    const { hints } = this.#done(step);
    if (hints < this.#stepData(step).hints.length)
      this.#keep(step, { hints: hints + 1 }, this.#shown.judged);
  }

  #summary(): string {
    const titles = this.#page.get("titles") as string[];
    return summaryOf(this.#data, titles, this.#progress);
  }

  /** Show a step, with what was done in it, and whether it was tried since it began. */
  #keep(step: number, changes: Partial<LessonProgress>, judged: boolean): void {
    const done = { ...this.#done(step), ...changes };
    const { shown, hints } = this.#stepData(step);
    const told = hints.slice(0, done.hints);
    const now: LessonStep = {
      ...shown,
      hints: told,
      more_hints: hints.length - told.length,
      judged,
    };
    this.#page.assign({
      step,
      shown: now,
      progress: this.#progress.map((each, at) => (at === step ? done : each)),
    });
  }

  /** What the model says now, where the page can tell. */
  async #said(): Promise<Said | null> {
    const interventions = this.#acting().map(({ switch: _, ...edit }) => edit);
    const reply = await this.#predict({ kind: "predict", interventions });
    if (reply?.error !== undefined) throw new Error(reply.error);
    const logits = reply?.arrays?.find(({ name }) => name === "logits");
    if (!logits) return null;
    const values = decode("logits", logits as WireArray<"float32">);
    const top = values.indexOf(Math.max(...values));
    const shares = values.map((value) => Math.exp(value - (values[top] as number)));
    const percent = 100 / shares.reduce((sum, share) => sum + share, 0);
    const template = this.#data.says[top] ?? "";
    return { top, words: template.replace("{percent}", percent.toFixed(0)) };
  }

  /** The edits that act; of other views than click-to-patch none. */
  #acting(): PatchEdit[] {
    const edits = (this.#view.get("interventions") ?? []) as PatchEdit[];
    return edits.filter((edit) => edit.switch === "on");
  }

  #stepData(step: number): StepData {
    const data = this.#data.steps[step];
    if (!data) throw new Error(`there is no step ${step}`);
    return data;
  }

  #done(step: number): LessonProgress {
    return this.#progress[step] as LessonProgress;
  }
}

async function unpacked(
  packed: NonNullable<StepData["verdicts"]>,
): Promise<KeptVerdict[]> {
  try {
    const { data } = await inflated(packed);
    return JSON.parse(new TextDecoder().decode(data));
  } catch (error) {
    throw new Error(WORDS.notPacked(messageOf(error)));
  }
}

function now(): string {
  return `${new Date().toISOString().slice(0, "2026-01-01T00:00:00".length)}+00:00`;
}
