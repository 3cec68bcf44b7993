type Attributes = Readonly<Record<string, string | number>>;

/** Make an SVG element: attributes are set as text, never read as markup. */
export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  setAttributes(made, attributes);
  return made;
}

export function svgText(content: string, attributes: Attributes): SVGElement {
  const made = svg("text", attributes);
  made.textContent = content;
  return made;
}

export function setAttributes(target: SVGElement, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    target.setAttribute(name, String(value));
  }
}
