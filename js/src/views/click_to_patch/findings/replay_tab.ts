import { element } from "../../../core/dom";
import { choiceOf } from "../choice";
import { nameOf } from "../facts";
import type { Patcher } from "../patcher";
import { type Rate, rateBar } from "./rate_bar";
import { reasonNot } from "./reasons";
import { TaskTab } from "./task_tab";
import * as WORDS from "./words";

interface Replay extends Rate {
  /** Images that are taken for the wanted class without edits. */
  skipped: number;
  control: (Rate & { what: string }) | null;
  /** Which images. */
  images: string;
}

/** The same edits on other images. */
export function replayTab(view: Patcher): TaskTab<Replay> {
  const counts = { "20": "20", "50": "50", "200": "200" } as const;
  const count = choiceOf(view.scope, WORDS.images, counts, "50", () =>
    view.invalidate("task"),
  );
  return new TaskTab(view, {
    kind: "replay",
    name: WORDS.replay,
    intro: WORDS.replayIntro,
    label: () => WORDS.runReplay,
    choices: [count.root],
    asked: () => ({
      interventions: view.acting,
      target: view.wanted,
      n: Number(count.value()),
    }),
    reason: () => reasonNot(view),
    read: (result) => result as unknown as Replay,
    draw: (replay, { target }) => drawn(replay, nameOf(view.facts, Number(target))),
  });
}

function drawn(replay: Replay, name: string): HTMLElement[] {
  const { control, images, skipped } = replay;
  const bars = [rateBar(WORDS.yourEdits, replay)];
  if (control) bars.push(rateBar(WORDS.randomPlaces, control, control.what));
  const notes = [images, skipped > 0 ? WORDS.skipped(skipped, name) : ""];
  return [
    element("p.vw-strong", [WORDS.into(name)]),
    element("div.vw-rates", bars),
    ...notes.filter(Boolean).map((text) => element("p", [text])),
  ];
}
