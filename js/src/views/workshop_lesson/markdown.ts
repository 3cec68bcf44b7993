import { element } from "../../core/dom";

/** Bold, italics and code: the part of Markdown that lessons may use in a line. */
const INLINE = /\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`/g;
const ITEM = "- ";

/** Make paragraphs and lists. Text is only ever set as text: no HTML comes from it. */
export function blocksOf(paragraphs: readonly string[]): HTMLElement[] {
  const blocks: HTMLElement[] = [];
  let list: HTMLElement | null = null;
  for (const paragraph of paragraphs) {
    if (!paragraph.startsWith(ITEM)) {
      list = null;
      blocks.push(element("p", inlineOf(paragraph)));
      continue;
    }
    if (!list) {
      list = element("ul");
      blocks.push(list);
    }
    list.append(element("li", inlineOf(paragraph.slice(ITEM.length))));
  }
  return blocks;
}

/** Make what stands in one line. */
export function inlineOf(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let seen = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, bold, italics, code] = match;
    if (match.index > seen) parts.push(text.slice(seen, match.index));
    seen = match.index + whole.length;
    if (bold !== undefined) parts.push(element("strong", inlineOf(bold)));
    else if (italics !== undefined) parts.push(element("em", inlineOf(italics)));
    else parts.push(element("code", [code ?? ""]));
  }
  if (seen < text.length) parts.push(text.slice(seen));
  return parts;
}
