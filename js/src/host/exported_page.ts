import { element } from "../core/dom";
import { jsonKey } from "../core/json_values";
import { messageOf } from "../core/requests";
import { held } from "./held";
import type {
  Answers,
  EmbeddedArray,
  EmbeddedReply,
  HostModel,
  State,
} from "./host_model";
import { inflated } from "./inflated";
import type { LessonData } from "./lesson/lesson_data";
import { LessonPlayer } from "./lesson/lesson_player";
import { type LiveData, type LiveEngine, openLive } from "./live_answers";
import { mount } from "./mount";

/** An answer as an exported page holds it: arrays deflated, in base64. */
interface PackedAnswer {
  request: State;
  reply: { result: State; arrays: (EmbeddedArray & { data: string })[] };
}

/** What `vitwidgets/widgets/exported_page.py` writes into the page. */
interface PageData {
  state: State;
  answers: PackedAnswer[];
  /** Source of the view's module; a page of a site has it in a script beside it. */
  esm?: string;
  /** What that script is held by. */
  view?: string;
  /** The model, in a page that computes it. */
  live?: LiveData;
  /** What is played over the view, in the page of a lesson. */
  lesson?: LessonData;
}

/** Show the view of the page that this script is in.
 *
 * @param engine what computes models, in pages with one
 */
export async function openPage(engine?: LiveEngine): Promise<void> {
  const place = document.getElementById("view");
  const text = document.getElementById("data")?.textContent;
  if (!place || !text) throw new Error("this page holds no view");
  try {
    const data: PageData = JSON.parse(text);
    const options = await readPage(data, engine);
    const view = await mount(options);
    if (!data.lesson) {
      await view.addView(place);
      return;
    }
    const [above, below] = [element("div"), element("div")];
    place.replaceChildren(above, below);
    await openLesson(above, data.lesson, view.model, options.answers);
    await view.addView(below);
  } catch (error) {
    place.textContent = messageOf(error);
  }
}

async function readPage(data: PageData, engine?: LiveEngine) {
  const { state, answers, live } = data;
  const esm = data.esm ?? held<string>(data.view ?? "the view");
  const isKept = keptBy(answers);
  if (!live) return { esm, state, answers: answerFrom(answers), holds: isKept };
  const opened = await openLive(engine, live, state);
  return {
    esm,
    state: { ...state, ...opened.state },
    answers: answerFrom(answers, opened.answers),
    holds: (request: State) => isKept(request) || opened.computes(request),
  };
}

/** Whether a request has its answer in the page; or, of predictions, a kind of edits:
 * `{ kind: "predict", of: "zero" }`. */
function keptBy(answers: readonly PackedAnswer[]): (request: State) => boolean {
  const kept = new Set<string>();
  for (const { request } of answers) {
    kept.add(jsonKey(request));
    const edits = request.interventions as readonly { kind: string }[] | undefined;
    if (request.kind !== "predict" || edits?.length !== 1) continue;
    kept.add(jsonKey({ kind: "predict", of: edits[0]?.kind }));
  }
  return (request) => kept.has(jsonKey(request));
}

/** Show a lesson, which is played over a view.
 *
 * @param answers what the view is answered
 */
async function openLesson(
  place: HTMLElement,
  data: LessonData,
  view: HostModel,
  answers: Answers,
): Promise<void> {
  const page = await mount({
    esm: held<string>(data.view),
    state: data.state,
    answers: (request) => player.answer(request),
  });
  const player = new LessonPlayer(data, page.model, view, answers);
  await page.addView(place);
}

/** Answer from what the page holds; of what it doesn't, nothing more is known.
 *
 * @param compute answers what is not held, where it can
 */
export function answerFrom(
  answers: readonly PackedAnswer[],
  compute: Answers = () => undefined,
): (request: State) => Promise<EmbeddedReply> {
  const byRequest = new Map(answers.map((kept) => [jsonKey(kept.request), kept]));
  return async ({ type: _, id: __, ...request }) => {
    const found = byRequest.get(jsonKey(request));
    if (!found) return (await compute(request)) ?? { result: {} };
    try {
      return {
        ...found.reply,
        arrays: await Promise.all(found.reply.arrays.map(inflated)),
      };
    } catch (error) {
      return { error: `this page's data can't be unpacked here: ${String(error)}` };
    }
  };
}
