/** Instructions of WebAssembly as the bytes that stand for them: those that are needed. */
import { unsigned } from "./module";

export const get = (local: number) => [0x20, ...unsigned(local)];
export const set = (local: number) => [0x21, ...unsigned(local)];

/** A number from 0 to 63. */
export const constant = (value: number) => [0x41, value];
export const add = [0x6a];
export const subtract = [0x6b];

/** Add to a local what the instructions leave. */
export const increase = (local: number, amount: readonly number[]) => [
  ...get(local),
  ...amount,
  ...add,
  ...set(local),
];

/** Do something as often as a local says, which is at least once and counts down to 0. */
export const repeat = (count: number, body: readonly number[]) => [
  ...[0x03, 0x40],
  ...body,
  ...get(count),
  ...constant(1),
  ...subtract,
  ...[0x22, ...unsigned(count)],
  ...[0x0d, 0x00, 0x0b],
];

/** Four floats at the address on the stack and an offset. */
export const loadFour = (offset: number) => [0xfd, 0x00, 0x02, ...unsigned(offset)];
/** One float at the address on the stack, four times. */
export const loadSplat = [0xfd, 0x09, 0x02, 0x00];
export const storeFour = (offset: number) => [0xfd, 0x0b, 0x02, ...unsigned(offset)];
export const addFour = [0xfd, 0xe4, 0x01];
export const multiplyFour = [0xfd, 0xe6, 0x01];
