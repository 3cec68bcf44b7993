/** A model that computes in a page, without kernel or network. */
export type { LiveConfig } from "./config";
export type { Edit, Sources } from "./edits/change";
export { LiveModel } from "./model";
export type { PackedModel } from "./packed/weights";
export { LivePatcher, type Pictures } from "./patcher";
export { meanValues, type Run, type SiteValues } from "./run";
