/** JupyterLab's names of the file types whose pictures can be opened. */
export const PICTURES = ["png", "jpeg", "gif", "webp", "bmp", "tiff"] as const;

/** How files of pictures begin; "." stands for any byte. */
const BEGINNINGS = [
  "\x89PNG",
  "\xff\xd8\xff",
  "GIF8",
  "RIFF....WEBP",
  "BM",
  "II*\0",
  "MM\0*",
];

/** Whether a file begins like one of those pictures, whatever its name says. */
export function beginsLikeAPicture(bytes: Uint8Array): boolean {
  return BEGINNINGS.some((beginning) =>
    [...beginning].every(
      (letter, index) => letter === "." || letter.charCodeAt(0) === bytes[index],
    ),
  );
}
