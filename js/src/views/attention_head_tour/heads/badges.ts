import { baseOf } from "../finder/head_table";

/** Words that fit on a small picture. */
const SHORT: Readonly<Record<string, string>> = {
  corner: "corner",
  border: "border",
  "same row": "row",
  "same column": "col",
  "CLS reader": "CLS",
  "register reader": "reg",
  sink: "sink",
  object: "object",
  uniform: "even",
  mixed: "",
};

const ARROWS = [
  ["↖", "↑", "↗"],
  ["←", "•", "→"],
  ["↙", "↓", "↘"],
];

/** A head's type in a few letters; an offset as an arrow to where it looks, with the
 * rows and columns where they are more than one. Nothing for a head of no clear type. */
export function badgeText(type: string): string {
  const [, row, column] = /\((-?\d+),(-?\d+)\)/.exec(type) ?? [];
  if (row === undefined || column === undefined) return SHORT[type] ?? type;
  const [down, right] = [Number(row), Number(column)];
  const arrow = ARROWS[1 + Math.sign(down)]?.[1 + Math.sign(right)] ?? "";
  const isFar = Math.max(Math.abs(down), Math.abs(right)) > 1;
  return isFar ? `${arrow}${row},${column}` : arrow;
}

/** The class that gives a type its colour. */
export function typeStyle(type: string): string {
  return `vw-type-${baseOf(type)
    .toLowerCase()
    .replace(/[^a-z]+/g, "-")}`;
}
