import {
  drawEdges,
  eachCell,
  type PictureBox,
  strokeTwice,
} from "../../core/picture/patch_edges";
import type { Lens } from "../lens";

/** Darken all patches but those of the kind that is pointed at in the legend. */
export function drawHighlight(
  { facts, readings, highlight }: Lens,
  layer: number,
  context: CanvasRenderingContext2D,
  box: PictureBox,
): void {
  const { kind } = highlight;
  if (!kind) return;
  const isOf = (token: number) => {
    const target = readings.top(layer, token);
    return (kind.of === "class" ? target : facts.superclassOf[target]) === kind.index;
  };
  context.fillStyle = "rgba(10, 10, 14, 0.78)";
  eachCell(facts.grid, box, (token, x, y, width, height) => {
    if (!isOf(token)) context.fillRect(x, y, width, height);
  });
  drawEdges(facts.grid, context, box, isOf);
}

/** Draw the edge of the mask around its patches. */
export function drawMaskEdges(
  { facts, readings, settings }: Lens,
  layer: number,
  context: CanvasRenderingContext2D,
  box: PictureBox,
): void {
  const classes = new Set(settings.get("mask"));
  const isIn = (token: number) => classes.has(readings.top(layer, token));
  drawEdges(facts.grid, context, box, isIn);
}

/** Ring the patches whose vectors are unusually long. */
export function drawArtifacts(
  { facts }: Lens,
  layer: number,
  context: CanvasRenderingContext2D,
  box: PictureBox,
): void {
  const unit = devicePixelRatio;
  eachCell(facts.grid, box, (token, x, y, width, height) => {
    if (!isArtifact(facts, layer, token)) return;
    const radius = Math.min(width, height) / 2 - unit;
    context.beginPath();
    context.arc(x + width / 2, y + height / 2, radius, 0, 2 * Math.PI);
    strokeTwice(context, 1.6 * unit);
  });
}

export function isArtifact(
  { artifacts, sizes }: Pick<Lens["facts"], "artifacts" | "sizes">,
  layer: number,
  token: number,
): boolean {
  return artifacts[(layer + 1) * sizes.tokens + token] === 1;
}
