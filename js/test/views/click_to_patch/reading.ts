import type { Settings, SettingsReader } from "../../../src/views/click_to_patch/facts";

/** Settings as a view reads them. */
export function reading(settings: Partial<Settings>): SettingsReader {
  return { get: (name) => (settings as Settings)[name] };
}
