/** A WebAssembly module of one exported function, put together byte by byte.
 *
 * WebAssembly Core Specification 2.0, chapter 5 (binary format). What a page computes
 * with it is so little that no compiler is worth its weight.
 */

const I32 = 0x7f;
const V128 = 0x7b;
const SECTION = { type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

export interface WasmFunction {
  /** Number of parameters, all i32. */
  parameters: number;
  /** Number of further i32 locals, after the parameters. */
  integers: number;
  /** Number of v128 locals, after these. */
  vectors: number;
  body: readonly number[];
}

/** An unsigned number, seven bits a byte (LEB128). */
export function unsigned(value: number): number[] {
  return value < 0x80
    ? [value]
    : [(value & 0x7f) | 0x80, ...unsigned(Math.floor(value / 0x80))];
}

/** A module that imports its memory as env.memory, and exports one function as run. */
export function moduleOf(code: WasmFunction): Uint8Array<ArrayBuffer> {
  const parameters = Array.from({ length: code.parameters }, () => I32);
  const locals = list([
    [...unsigned(code.integers), I32],
    [...unsigned(code.vectors), V128],
  ]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(SECTION.type, [[0x60, ...sized(parameters), 0x00]]),
    ...section(SECTION.import, [[...text("env"), ...text("memory"), 0x02, 0x00, 0x00]]),
    ...section(SECTION.function, [[0x00]]),
    ...section(SECTION.export, [[...text("run"), 0x00, 0x00]]),
    ...section(SECTION.code, [sized([...locals, ...code.body, 0x0b])]),
  ]);
}

function section(id: number, items: readonly number[][]): number[] {
  return [id, ...sized(list(items))];
}

function list(items: readonly number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

function text(name: string): number[] {
  return sized([...new TextEncoder().encode(name)]);
}
