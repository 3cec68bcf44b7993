import { bytesOf } from "../core/codec";
import { sameJson } from "../core/json_values";
import type { EmbeddedArray, EmbeddedReply, State } from "./host_model";
import { mount } from "./mount";

/** An answer as an exported page holds it: arrays deflated, in base64. */
interface PackedAnswer {
  request: State;
  reply: { result: State; arrays: (EmbeddedArray & { data: string })[] };
}

/** What `vitwidgets/widgets/exported_page.py` writes into the page. */
interface PageData {
  esm: string;
  state: State;
  answers: PackedAnswer[];
}

/** Show the view of the page that this script is in. */
export async function openPage(): Promise<void> {
  const place = document.getElementById("view");
  const text = document.getElementById("data")?.textContent;
  if (!place || !text) throw new Error("this page holds no view");
  const { esm, state, answers } = JSON.parse(text) as PageData;
  const { addView } = await mount({ esm, state, answers: answerFrom(answers) });
  await addView(place);
}

/** Answer from what the page holds; of what it doesn't, nothing more is known. */
export function answerFrom(
  answers: readonly PackedAnswer[],
): (request: State) => Promise<EmbeddedReply> {
  return async ({ type: _, id: __, ...request }) => {
    const found = answers.find((kept) => sameJson(kept.request, request));
    if (!found) return { result: {} };
    try {
      return {
        ...found.reply,
        arrays: await Promise.all(found.reply.arrays.map(inflate)),
      };
    } catch (error) {
      return { error: `this page's data can't be unpacked here: ${String(error)}` };
    }
  };
}

async function inflate(array: EmbeddedArray): Promise<EmbeddedArray> {
  const packed = new Blob([bytesOf(array.data) as Uint8Array<ArrayBuffer>]);
  const stream = packed.stream().pipeThrough(new DecompressionStream("deflate"));
  return { ...array, data: await new Response(stream).arrayBuffer() };
}
