import { colourIndex } from "../../core/colour_scale";
import { magmaPixels } from "../../core/colours";
import { element, setText } from "../../core/dom";
import { contextOf, fitCanvas, Painter } from "../../core/painter";
import { ColourBar } from "./colour_bar";
import { PrefixCells } from "./prefix_cells";
import { Probe } from "./probe";
import { drawPicture, pictureCanvas, Stage } from "./stage";
import { contains, headName, missingLayer, type Panel, type Tour } from "./tour";
import { WORDS } from "./words";

/** Where attention is low the picture stays visible; where it is high, hue is true. */
function heatOpacity(position: number): number {
  return 0.5 + 0.42 * position;
}

/** One head, large: its attention over the picture, and the value at the pointer. */
export function largePanel(tour: Tour): Panel {
  const { grid } = tour.facts;
  const stage = new Stage(tour.facts, "vw-large", WORDS.attention);
  const loading = element("div", { class: "vw-loading", hidden: "" });
  stage.root.append(loading);
  const title = element("span", { class: "vw-strong vw-head-name" });
  const sentence = element("span", { class: "vw-muted" });
  const readout = element("p", { class: "vw-caption vw-readout" });
  const bar = new ColourBar();
  const placeQuery = stage.addMark("vw-query");
  const probe = new Probe(tour, stage, readout);
  const prefixCells = new PrefixCells(tour, probe);
  const heat = new Heat(tour, stage.canvas);
  tour.scope.onResize(stage.canvas, () => tour.invalidate("size"));

  const root = element(
    "div",
    { class: "vw-panel", role: "group", "aria-label": WORDS.largeView },
    [
      element("div", { class: "vw-heading" }, [title, " ", sentence]),
      stage.root,
      prefixCells.root,
      bar.root,
      readout,
    ],
  );
  const showLoading = (layer: number) => {
    const missing = !tour.values.isPresent(layer);
    loading.hidden = !missing && !tour.stale;
    const token = tour.detached ? WORDS.missingToken : WORDS.loadingToken;
    setText(loading, tour.stale ? token : missingLayer(tour, layer));
    root.classList.toggle("vw-stale", tour.stale);
    root.classList.toggle("vw-empty", missing);
  };
  return {
    root,
    update(changed) {
      const [layer, head] = [tour.settings.get("layer"), tour.settings.get("head")];
      const [query, direction] = [
        tour.settings.get("query"),
        tour.settings.get("direction"),
      ];
      const maximum = tour.values.maximum(layer, head, tour.settings.get("maximum"));
      setText(title, headName(layer, head));
      setText(sentence, WORDS.sentence(grid.name(query), direction));
      placeQuery(query);
      showLoading(layer);
      if (contains(changed, "size")) heat.resize();
      heat.paint(layer, head, maximum, tour.settings.get("scale"));
      prefixCells.update(layer, head, maximum, tour.settings.get("scale"));
      bar.update(maximum, tour.settings.get("scale"));
      probe.update();
    },
  };
}

/** The heat of one head over a grey copy of the picture, so that hue means attention. */
class Heat {
  readonly #tour: Tour;
  readonly #painter: Painter;
  readonly #context: CanvasRenderingContext2D;
  readonly #picture: HTMLCanvasElement;
  /** The grey picture at the canvas's size: scaling it in every frame would cost. */
  readonly #backdrop = element("canvas");
  #sized = false;

  constructor(tour: Tour, canvas: HTMLCanvasElement) {
    const { grid, picture } = tour.facts;
    this.#tour = tour;
    this.#painter = new Painter(grid.columns, grid.rows, magmaPixels(heatOpacity));
    this.#context = contextOf(canvas);
    this.#picture = pictureCanvas(picture, "grey");
  }

  resize(): void {
    const { canvas } = this.#context;
    this.#sized = fitCanvas(canvas);
    if (!this.#sized) return;
    this.#backdrop.width = canvas.width;
    this.#backdrop.height = canvas.height;
    drawPicture(contextOf(this.#backdrop), this.#picture);
  }

  paint(layer: number, head: number, maximum: number, scale: "linear" | "log"): void {
    if (!this.#sized) return;
    const { grid } = this.#tour.facts;
    const { values } = this.#tour;
    const { width, height } = this.#context.canvas;
    this.#context.drawImage(this.#backdrop, 0, 0);
    if (!values.isPresent(layer)) return;
    const start = values.offset(layer, head) + grid.prefix;
    for (let patch = 0; patch < grid.patches; patch++) {
      const value = values.values[start + patch] ?? 0;
      this.#painter.indices[patch] = colourIndex(value, maximum, scale);
    }
    this.#painter.commit();
    this.#painter.draw(
      this.#context,
      { x: 0, y: 0, width: grid.columns, height: grid.rows },
      { x: 0, y: 0, width, height },
    );
  }
}
