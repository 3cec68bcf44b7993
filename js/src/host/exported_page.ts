import { sameJson } from "../core/json_values";
import { messageOf } from "../core/requests";
import { held } from "./held";
import type { Answers, EmbeddedArray, EmbeddedReply, State } from "./host_model";
import { inflated } from "./inflated";
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
    const { addView } = await mount(await readPage(JSON.parse(text), engine));
    await addView(place);
  } catch (error) {
    place.textContent = messageOf(error);
  }
}

async function readPage(data: PageData, engine?: LiveEngine) {
  const { state, answers, live } = data;
  const esm = data.esm ?? held<string>(data.view ?? "the view");
  if (!live) return { esm, state, answers: answerFrom(answers) };
  const opened = await openLive(engine, live, state);
  return {
    esm,
    state: { ...state, ...opened.state },
    answers: answerFrom(answers, opened.answers),
  };
}

/** Answer from what the page holds; of what it doesn't, nothing more is known.
 *
 * @param compute answers what is not held, where it can
 */
export function answerFrom(
  answers: readonly PackedAnswer[],
  compute: Answers = () => undefined,
): (request: State) => Promise<EmbeddedReply> {
  return async ({ type: _, id: __, ...request }) => {
    const found = answers.find((kept) => sameJson(kept.request, request));
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
