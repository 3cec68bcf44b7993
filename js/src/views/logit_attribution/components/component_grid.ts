import type { Scope } from "../../../core/dispose";
import { background } from "../../../core/diverging";
import { element } from "../../../core/dom";
import { Rover } from "../../../core/rove";
import { attentionAddress, biasAddress, headAddress, mlpAddress } from "../address";
import type { Split } from "../answers";
import { short } from "../numbers";
import { headsOf, type Part } from "../parts";
import { WORDS } from "../words";

interface Cell {
  root: HTMLElement;
  part: Part;
}

/** Every part of every layer as a cell in the colour of its value: layers down; heads,
 * the attention's bias, the MLP and its bias across. */
export class ComponentGrid {
  readonly root = element("div.vw-parts-grid", {
    role: "grid",
    "aria-label": WORDS.grid,
  });
  readonly #rover: Rover;
  #cells: Cell[] = [];
  #shape = "";

  constructor(scope: Scope) {
    this.#rover = new Rover(this.root, scope);
  }

  /** @param most the value that has the strongest colour */
  update(split: Split, most: number): void {
    const rows = Array.from(split.mlp, (_, layer) => rowOf(split, layer));
    const shape = rows
      .map((row) => row.map(({ part }) => part.address).join())
      .join(";");
    if (shape !== this.#shape) this.#build(rows, split);
    this.#shape = shape;
    const parts = rows.flatMap((row) => row.map(({ part }) => part));
    this.#cells.forEach((cell, index) => {
      const part = parts[index];
      if (!part) return;
      cell.part = part;
      cell.root.style.backgroundColor = background(part.value, most);
      cell.root.setAttribute("aria-label", WORDS.bar(part.name, short(part.value)));
    });
  }

  /** Mark what is opened. */
  select(address: string): void {
    for (const { root, part } of this.#cells) {
      root.setAttribute("aria-selected", String(part.address === address));
    }
  }

  /** The part that an event is about. */
  partOf(target: EventTarget | null): Part | null {
    return this.#cells.find(({ root }) => root === target)?.part ?? null;
  }

  #build(rows: readonly (readonly Placed[])[], split: Split): void {
    const heads = split.heads.length / split.mlp.length;
    const others = [...new Set(rows.flat().map(({ column }) => column))].filter(
      isOther,
    );
    const headings = Array.from({ length: heads }, (_, head) => WORDS.headColumn(head));
    this.root.style.setProperty("--vw-heads", String(heads));
    this.root.style.setProperty("--vw-others", String(others.length));
    const corner = element("span.vw-hidden", [WORDS.layer]);
    const top = line([
      axis("columnheader", corner),
      ...headings.map((text) => axis("columnheader", text)),
      ...others.map((column) => axis("columnheader", WORDS.columns[column])),
    ]);
    this.#cells = [];
    const elements = rows.map((row) =>
      row.map(({ part, column }) => {
        const apart = isOther(column) ? " vw-apart" : "";
        const root = element("div", { class: `vw-cell${apart}`, role: "gridcell" });
        if (column === "attention") root.style.gridColumn = `span ${heads}`;
        this.#cells.push({ root, part });
        return root;
      }),
    );
    const lines = elements.map((cells, layer) =>
      line([axis("rowheader", `L${layer}`), ...cells]),
    );
    this.root.replaceChildren(top, ...lines);
    this.#rover.arrange(elements);
  }
}

/** Of a head, or of all heads that can't be told apart. */
type HeadColumn = "head" | "attention";
type OtherColumn = "attentionBias" | "mlp" | "mlpBias";

interface Placed {
  part: Part;
  column: HeadColumn | OtherColumn;
}

function isOther(column: HeadColumn | OtherColumn): column is OtherColumn {
  return column !== "head" && column !== "attention";
}

/** The cells of a layer; biases that no layer has get no column. */
function rowOf(split: Split, layer: number): Placed[] {
  const heads = headsOf(split, layer);
  const of = (column: Placed["column"], address: string, value = 0): Placed => ({
    part: { address, name: address, value },
    column,
  });
  const bias = (
    column: "attentionBias" | "mlpBias",
    address: string,
  ): readonly Placed[] => {
    const values = split[column];
    return values.some((value) => value !== 0)
      ? [of(column, address, values[layer])]
      : [];
  };
  const whole = of("attention", attentionAddress(layer), split.attention[layer]);
  return [
    ...(heads
      ? Array.from(heads, (value, head) => of("head", headAddress(layer, head), value))
      : [whole]),
    ...bias("attentionBias", biasAddress(layer, "attention")),
    of("mlp", mlpAddress(layer), split.mlp[layer]),
    ...bias("mlpBias", biasAddress(layer, "MLP")),
  ];
}

function axis(role: string, ...content: (Node | string)[]): HTMLElement {
  return element("span.vw-axis", { role }, content);
}

function line(cells: readonly Node[]): HTMLElement {
  return element("div.vw-row", { role: "row" }, cells);
}
