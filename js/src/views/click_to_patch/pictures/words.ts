/** Every sentence of the two pictures, in one place. */

export const pictures = "The two images";
export const clean = "Clean image";
export const donor = "Donor";
export const donorNamed = (name: string) => `Donor: ${name}`;
export const howTo =
  "arrow keys walk, Enter edits the patch, Shift with arrow keys takes a rectangle";
export const says = (name: string, share: string) => `${name} ${share}`;
export const gesture = "Take patches by";
export const gestures = {
  click: "Click",
  brush: "Brush",
  rectangle: "Rectangle",
} as const;
export const heat = "Heat";
export const heatHint = "Draw over the images what patching each patch here would do";
export const strongest = (value: string, how: string) =>
  `Strongest ${value} of the way from clean to donor (${how})`;
export const approximation = "approximation";
export const exact = "exact";
export const partly = "partly exact";
export const heatAwaited = "working out the heat …";
export const prefixTokens = "Tokens without a place in the image";
export const taken = (count: number) => `${count} patches`;
export const at = (token: string, place: string) => `${token} of the ${place}`;
export const edited = "edited";
export const switchedOff = "edit switched off";
export const notEdited = "not edited";
export const value = (value: string, how: string) => `${value} (${how})`;
export const hint = "Click a patch of either image: the donor's value goes there.";
