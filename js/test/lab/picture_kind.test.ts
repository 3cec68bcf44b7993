import { expect, test } from "vitest";
import { beginsLikeAPicture } from "../../src/lab/inside/picture_kind";

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

test.each([
  ["PNG", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"],
  ["JPEG", "\xff\xd8\xff\xe0\0\x10JFIF"],
  ["GIF", "GIF89a\x01\0"],
  ["WebP", "RIFF\x24\0\0\0WEBPVP8 "],
  ["BMP", "BM\x46\0\0\0"],
  ["TIFF of little-endian machines", "II*\0\x08\0\0\0"],
  ["TIFF of big-endian machines", "MM\0*\0\0\0\x08"],
])("%s", (_, beginning) => {
  expect(beginsLikeAPicture(bytes(beginning))).toBe(true);
});

test.each([
  ["nothing", ""],
  ["words", "no picture at all"],
  ["a sound", "RIFF\x24\0\0\0WAVEfmt "],
  ["a cut PNG", "\x89PN"],
  ["a web page", "<!doctype html>"],
])("not %s", (_, beginning) => {
  expect(beginsLikeAPicture(bytes(beginning))).toBe(false);
});
